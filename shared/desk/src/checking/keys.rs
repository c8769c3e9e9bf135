//! Whether the vault holds the keys of what was not erased: of each section that this office sealed in this log.

use waymark_ledger::Ledger;
use waymark_seal::entry::Entry;
use waymark_seal::unplaced::Body;
use waymark_seal::vault::{VaultFault, VaultLook};

use super::erased::Erasures;
use super::flaw::FolderFlaw;
use super::{CheckStep, CheckedFolder, FolderCheck};
use crate::order::Failure;
use crate::setup::OpenFault;

/// Entries between two progress reports.
const PROGRESS_STEP: u64 = 1_024;

/// Looks for the key of each section that is there.
pub(super) fn look(
    asked: &FolderCheck<'_>,
    log: &Ledger,
    erasures: &mut Erasures<'_>,
    vault: &VaultLook,
    found: &mut CheckedFolder,
) -> Result<(), OpenFault> {
    found.keys.get_or_insert_default();
    let size = log.size();
    for step in log.scan(0) {
        let (index, bytes, _) = step.map_err(Failure::from)?;
        let Ok(entry) = Entry::parse(&bytes) else { continue };
        if !entry.sections.is_empty() {
            own(log, &entry, erasures, vault, found)?;
        } else if crate::applying::keeps(entry.kind) {
            shared(log, &entry, vault, found)?;
        }
        if index % PROGRESS_STEP == 0 {
            (asked.progress)(CheckStep::Keys, index, size);
        }
    }
    Ok(())
}

fn own(
    log: &Ledger,
    entry: &Entry,
    erasures: &mut Erasures<'_>,
    vault: &VaultLook,
    found: &mut CheckedFolder,
) -> Result<(), OpenFault> {
    let Ok(bodies) = log.bodies(entry.index) else { return Ok(()) };
    for (section, body) in entry.sections.iter().zip(&bodies) {
        if !matches!(body, Body::Whole(_)) {
            continue;
        }
        found.keys = Some(found.keys.unwrap_or_default() + 1);
        match vault.holds(&entry.thread, &section.key) {
            Ok(true) => {}
            // Said once, of its bucket.
            Err(VaultFault::Damaged(_)) => {}
            Err(fault) => return Err(fault.into()),
            Ok(false) if erasures.explains_key(entry.thread, &section.key)? => {}
            Ok(false) => {
                found.say(FolderFlaw::KeyMissing { index: entry.index });
                return Ok(());
            }
        }
    }
    Ok(())
}

/// What others shared: a key may never have been taken over, or be lost with an earlier vault. That is no flaw, and is told.
fn shared(
    log: &Ledger,
    entry: &Entry,
    vault: &VaultLook,
    found: &mut CheckedFolder,
) -> Result<(), OpenFault> {
    let Ok(Some(kept)) = log.kept(entry.index) else { return Ok(()) };
    let Ok(theirs) = Entry::parse(&kept.entry) else { return Ok(()) };
    for (section, body) in theirs.sections.iter().zip(&kept.bodies) {
        if matches!(body, Body::Whole(_)) && matches!(vault.holds(&theirs.thread, &section.key), Ok(false)) {
            found.closed_sections += 1;
        }
    }
    Ok(())
}
