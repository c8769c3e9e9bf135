//! `waymark journey …`: return journeys. Every command names the referral of the hand-over.

mod abort;
mod arrive;
mod assess;
mod check_in;
mod clear;
mod close;
mod decide;
mod depart;
mod documents;
mod escort;
mod follow_up;
mod follow_ups;
mod leg;
mod leg_confirm;
mod leg_start;
mod list;
mod mind_changed;
mod minor;
mod place;
mod propose;
mod receive;
mod reception;
mod show;
mod watch;

commands! {
    /// Return journeys, each in the referral of its hand-over.
    Journey {
        propose::Propose,
        assess::Assess,
        decide::Decide,
        documents::Documents,
        leg::Leg,
        escort::Escort,
        reception::Reception,
        place::Place,
        minor::Minor,
        clear::Clear,
        depart::Depart,
        leg_start::LegStart,
        leg_confirm::LegConfirm,
        check_in::CheckIn,
        arrive::Arrive,
        receive::Receive,
        follow_ups::FollowUps,
        follow_up::FollowUp,
        abort::Abort,
        mind_changed::MindChanged,
        close::Close,
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
    ("departs", "depart_on"),
    ("responsible", "responsible_office"),
    ("alarm", "alarm"),
    ("changed", "changed_at"),
];
