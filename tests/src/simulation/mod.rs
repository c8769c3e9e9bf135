//! Offices in one process that do anything in any order, while mail is late, lost, doubled, overtaken and cut off, clocks jump and
//! machines die. Real desks on real folders; only the mail between them is carried by hand. What happens, and when mail comes, follows
//! from one seed; keys, and with them by how much a desk varies the time at which it sends a letter again, are the machine's own
//! randomness. So a seed is nearly the same run every time, and a file that failed is played a few times before it counts as mended.
//!
//! # What counts as a failure
//! - **It is readable.** A holder can open what was disclosed to it under a consent that, as it has heard, was withdrawn, narrowed or
//!   expired; or holds a key that no consent it knew of ever covered ([`checks::Rule::Readable`], [`checks::Rule::KeyTaken`]).
//! - **It is disclosed.** The sender discloses on a consent after its own word that the consent has ended
//!   ([`checks::Rule::Disclosed`]).
//! - **It is disclosed to a frozen office.** An office saw two heads of one size of one log and did not freeze who signed them
//!   ([`checks::Rule::NotFrozen`]), or wraps a key for an office after it knew that it had signed two histories ([`checks::Rule::ToFrozen`]).
//! - **It is not answered.** Everybody is up and all mail was delivered, and a holder has not acknowledged a withdrawal
//!   ([`checks::Rule::Unanswered`]), or has not erased what was disclosed on it, without a claim to keep it
//!   ([`checks::Rule::NotErased`]).
//! - **Two offices are responsible for one person, or none**, over the logs of all offices together
//!   ([`checks::Rule::Responsible`]).
//! - **Two views.** Everybody is up and all mail was delivered, and the two ends of a referral see different states of it, or an honest
//!   office wrote what does not fit ([`checks::Rule::TwoViews`], [`checks::Rule::Anomaly`]).
//! - **It is lost.** A command was answered with success and one of its events is not in the log after a crash
//!   ([`checks::Rule::Lost`]); or a log does not verify ([`checks::Rule::Damaged`]).
//! - **It accuses the honest.** An honest office notes a fault of another honest office ([`checks::Rule::Accused`]).
//! - **It never comes to rest**, or an office does not open, or something panics ([`checks::Rule::Restless`],
//!   [`checks::Rule::Panicked`]).
//!
//! # What does not
//! - A command that is refused, also one that was right when it was thought of, or one to an office that has just started and waits.
//! - A letter that is refused, lost, late or doubled, as long as what it carried arrives in the end.
//! - A command that a crash cut short before it was answered: its events may be there or not.
//! - That the sender still sees "on the way" until it hears of a reception.
//! - That a holder reads on until it has heard of a withdrawal; that an emergency which was not turned down keeps a category open.
//! - What a hostile office says of itself, and what an honest one notes about it. Its own threads are checked only for what its victims
//!   hold.
//! - How long anything takes.
//!
//! Read [`plan`], then [`play`], then [`checks`]. [`broken`] holds rules that are wrong on purpose: the simulation has to find them.

pub mod broken;
pub mod chance;
pub mod checks;
pub mod conduct;
pub mod deeds;
pub mod file;
pub mod found;
pub mod hostile;
pub mod mail;
pub mod office;
pub mod plan;
pub mod play;
pub mod seeds;
pub mod shrink;
pub mod step;
pub mod town;
