//! `waymark directory …`: the directory of services that this office knows. Public data.

mod export;
mod hsds;
mod import;
mod search;
mod show;

commands! {
    /// The directory of services (Open Referral HSDS).
    Directory {
        import::Import,
        search::Search,
        show::Show,
        export::Export,
    }
}
