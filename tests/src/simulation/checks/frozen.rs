//! Who sees two histories of a log freezes its office, and discloses nothing to it any more.

use waymark_desk::{Desk, Thread};

use super::{Breach, Checked, Rule, unreadable};
use crate::simulation::office::Office;
use crate::simulation::town::Town;

/// Nobody takes two heads of one size for the word of one office.
pub(super) fn by_who_saw(town: &Town) -> Checked {
    match town.hostile.as_ref().and_then(|hostile| hostile.unfrozen_by) {
        Some(office) => {
            let how = format!("office {office} saw two heads of one size and froze nobody");
            Err(Breach::new(Rule::NotFrozen, how))
        }
        None => Ok(()),
    }
}

/// No key is wrapped for an office after it was known to have signed two histories.
pub(super) fn nothing_is_disclosed(office: &Office, desk: &Desk, thread: &Thread) -> Checked {
    let Some(referral) = thread.referral() else { return Ok(()) };
    let Some(other) = referral.party(office.id).map(|side| referral.office(side.other())) else {
        return Ok(());
    };
    if !desk.frozen().contains(&other) {
        return Ok(());
    }
    let frauds = desk.frauds().map_err(unreadable)?;
    let Some(fraud) = frauds.iter().find(|fraud| fraud.office == other && fraud.in_force) else {
        return Ok(());
    };
    let history = desk.history(referral.thread).map_err(unreadable)?;
    let after = history.iter().filter(|seen| seen.author() == office.id && seen.index > fraud.index);
    match after.into_iter().find(|seen| !seen.sections.is_empty() || !seen.grants.is_empty()) {
        Some(seen) => {
            let how = format!("office {} discloses to a frozen one with entry {}", office.number, seen.index);
            Err(Breach::new(Rule::ToFrozen, how))
        }
        None => Ok(()),
    }
}
