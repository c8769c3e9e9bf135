//! Logs: what was answered is there, every entry verifies, and nobody honest is accused.

use std::collections::BTreeSet;

use waymark_domain::ids::EventId;

use super::{Breach, Checked, Rule, unreadable};
use crate::simulation::office::Office;
use crate::simulation::town::slot;

/// Findings that mail which is days late, lost or overtaken brings upon the honest, and a consent that was narrowed before what was
/// disclosed on it had come: they say nothing of anybody.
const NO_FAULT: &[&str] = &[
    "clock_far_off",
    "consent_expired",
    "gap",
    "grant_outside_consent",
    "grant_unopenable",
    "growth_unproven",
    "letter_unknown_inbox_key",
    "shrunk_tree",
];

/// Every event of an answered command is in the log.
pub(super) fn holds(office: &Office, answered: &BTreeSet<EventId>) -> Checked {
    let Some(desk) = &office.desk else { return Ok(()) };
    let mut missing = answered.clone();
    for thread in office.watch.all() {
        for seen in desk.history(thread).map_err(unreadable)? {
            missing.remove(&seen.event_id);
        }
    }
    match missing.first() {
        Some(event) => {
            let how = format!("office {} answered for {event} and does not have it", office.number);
            Err(Breach::new(Rule::Lost, how))
        }
        None => Ok(()),
    }
}

/// The whole log verifies, and every projection has taken everything.
pub(super) fn verifies(office: &Office) -> Checked {
    let Some(desk) = &office.desk else { return Ok(()) };
    let checked = desk.verify_log(0, &|_, _| {}).map_err(unreadable)?;
    if let Some(fault) = checked.faults.first() {
        let how = format!("entry {} of office {}: {}", fault.index, office.number, fault.verdict);
        return Err(Breach::new(Rule::Damaged, how));
    }
    // A snapshot is refused when something has panicked while it was applied.
    desk.store_snapshot().map_err(|failure| {
        Breach::new(Rule::Panicked, format!("office {} has missed an entry: {failure}", office.number))
    })
}

/// Nothing was found at fault in what honest offices sent.
pub(super) fn accuses_nobody(office: &Office, honest: &[Office]) -> Checked {
    let Some(desk) = &office.desk else { return Ok(()) };
    let names: BTreeSet<String> =
        honest.iter().flat_map(|other| [other.id.to_string(), slot(other.number).to_string()]).collect();
    for finding in desk.status().findings {
        if names.contains(&finding.whom) && !NO_FAULT.contains(&finding.verdict) {
            let how = format!("office {} notes {} about {}", office.number, finding.verdict, finding.whom);
            return Err(Breach::new(Rule::Accused, how));
        }
    }
    Ok(())
}
