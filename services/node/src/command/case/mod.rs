//! `waymark case …`: cases of this office.

mod bundle;
mod close;
mod erase;
mod list;
mod looks;
mod open;
mod record;
mod reopen;
mod reveal;
mod safeguards;
mod show;
mod watch;

commands! {
    /// Cases of this office.
    Case {
        open::Open,
        record::Record,
        reveal::Reveal,
        safeguards::Safeguards,
        close::Close,
        reopen::Reopen,
        erase::Erase,
        looks::Looks,
        show::Show,
        list::List,
        watch::Watch,
        bundle::Bundle,
    }
}

/// What people look for in a row.
const COLUMNS: &[crate::show::table::Column] = &[
    ("case", "case"),
    ("state", "state"),
    ("responsible", "responsible_office"),
    ("on the way", "on_the_way"),
    ("minor", "minor"),
    ("referrals", "open_referrals"),
    ("consents", "consents"),
    ("changed", "changed_at"),
];
