//! Reports that the GDPR asks of an office: the record of processing (article 30), what was held at a breach (article 33), and every
//! holder of one person's data.
//!
//! Made from the log when asked for; nothing is kept, no section is opened, and no report tells what a section says. Who holds what
//! is folded by `waymark_api::serve::holding`. Read `holders.rs` first, then `breach.rs`, then `record.rs`.

pub(crate) mod breach;
mod count;
pub(crate) mod holders;
pub(crate) mod record;
mod region;
mod tally;
