//! `waymark consent …`: what a person agreed to. One consent names one recipient.

mod emergency;
mod give;
mod holders;
mod list;
mod narrow;
mod refuse;
mod renew;
mod retain;
mod review;
mod sheet;
mod tasks;
mod withdraw;

commands! {
    /// What a person agreed to: one consent for each recipient.
    Consent {
        give::Give,
        refuse::Refuse,
        narrow::Narrow,
        renew::Renew,
        withdraw::Withdraw,
        retain::Retain,
        emergency::Emergency,
        review::Review,
        holders::Holders,
        tasks::Tasks,
        sheet::Sheet,
        list::List,
    }
}
