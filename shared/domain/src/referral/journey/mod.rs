//! A return journey in the thread of its hand-over: what each party wrote of it, and what the two together mean.
//!
//! `proposed → risk_assessed → go → documents_ready → booked → cleared → departed → in_transit → arrived → received →
//! handed_over → follow_up → closed`; exits: see [`JourneyPhase`]. Where she is meanwhile: [`Way`]; who watches: [`Awaited`].

mod alarm;
mod gates;
mod half;
mod phase;
mod receiver;
mod sender;
mod way;

pub use alarm::{Awaited, Sign};
pub(crate) use gates::LATE_DAYS;
pub use gates::{ASSESSMENT_DAYS, FIRST_NIGHTS, GatesGreen, gates, keeps_place};
pub use half::{Assessment, CheckIn, Closed, JourneyHalf, LegRun, Missed, MissedStep};
pub use phase::JourneyPhase;
pub use receiver::ReceiverJourney;
pub use sender::{SenderJourney, Shelter};
pub use way::Way;

/// A journey has at most this many legs.
pub const LEGS_MAX: u8 = 16;
