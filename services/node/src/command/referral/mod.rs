//! `waymark referral …`: referrals between two offices: offer, question, answer, acceptance, disclosure, service.

mod accept;
mod acknowledge;
mod agree;
mod answer;
mod ask;
mod cancel;
mod complete;
mod contact;
mod decline;
mod disclose;
mod keep;
mod list;
mod mark_error;
mod message;
mod offer;
mod redirect;
mod refuse_disclosure;
mod request;
mod schedule;
mod show;
mod start;
mod watch;
mod withdraw;

commands! {
    /// Referrals between two offices.
    Referral {
        offer::Offer,
        acknowledge::Acknowledge,
        ask::Ask,
        answer::Answer,
        accept::Accept,
        decline::Decline,
        request::Request,
        disclose::Disclose,
        refuse_disclosure::RefuseDisclosure,
        withdraw::Withdraw,
        redirect::Redirect,
        cancel::Cancel,
        agree::Agree,
        keep::Keep,
        contact::Contact,
        schedule::Schedule,
        start::Start,
        complete::Complete,
        message::Message,
        mark_error::MarkError,
        show::Show,
        list::List,
        watch::Watch,
    }
}

/// What people look for in a row.
const COLUMNS: &[crate::show::table::Column] = &[
    ("referral", "referral"),
    ("phase", "phase"),
    ("side", "side"),
    ("with", "other_office"),
    ("kind", "kind"),
    ("urgency", "urgency"),
    ("responsible", "responsible_office"),
    ("your turn", "needs_answer"),
    ("overdue", "overdue"),
    ("frozen", "other_frozen"),
    ("answer by", "deadlines.acknowledge_by"),
    ("changed", "changed_at"),
];
