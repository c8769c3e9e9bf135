//! Asking other organisations to cosign this office's newest head, and keeping what they give.
//!
//! One round at a time, begun at most once a minute and only when the log has grown by more than the traces of witnessing: to a few
//! offices, others each time. What came back by the time a quorum is met, or after a minute, becomes one `Cosigned`. Nothing here
//! stops the office: a witness that claims to know a larger head is asked for it, and only the head itself counts (`guard.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use waymark_domain::event::log::{Cosignature, Cosigned};
use waymark_domain::ids::OfficeId;
use waymark_domain::time::{HOUR, Timestamp};
use waymark_seal::checkpoint::{Head, Origin};
use waymark_seal::cosign::{Cosigner, Timed, parse_lines};
use waymark_seal::entry::Audience;
use waymark_seal::letter::{LetterKind, SeenHead};
use waymark_seal::sign::{halves, whole};
use waymark_seal::witness::{AddCheckpoint, Answer, Told};

use crate::cosigned::heads_of;
use crate::desk::Desk;
use crate::findings::{BAD_COSIGNATURE, CLOCK_SET_BACK};
use crate::order::Failure;
use crate::witnesses::{Witness, Witnesses};

/// Seconds between the beginnings of two rounds, and those that a round waits for a quorum.
const ROUND_S: u64 = 60;
/// Seconds after a start before anybody is asked: what waited in the post is read first, and tells who holds which head.
const AFTER_START_S: u64 = 10;
/// Offices asked in one round: a quorum and some to spare.
const ASKED_AT_ONCE: usize = 5;
/// Requests to one office in one round: it may say once or twice that it knows another size.
const TRIES_MAX: u8 = 3;
/// Who does not answer is asked again after twice as long each time, up to about an hour.
const DOUBLINGS_MAX: u32 = 6;

/// Where asking stands. Nothing here must survive a restart.
#[derive(Default)]
pub(crate) struct Cosigning {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// The newest round; it stays until the next one, for answers that come late.
    round: Option<Round>,
    /// The office that was asked last: the next round begins behind it.
    last: Option<OfficeId>,
    /// Offices that were asked and have not cosigned since.
    silent: BTreeMap<OfficeId, Silent>,
    /// The size of this log that an office says it knows: a hint where the next proof begins.
    told: BTreeMap<OfficeId, u64>,
    clock_noted: Option<Timestamp>,
    /// Offices whose cosignature was by no key of this roster version: they have been asked for a newer one, since when.
    unknown_key: BTreeMap<OfficeId, (u32, Timestamp)>,
}

/// One head, and who was asked for it.
struct Round {
    head: Head,
    checkpoint: Vec<u8>,
    begun_at: Timestamp,
    asked: BTreeMap<OfficeId, Request>,
    given: BTreeMap<OfficeId, Timed>,
    /// How many of them are in the log already.
    written: usize,
    open: bool,
}

struct Request {
    old: u64,
    tries: u8,
}

/// An office that has not cosigned what it was asked for.
#[derive(Debug, Clone, Copy)]
struct Silent {
    since: Timestamp,
    asked_at: Timestamp,
    times: u32,
}

impl Silent {
    fn rests(&self, now: Timestamp) -> bool {
        now.0.abs_diff(self.asked_at.0) < ROUND_S << self.times.min(DOUBLINGS_MAX)
    }
}

impl Inner {
    fn asks(&mut self, office: OfficeId, now: Timestamp) {
        let silent = self.silent.entry(office);
        let silent = silent.or_insert(Silent { since: now, asked_at: now, times: 0 });
        (silent.asked_at, silent.times) = (now, silent.times.saturating_add(1));
        self.last = Some(office);
    }
}

impl Cosigning {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who has been asked for more than a minute and has not cosigned, since when.
    pub(crate) fn silent(&self, now: Timestamp) -> Vec<(OfficeId, Timestamp)> {
        let inner = self.lock();
        let long = inner.silent.iter().filter(|(_, silent)| now.0.abs_diff(silent.since.0) > ROUND_S);
        long.map(|(office, silent)| (*office, silent.since)).collect()
    }
}

impl Desk {
    /// Asks others to cosign the newest head when it is time, and ends a round that has waited long enough.
    pub fn seek_cosignatures(&self) {
        let now = self.now();
        self.note_clock(now);
        if self.may_write().is_err() {
            return;
        }
        let Some(witnesses) = self.witnesses_now().filter(|witnesses| !witnesses.are_none()) else { return };
        if let Some(cosigned) = self.overdue(now)
            && let Err(fault) = self.write_cosigned(cosigned, &witnesses)
        {
            tracing::warn!(%fault, "cosignatures could not be written; they are asked for again");
        }
        let behind = self.core().cosigned.under_quorum < self.heads.grown.load(Ordering::Relaxed);
        if behind && let Err(fault) = self.begin_round(&witnesses, now) {
            tracing::warn!(%fault, "nobody could be asked to cosign; it is tried again");
        }
    }

    /// What a round has brought that waited for a quorum in vain.
    fn overdue(&self, now: Timestamp) -> Option<Cosigned> {
        let mut inner = self.heads.cosigning.lock();
        let over = |round: &&mut Round| round.open && now.0.abs_diff(round.begun_at.0) >= ROUND_S;
        let round = inner.round.as_mut().filter(over)?;
        round.open = false;
        (round.given.len() > round.written).then(|| round.cosigned())
    }

    fn begin_round(&self, witnesses: &Witnesses, now: Timestamp) -> Result<(), Failure> {
        let recent = |round: &Round| round.open || now.0.abs_diff(round.begun_at.0) < ROUND_S;
        let early = now < self.started_at.plus(AFTER_START_S);
        if early || self.heads.cosigning.lock().round.as_ref().is_some_and(recent) {
            return Ok(());
        }
        let (head, checkpoint) = self.own_checkpoint();
        let given = self.given_before(head);
        let chosen = self.choose(witnesses, &given, now);
        if chosen.is_empty() {
            return Ok(());
        }
        let known =
            |office: &OfficeId| (*office, Request { old: self.size_known(*office, head.size), tries: 1 });
        let asked: BTreeMap<OfficeId, Request> = chosen.iter().map(known).collect();
        for (office, request) in &asked {
            self.ask_to_cosign(*office, request.old, head, checkpoint.clone())?;
        }
        let mut inner = self.heads.cosigning.lock();
        chosen.into_iter().for_each(|office| inner.asks(office, now));
        let written = given.len();
        inner.round = Some(Round { head, checkpoint, begun_at: now, asked, given, written, open: true });
        Ok(())
    }

    /// Cosignatures on exactly this head that the log has already: they count for the quorum.
    fn given_before(&self, head: Head) -> BTreeMap<OfficeId, Timed> {
        let core = self.core();
        let newest = core.cosigned.newest.as_ref();
        let same = newest.filter(|newest| (newest.size, newest.root) == (head.size, head.root));
        let given = same.into_iter().flat_map(|cosigned| &cosigned.cosignatures);
        given.map(|one| (one.office, Timed { at: one.at, signature: whole(one.signature) })).collect()
    }

    /// Whom to ask: first one office of each organisation, beginning behind the one that was asked last.
    fn choose(
        &self,
        witnesses: &Witnesses,
        given: &BTreeMap<OfficeId, Timed>,
        now: Timestamp,
    ) -> Vec<OfficeId> {
        let inner = self.heads.cosigning.lock();
        let after = inner.last.and_then(|last| witnesses.all.iter().position(|one| one.office == last));
        let turn = witnesses.all.iter().cycle().skip(after.map_or(0, |at| at + 1)).take(witnesses.all.len());
        let willing = |one: &&Witness| {
            let rests = inner.silent.get(&one.office).is_some_and(|silent| silent.rests(now));
            !rests && !given.contains_key(&one.office) && self.can_write_sealed_to(one.office)
        };
        let willing: Vec<&Witness> = turn.filter(willing).collect();
        let mut organisations = BTreeSet::new();
        let (firsts, others): (Vec<&Witness>, Vec<&Witness>) =
            willing.into_iter().partition(|one| organisations.insert(one.organisation.as_str()));
        firsts.into_iter().chain(others).take(ASKED_AT_ONCE).map(|one| one.office).collect()
    }

    /// The size of this log that an office knows, as far as is known here.
    fn size_known(&self, office: OfficeId, size: u64) -> u64 {
        let told = self.heads.cosigning.lock().told.get(&office).copied().unwrap_or(0);
        told.max(self.correspondence.size_sent(office, self.log)).min(size)
    }

    fn ask_to_cosign(&self, to: OfficeId, old: u64, head: Head, checkpoint: Vec<u8>) -> Result<(), Failure> {
        let proof = if old == 0 || old == head.size {
            Vec::new()
        } else {
            self.ledger.consistency(old, head.size)?
        };
        let request = AddCheckpoint { old, proof, checkpoint };
        self.send_note(to, LetterKind::CosignAsked(request.encode()));
        Ok(())
    }

    /// Takes the answer of a witness.
    pub(crate) fn cosign_told(&self, from: OfficeId, bytes: &[u8]) -> Result<(), Failure> {
        let Some(told) = Told::parse(bytes).filter(|told| told.origin == self.own_origin().to_string())
        else {
            return Ok(());
        };
        match told.answer {
            Answer::Cosigned(lines) => self.given(from, told.size, &lines),
            Answer::Conflict(size) => self.knows_another(from, told.size, size),
            refusal => {
                tracing::warn!(%from, status = refusal.status(), "an office does not cosign this office's log");
                Ok(())
            }
        }
    }

    fn given(&self, from: OfficeId, size: u64, lines: &[u8]) -> Result<(), Failure> {
        let Some(witnesses) = self.witnesses_now() else { return Ok(()) };
        let Some(witness) = witnesses.find(from) else { return Ok(()) };
        let mut inner = self.heads.cosigning.lock();
        // One for an older head only shows that the office is there.
        let Some(round) = inner.round.as_mut().filter(|round| round.head.size == size) else { return Ok(()) };
        let head = round.head;
        let timed = match parse_lines(lines, &witness.cosigner, &self.own_origin(), &head) {
            Ok(timed) => timed,
            Err(_) => {
                drop(inner);
                self.cosigned_by_another_key(from, lines, &head);
                return Ok(());
            }
        };
        round.given.entry(from).or_insert(timed);
        let enough = round.open && witnesses.met(round.given.keys().copied());
        let cosigned = enough.then(|| {
            round.open = false;
            round.cosigned()
        });
        inner.silent.remove(&from);
        inner.told.insert(from, size);
        drop(inner);
        self.correspondence.holds(from, SeenHead { log: self.log, size, root: head.root });
        match cosigned {
            Some(cosigned) => self.write_cosigned(cosigned, &witnesses),
            None => Ok(()),
        }
    }

    /// What a witness gave is not by the key that the roster has for it: by an earlier one, then it is told the roster, or by a later
    /// one, then it is asked for it.
    fn cosigned_by_another_key(&self, from: OfficeId, lines: &[u8], head: &Head) {
        let (roster, origin) = (self.roster(), self.own_origin());
        let signed =
            |key| parse_lines(lines, &Cosigner::of(&self.network, &from, key), &origin, head).is_ok();
        if roster.witness_keys(from).any(signed) {
            return self.tell_roster(&roster, from, roster.newest().version.saturating_sub(1));
        }
        let (newest, now) = (roster.newest().version, self.now());
        // It may hold a newer version that has its key, and then it tells it.
        let mut inner = self.heads.cosigning.lock();
        let asked = inner.unknown_key.entry(from).or_insert((newest, now));
        if asked.0 != newest {
            *asked = (newest, now);
        }
        let in_vain = now.0.abs_diff(asked.1.0) >= HOUR;
        drop(inner);
        if in_vain {
            self.findings.note_office(from, BAD_COSIGNATURE, now);
        }
        self.send_note(from, LetterKind::RosterAsked { above: newest });
    }

    /// A witness says that it knows another size. A smaller one is where the proof begins; what is larger than this log, or is
    /// another history, the office has to show.
    fn knows_another(&self, from: OfficeId, asked: u64, known: u64) -> Result<(), Failure> {
        let mut inner = self.heads.cosigning.lock();
        let round = inner.round.as_mut().filter(|round| round.head.size == asked);
        let Some(round) = round else { return Ok(()) };
        let (head, checkpoint) = (round.head, round.checkpoint.clone());
        let Some(request) = round.asked.get_mut(&from) else { return Ok(()) };
        let again = known <= asked && request.tries < TRIES_MAX;
        let contradicts = request.old == known || known > self.ledger.size();
        (request.old, request.tries) = (known, request.tries.saturating_add(1));
        if !contradicts {
            inner.told.insert(from, known);
        }
        drop(inner);
        if known <= self.ledger.size() {
            self.correspondence.says_it_holds(from, known);
        }
        if contradicts {
            self.send_note(from, LetterKind::HeadAsked { log: self.log });
        } else if again {
            self.ask_to_cosign(from, known, head, checkpoint)?;
        }
        Ok(())
    }

    fn write_cosigned(&self, cosigned: Cosigned, witnesses: &Witnesses) -> Result<(), Failure> {
        if self.may_write().is_err() {
            return Ok(());
        }
        let now = self.now();
        let noted = self.noted(&cosigned.clone().into(), heads_of(self.me), Audience::Nobody, now);
        // They were verified with the keys of this roster version, and that is what the entry says.
        if self.witnesses_at(noted.look.roster).is_none_or(|named| !named.are_those(witnesses)) {
            return Ok(());
        }
        let applied = self.commit_noted(vec![noted], now)?;
        self.apply_in_order(applied);
        Ok(())
    }

    /// Says, once an hour, that this office's clock is well before the time that others have said.
    fn note_clock(&self, now: Timestamp) {
        let Some(said) = self.clock_set_back(now) else { return };
        let mut inner = self.heads.cosigning.lock();
        if inner.clock_noted.is_none_or(|noted| now.0.abs_diff(noted.0) >= HOUR) {
            inner.clock_noted = Some(now);
            drop(inner);
            tracing::error!(
                seconds = said.0.saturating_sub(now.0),
                "the clock of this machine is behind the time that other offices have signed; set it right"
            );
            self.findings.note_office(self.me, CLOCK_SET_BACK, now);
        }
    }

    /// The C2SP origin of the log in use.
    pub(crate) fn own_origin(&self) -> Origin {
        Origin { network: self.network, office: self.me, log: self.log }
    }
}

impl Round {
    fn cosigned(&self) -> Cosigned {
        let given = self.given.iter().map(|(office, timed)| Cosignature {
            office: *office,
            at: timed.at,
            signature: halves(timed.signature),
        });
        Cosigned { size: self.head.size, root: self.head.root, cosignatures: given.collect() }
    }
}
