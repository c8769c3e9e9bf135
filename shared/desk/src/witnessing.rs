//! This office as a witness: it cosigns a head of another office's log once it has verified that the head continues every one it
//! has seen of that log (C2SP tlog-witness).
//!
//! A new head is compared with the largest one known, from letters as well, and its `Witnessed` is durable before the cosignature
//! leaves, all under the lock under which letters are taken: two requests at once cannot both pass against the same head.

use std::collections::HashMap;
use std::sync::PoisonError;

use waymark_domain::event::log::Witnessed;
use waymark_domain::ids::OfficeId;
use waymark_domain::time::{HOUR, Timestamp};
use waymark_seal::checkpoint::{CheckpointFault, Claimed, Head, Origin, SignedHead};
use waymark_seal::cosign::{Cosigner, cosign};
use waymark_seal::entry::Audience;
use waymark_seal::letter::{Checkpoint, LetterKind};
use waymark_seal::roster::{LogRange, OfficeState, RosterChain};
use waymark_seal::sign::halves;
use waymark_seal::verify::{Verdict, verify_head};
use waymark_seal::witness::{AddCheckpoint, Answer, Told, judge};

use crate::cosigned::heads_of;
use crate::desk::Desk;
use crate::findings::{TOO_MANY_HEADS, name};
use crate::guard::NotReady;
use crate::order::Failure;

/// New heads of one office cosigned within an hour, at most: each takes a place in the log.
const HEADS_PER_HOUR: u32 = 600;

/// Why a request to cosign is left without an answer. The standard has none for it.
#[derive(Debug, thiserror::Error)]
pub enum NotCosigned {
    /// Nothing is signed now.
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// That office has asked for too many heads within an hour.
    #[error("too many new heads of this log within an hour")]
    TooMany,
    /// This machine.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// How many new heads of each office were cosigned, and since when they are counted.
#[derive(Default)]
pub(crate) struct HeadsTaken(HashMap<OfficeId, (Timestamp, u32)>);

impl HeadsTaken {
    fn has_room(&mut self, office: OfficeId, now: Timestamp) -> bool {
        let (since, count) = self.0.entry(office).or_insert((now, 0));
        if now.0.abs_diff(since.0) >= HOUR {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= HEADS_PER_HOUR
    }
}

impl Desk {
    /// Answers a request to cosign (C2SP `add-checkpoint`), whoever brings it. Blocks until what is cosigned is durable.
    ///
    /// # Errors
    /// [`NotCosigned`]: nothing is to be answered now.
    pub fn cosign(&self, request: &[u8]) -> Result<Answer, NotCosigned> {
        self.cosign_for(None, request)
    }

    /// The same; `from`: the office whose letter it is.
    fn cosign_for(&self, from: Option<OfficeId>, request: &[u8]) -> Result<Answer, NotCosigned> {
        self.may_write()?;
        let Some(asked) = AddCheckpoint::parse(request) else { return Ok(Answer::BadRequest) };
        let (origin, signed) = match self.signed_head(&asked.checkpoint) {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        let _one_letter_at_a_time = self.receiving.lock().unwrap_or_else(PoisonError::into_inner);
        // Of a log of which two histories were signed, no head is worth a cosignature.
        if self.is_forked(origin.office, origin.log) {
            return Ok(Answer::NotFound);
        }
        let head = signed.head;
        let largest = self.largest_known(&origin);
        if self.contradicts(&origin, largest, head) {
            self.findings.note_office(origin.office, name(Verdict::ForkedTree), self.now());
            self.suspect(&origin, &asked.checkpoint);
            return Ok(Answer::Conflict(largest.map_or(0, |held| held.size)));
        }
        if let Err(answer) = judge(&asked, &head, largest.as_ref()) {
            if answer == Answer::Unprocessable {
                self.suspect(&origin, &asked.checkpoint);
            }
            // Anybody may bring a head with a bad proof; only its own office speaks for itself with it.
            if answer == Answer::Unprocessable && from == Some(origin.office) {
                self.findings.note_office(origin.office, name(Verdict::ForkedTree), self.now());
            }
            return Ok(answer);
        }
        if self.witnessed_head(&origin).is_none_or(|known| known.size < head.size) {
            self.write_witnessed(&origin, &signed)?;
        }
        self.hold(&origin, head, &asked.checkpoint);
        if from != Some(origin.office) {
            // Its next letter has to prove that its log continues this head.
            let told = Some(Checkpoint(asked.checkpoint));
            self.send_note(origin.office, LetterKind::HeadTold { log: origin.log, head: told });
        }
        let key = self.vault.witness_key().map_err(Failure::from)?;
        let cosigner = Cosigner::of(&self.network, &self.me, key.public());
        let line = cosigner.line(&cosign(&key, &origin, &head, self.now()));
        Ok(Answer::Cosigned(line.into_bytes()))
    }

    /// The log and the head of a checkpoint, once the key that the roster has for it has signed.
    fn signed_head(&self, checkpoint: &[u8]) -> Result<(Origin, SignedHead), Answer> {
        let origin = origin_of(checkpoint).ok_or(Answer::NotFound)?;
        let roster = self.roster();
        if !self.witnesses_log(&roster, &origin) {
            return Err(Answer::NotFound);
        }
        let size = Claimed::parse(checkpoint, &origin).map_err(refused)?.size();
        let newest = roster.newest().version;
        let range: LogRange =
            roster.log_key(&origin.office, origin.log, size, newest).map_err(|_| Answer::Forbidden)?;
        let signed = SignedHead::parse(checkpoint, &origin, &range.key).map_err(refused)?;
        RosterChain::check_head(&range, &signed.head).map_err(|_| Answer::Forbidden)?;
        Ok((origin, signed))
    }

    /// Whether it is the open log of another office that takes part, and this office is a witness at all.
    fn witnesses_log(&self, roster: &RosterChain, origin: &Origin) -> bool {
        let office = roster.office(&origin.office).filter(|office| office.state == OfficeState::Active);
        let open =
            office.and_then(|office| office.current_log()).is_some_and(|range| range.log == origin.log);
        // Under another key than the roster's nobody would take it: another folder of this office made that one.
        let key = self.vault.witness_key().ok().map(|key| key.public());
        let witness = roster.office(&self.me).is_some_and(|own| own.witness.is_some() && own.witness == key);
        witness && open && origin.network == self.network && origin.office != self.me
    }

    /// Whether two heads of one size, both signed, have different roots.
    fn contradicts(&self, origin: &Origin, largest: Option<Head>, head: Head) -> bool {
        let other = |held: &Head| held.size == head.size && held.root != head.root;
        let recent = self.correspondence.verified_of_size(origin, head.size);
        largest.as_ref().is_some_and(other) || recent.iter().any(|held| other(&held.head()))
    }

    /// A signed head that does not fit: with what is kept it may prove that two histories were signed.
    fn suspect(&self, origin: &Origin, checkpoint: &[u8]) {
        if let Ok(head) = verify_head(&self.roster(), origin.office, origin.log, checkpoint) {
            self.look_for_fraud(&head, &[]);
        }
    }

    fn write_witnessed(&self, origin: &Origin, signed: &SignedHead) -> Result<(), NotCosigned> {
        let now = self.now();
        let mut taken = self.heads.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if !taken.has_room(origin.office, now) {
            self.findings.note_office(origin.office, TOO_MANY_HEADS, now);
            return Err(NotCosigned::TooMany);
        }
        drop(taken);
        let witnessed = Witnessed {
            office: origin.office,
            log: origin.log,
            size: signed.head.size,
            root: signed.head.root,
            signature: halves(signed.signature),
        };
        let noted = self.noted(&witnessed.into(), heads_of(self.me), Audience::Nobody, now);
        let applied = self.commit_noted(vec![noted], now)?;
        self.apply_in_order(applied);
        Ok(())
    }

    /// What was verified for a cosignature counts as held: the next letter of that office must continue it, too.
    fn hold(&self, origin: &Origin, head: Head, checkpoint: &[u8]) {
        if let Ok(head) = verify_head(&self.roster(), origin.office, origin.log, checkpoint) {
            self.look_at_suspects(&head, &[]);
            self.correspondence.verified(head);
        }
        if self.ledger.note_peer_head(origin.office, origin.log, head, checkpoint).is_err() {
            tracing::error!(office = %origin.office, "a tree head that was just compared contradicts the one held");
        }
    }

    /// Answers a letter that asks for a cosignature; while nothing is signed, with nothing.
    pub(crate) fn cosign_asked(&self, from: OfficeId, request: &[u8]) -> Result<(), Failure> {
        let answer = match self.cosign_for(Some(from), request) {
            Ok(answer) => answer,
            Err(NotCosigned::Failed(failure)) => return Err(failure),
            Err(NotCosigned::NotReady(_) | NotCosigned::TooMany) => return Ok(()),
        };
        if answer == Answer::Forbidden
            && let Some(asked) = AddCheckpoint::parse(request)
            && let Some(origin) = origin_of(&asked.checkpoint).filter(|origin| origin.office == from)
        {
            self.sort_out_keys(&self.roster(), from, origin.log, &asked.checkpoint);
        }
        let (origin, size) = asked_about(request).unwrap_or_default();
        self.send_note(from, LetterKind::CosignTold(Told { origin, size, answer }.encode()));
        Ok(())
    }
}

fn origin_of(checkpoint: &[u8]) -> Option<Origin> {
    let line = checkpoint.split(|byte| *byte == b'\n').next().unwrap_or_default();
    core::str::from_utf8(line).ok().and_then(Origin::parse)
}

fn refused(fault: CheckpointFault) -> Answer {
    match fault {
        CheckpointFault::TooLarge | CheckpointFault::Malformed => Answer::BadRequest,
        CheckpointFault::WrongOrigin => Answer::NotFound,
        CheckpointFault::BadSignature | CheckpointFault::Unsigned => Answer::Forbidden,
    }
}

/// Origin and size of the checkpoint in a request, so that its answer says what it answers.
pub(crate) fn asked_about(request: &[u8]) -> Option<(String, u64)> {
    let asked = AddCheckpoint::parse(request)?;
    let text = core::str::from_utf8(&asked.checkpoint).ok()?;
    let mut lines = text.split('\n');
    let (origin, size) = (lines.next()?, lines.next()?.parse().ok()?);
    Some((origin.to_owned(), size))
}
