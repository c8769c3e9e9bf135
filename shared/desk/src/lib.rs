//! The office at work: commands in, letters in and out, replay, timers. The only place where rules, keys, log and post meet.
//!
//! It decides nothing itself (the domain does), stores nothing itself (the ledger and the vault do) and shows nothing itself
//! (services do). Everything applies in the order of the own log, live and in replay through the same door.
//! Read [`submit`](Desk::submit), then [`receive`](Desk::receive), then `applying.rs`.

mod ahead;
mod applying;
mod asking;
mod audit;
mod case_erasure;
mod clock;
mod correspondence;
mod cosigned;
mod cosigning;
mod desk;
mod erasing;
mod export;
mod feed;
mod findings;
mod guard;
mod inbox_keys;
mod incarnation;
mod judging;
mod new_ids;
mod notes;
mod office;
mod office_file;
mod order;
mod post;
mod projection;
mod randomness;
mod reacting;
mod receipts;
mod receive;
mod recovery;
mod register;
mod roster_watch;
mod rotation;
mod rules;
mod schedule;
mod sealing;
mod sections;
mod seen;
mod setup;
mod signer;
mod snapshot;
mod stripes;
mod submit;
mod threads;
mod tickets;
mod witnesses;
mod witnessing;

pub use applying::seen_of;
pub use audit::{LogChecked, LogFault};
pub use clock::Clock;
pub use cosigned::heads_of;
pub use desk::Desk;
pub use erasing::{Duty, Keeping};
pub use export::Exported;
pub use findings::Finding;
pub use guard::NotReady;
pub use incarnation::{Closing, NextLog, next_log, repair_log};
pub use judging::{Disclosure, DisclosureVerdict, decided_alone, judge};
pub use office::{OfficeCard, Status, Waiting, Witnessing};
pub use office_file::{FolderFault, OfficeFile, adopt_roster, read_roster};
pub use order::{Answer, Etag, Failure, Order, SubmitError};
pub use post::Mailroom;
pub use projection::{Derived, Projected, Projection};
pub use receive::Taking;
pub use register::Register;
pub use rotation::{NewKeys, Renewed, new_keys};
pub use rules::{DomainRules, Rules};
pub use sections::SectionFault;
pub use seen::{Seen, grant_category, section_category};
pub use setup::{NewOffice, OpenFault, Options, create_office};
pub use threads::{EventAt, Thread, ThreadState, notices_of};
pub use witnessing::NotCosigned;
