//! Whether everybody holds the same roster: root holders who sign two versions of one number, one for each half of the network, are found
//! by the first office that hears of both.
//!
//! At its start, and every few hours, an office asks a few others for the version of the number that it holds, others each time; whoever asks for newer ones
//! is told that one, too. What contradicts the own version is refused and kept beside it, since both together prove it to anybody.

use waymark_domain::ids::OfficeId;
use waymark_seal::letter::LetterKind;
use waymark_seal::roster::fingerprint_of;

use crate::desk::Desk;
use crate::findings::TWO_ROSTERS;
use crate::office_file::{OTHER_ROSTERS_MAX, other_rosters, write_durably};
use crate::order::Failure;

/// Offices asked at once.
const ASKED: usize = 3;

impl Desk {
    /// Asks a few offices which roster they hold.
    pub fn compare_rosters(&self) {
        let others = self.others();
        let [first, ..] = self.random::<16>();
        let above = self.roster().newest().version;
        let from = usize::from(first).checked_rem(others.len()).unwrap_or_default();
        for office in others.iter().cycle().skip(from).take(others.len().min(ASKED)) {
            self.send_note(*office, LetterKind::RosterAsked { above });
        }
    }

    /// Keeps another version of a number that is held here, and says so.
    pub(crate) fn note_other_roster(
        &self,
        from: OfficeId,
        version: u32,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        self.findings.note_office(from, TWO_ROSTERS, self.now());
        tracing::error!(
            %from,
            version,
            "root holders have signed two versions of the roster of one number; it was not taken: compare its words with theirs"
        );
        let Some(fingerprint) = fingerprint_of(bytes) else { return Ok(()) };
        let name = format!("{version}.{fingerprint}");
        let folder = self.data.join("roster");
        let known = other_rosters(&self.data);
        if known.len() >= OTHER_ROSTERS_MAX || known.iter().any(|(_, path)| path.ends_with(&name)) {
            return Ok(());
        }
        write_durably(&folder.join(name), bytes)
            .map_err(|_| Failure::Inconsistent("another roster version could not be written"))
    }
}
