//! Looking at one bundle of entries, on any thread: what can be said of each entry without those before it.

use std::collections::HashMap;

use waymark_domain::event::Event;
use waymark_domain::event::log::{CarriedOver, Cosigned, Received, Witnessed};
use waymark_domain::ids::{Hash, OfficeId, Ref, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::{Head, Origin};
use waymark_seal::cosign::Timed;
use waymark_seal::entry::{Audience, Entry};
use waymark_seal::fraud::{FraudFault, FraudProof};
use waymark_seal::hash::{leaf_hash, sha256};
use waymark_seal::merkle::{Frontier, verify_inclusion};
use waymark_seal::proven::Proven;
use waymark_seal::tile::WIDTH;
use waymark_seal::verify::{
    Verdict, VerifiedHead, check_acceptable, check_kind, check_stands, verify_head_as_of,
};

use super::code::Code;
use super::log::{Log, event_of, split_bundle};
use super::report::Finding;
use super::roster::{Bounds, Rosters};
use crate::bundle::Of;

/// A bundle of entries that was looked at.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Why it cannot be read to its end.
    pub(crate) broken: Option<String>,
    pub(crate) leaves: Vec<Hash>,
    pub(crate) offsets: Vec<u32>,
    /// The root over all leaves of a full bundle.
    pub(crate) root: Option<Hash>,
    /// One for each leaf; none for what is no entry.
    pub(crate) facts: Vec<Option<Fact>>,
    pub(crate) findings: Vec<Finding>,
    /// The tile of these leaves is another.
    pub(crate) tile_differs: bool,
}

/// What the order of the log is checked with.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) thread: ThreadId,
    pub(crate) thread_prev: Option<u64>,
    pub(crate) audience: Audience,
    pub(crate) pair_seq: u64,
    pub(crate) pair_prev: Hash,
    pub(crate) claimed_at: Timestamp,
    /// The version under which it was written; none for a record of what is older.
    pub(crate) roster: Option<u32>,
    pub(crate) says: Says,
}

/// What an entry says of logs.
#[derive(Debug)]
pub(crate) enum Says {
    Nothing,
    /// It opens a later incarnation.
    Opened,
    /// It names an entry of another log.
    Names(Option<Box<Named>>),
    /// It names receipts of others, in their order.
    Receipts(Vec<Ref>),
    Cosigned {
        head: Head,
        bounds: Option<Bounds>,
        /// Somebody has cosigned that head.
        signed: bool,
    },
    Witnessed(Box<Witnessed>),
    /// It tells the network.
    Tells(Notice),
}

/// What is told to the network, and judged wherever it came.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Notice {
    /// It publishes a proof of fraud.
    Accuses(Accusation),
    /// It cosigns the roster.
    Roster(RosterWord),
}

/// An office's cosignature on the roster.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RosterWord {
    /// Where it was published.
    pub(crate) by: (OfficeId, u32, u64),
    /// The newest version that it covers.
    pub(crate) version: u32,
    /// When, and the signature.
    pub(crate) timed: Timed,
    /// What is wrong with it.
    pub(crate) fault: Option<Code>,
}

/// A published proof of fraud, judged as whoever had it in his log judged it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accusation {
    /// The log that is accused.
    pub(crate) of: (OfficeId, u32),
    /// Where it was published.
    pub(crate) by: (OfficeId, u32, u64),
    pub(crate) proven: Result<(), FraudFault>,
    /// What proves nothing proved it under the roster that its writer had: a key was ended meanwhile.
    pub(crate) late: bool,
}

/// What the record of an entry proves.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Proof {
    /// It stands under this head.
    Under(Head),
    /// It stands under a head of a key whose range does not cover that: nothing is compared with it.
    OutOfRange,
    Nothing,
}

/// An entry of another log, in its own chain.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) at: Ref,
    pub(crate) proof: Proof,
    pub(crate) to_all: bool,
    pub(crate) seq: u64,
    pub(crate) prev: Hash,
    /// What it tells the network.
    pub(crate) tells: Option<Notice>,
}

/// Looks at bundle `number` of a log.
pub(crate) fn part(log: &Log<'_>, rosters: &Rosters, number: u64, from: u64) -> Part {
    let width = Log::width(number, log.head.size);
    let mut part = Part::default();
    let Some(bundle) = log.read(Of::Entries(number, width)) else {
        part.broken = Some(format!("bundle {number} of the entries is missing or too large"));
        return part;
    };
    let mut look = Look { log, rosters, heads: HashMap::new() };
    for placed in split_bundle(&bundle) {
        let Some((offset, bytes)) = placed.filter(|_| (part.leaves.len() as u64) < width) else {
            part.broken = Some(format!("bundle {number} of the entries is not well-formed"));
            return part;
        };
        let index = number * WIDTH + part.leaves.len() as u64;
        part.leaves.push(leaf_hash(bytes));
        part.offsets.push(offset);
        let fact = if index < from { None } else { look.entry(index, bytes, &mut part.findings) };
        part.facts.push(fact);
    }
    if part.leaves.len() as u64 != width {
        part.broken = Some(format!("bundle {number} of the entries has fewer than {width}"));
        return part;
    }
    if width == WIDTH {
        let mut tree = Frontier::new();
        part.leaves.iter().for_each(|leaf| tree.push(*leaf));
        part.root = Some(tree.root());
    }
    let tile = log.read(Of::Hashes(0, number, width)).unwrap_or_default();
    let same = tile.len() == part.leaves.len() * 32
        && tile.as_chunks::<32>().0.iter().zip(&part.leaves).all(|(there, leaf)| *there == leaf.0);
    if !same {
        let what = format!("tile {number} of level 0 is not that of the entries");
        part.findings.push(Finding::new(Code::TileDiffers, log.spot().at(number * WIDTH), what));
        part.tile_differs = true;
    }
    part
}

/// Whether an entry goes to others; what it grants is judged in its thread.
fn leaves(entry: &Entry) -> bool {
    entry.audience != Audience::Nobody
}

const CARRIED_OVER: u16 = 7;

/// Whether an entry keeps what was written under an earlier version, and names that one.
fn is_record(says: &Says, kind: u16) -> bool {
    matches!(says, Says::Receipts(_)) || kind == CARRIED_OVER
}

struct Look<'a> {
    log: &'a Log<'a>,
    rosters: &'a Rosters,
    heads: HashMap<Hash, Result<VerifiedHead, Verdict>>,
}

impl Look<'_> {
    fn entry(&mut self, index: u64, bytes: &[u8], findings: &mut Vec<Finding>) -> Option<Fact> {
        let spot = self.log.spot().at(index);
        let entry = match Entry::parse(bytes) {
            Ok(entry) => entry,
            Err(fault) => {
                findings.push(Finding::new(Code::NonCanonical, spot, fault.to_string()));
                return None;
            }
        };
        let spot = spot.of(entry.thread);
        let mut say = |code, what: String| findings.push(Finding::new(code, spot, what));
        let origin = self.log.origin;
        let named = (entry.network, entry.office, entry.log, entry.index);
        if named != (origin.network, origin.office, origin.log, index) {
            say(Code::WrongPlace, format!("it says to be entry {} of another place", entry.index));
        }
        if !self.rosters.is_there(entry.roster) {
            say(Code::UnknownRoster, format!("it names roster version {}, which is not there", entry.roster));
        }
        if check_kind(&entry).is_err() {
            say(
                Code::WrongKindRule,
                format!("kind {} may not have this audience, basis or category", entry.kind),
            );
        } else if leaves(&entry) && entry.grants.is_empty() && check_acceptable(&entry).is_err() {
            say(Code::OutsideConsent, "it carries sections without a basis".to_owned());
        }
        let says = self.says(index, &entry, &mut say);
        Some(Fact {
            thread: entry.thread,
            thread_prev: entry.thread_prev,
            audience: entry.audience,
            pair_seq: entry.pair_seq,
            pair_prev: entry.pair_prev,
            claimed_at: entry.claimed_at,
            roster: (!is_record(&says, entry.kind)).then_some(entry.roster),
            says,
        })
    }

    fn says(&mut self, index: u64, entry: &Entry, say: &mut impl FnMut(Code, String)) -> Says {
        match event_of(entry.kind, &entry.public) {
            // Anywhere else it would hide from witnesses whatever claims an earlier time.
            Some(Event::LogOpened(_)) if index == 0 && self.log.origin.log > 0 => Says::Opened,
            Some(Event::Received(Received { entry: named, .. })) => {
                Says::Names(self.names(index, entry, &named, say).map(Box::new))
            }
            Some(Event::CarriedOver(CarriedOver { entry: named, .. })) => {
                Says::Names(self.names(index, entry, &named, say).map(Box::new))
            }
            Some(Event::Receipted(receipted)) => Says::Receipts(receipted.entries),
            Some(Event::Cosigned(cosigned)) => self.cosigned(index, entry.roster, &cosigned, say),
            Some(Event::Witnessed(witnessed)) => Says::Witnessed(Box::new(witnessed)),
            Some(event) => {
                let here = (self.log.origin.office, self.log.origin.log, index);
                let versions = (entry.roster, entry.roster);
                self.notice(event, here, versions).map_or(Says::Nothing, Says::Tells)
            }
            None => Says::Nothing,
        }
    }

    fn cosigned(
        &self,
        index: u64,
        version: u32,
        cosigned: &Cosigned,
        say: &mut impl FnMut(Code, String),
    ) -> Says {
        let weighed = self.rosters.weigh(&self.log.origin, version, cosigned);
        weighed.faults.into_iter().for_each(|what| say(Code::CosignatureInvalid, what));
        if cosigned.size > index {
            let (code, who) = match weighed.cosigned {
                true => (Code::Rewritten, "witnesses"),
                false => (Code::CosignatureInvalid, "it says that witnesses"),
            };
            say(code, format!("{who} had cosigned {} entries where the log had {index}", cosigned.size));
        }
        let head = Head { size: cosigned.size, root: cosigned.root };
        let bounds = weighed.bounds.filter(|_| cosigned.size <= index);
        Says::Cosigned { head, bounds, signed: weighed.cosigned }
    }

    /// The entry of another log that `own` names, as it was kept.
    fn names(
        &mut self,
        index: u64,
        own: &Entry,
        named: &Ref,
        say: &mut impl FnMut(Code, String),
    ) -> Option<Named> {
        let Some(record) = self.log.record(index) else {
            say(Code::ReceivedMissing, "the proof of the entry that it names is missing".to_owned());
            return None;
        };
        let leaf = leaf_hash(&record.entry);
        let theirs = Entry::parse(&record.entry);
        let theirs =
            theirs.ok().filter(|it| (it.office, it.log, it.index) == (named.office, named.log, named.index));
        let Some(theirs) = theirs.filter(|_| leaf == named.leaf) else {
            say(Code::ReceivedDiffers, "the entry that was kept is not the one that it names".to_owned());
            return None;
        };
        let me = self.log.origin.office;
        let for_us = matches!(theirs.audience, Audience::Network) || theirs.audience == Audience::Office(me);
        let head = self.head(theirs.office, theirs.log, &record.checkpoint, own.roster);
        let proven =
            head.and_then(|head| check_stands(&theirs, &leaf, &head, &record.path).map(|()| head.head()));
        let proof = match proven {
            _ if !for_us && theirs.office != me => {
                say(Code::ReceivedUnproven, "the entry that it names was not for this office".to_owned());
                Proof::Nothing
            }
            Ok(head) => Proof::Under(head),
            Err(Verdict::WrongRosterRange) if self.is_out_of_range(&theirs, &leaf, &record) => {
                let what = "the entry that it names stands under a key whose range had ended".to_owned();
                say(Code::WrongKeyRange, what);
                Proof::OutOfRange
            }
            Err(verdict) => {
                say(Code::ReceivedUnproven, format!("the entry that it names: {verdict}"));
                Proof::Nothing
            }
        };
        if theirs.thread != own.thread {
            say(Code::ThreadBroken, "it does not stand in the thread of the entry that it names".to_owned());
        }
        let to_all = theirs.audience == Audience::Network;
        let event = event_of(theirs.kind, &theirs.public);
        let place = (named.office, named.log, named.index);
        let tells = event.and_then(|event| self.notice(event, place, (own.roster, theirs.roster)));
        let (seq, prev) = (theirs.pair_seq, theirs.pair_prev);
        Some(Named { at: *named, proof, to_all, seq, prev, tells })
    }

    /// Whether an entry stands under a head that a key of its log has signed, though none whose range covers that head.
    fn is_out_of_range(&self, entry: &Entry, leaf: &Hash, record: &Proven) -> bool {
        let origin = Origin { network: entry.network, office: entry.office, log: entry.log };
        let signed = self.rosters.signed_by_any(&origin, &record.checkpoint);
        signed
            .is_some_and(|Head { size, root }| verify_inclusion(leaf, entry.index, size, &record.path, &root))
    }

    /// What the event at `by` tells the network; a proof of fraud is judged by the roster version `as_of`, and by the one that its writer
    /// had.
    fn notice(&self, event: Event, by: (OfficeId, u32, u64), (as_of, written): (u32, u32)) -> Option<Notice> {
        match event {
            Event::FraudProven(body) => {
                let chain = &self.rosters.chain;
                let judged = |as_of| FraudProof::of_published(&body)?.verify_as_of(chain, as_of).map(|_| ());
                let (of, proven) = ((body.office, body.log), judged(as_of));
                let late = proven.is_err() && judged(written).is_ok();
                Some(Notice::Accuses(Accusation { of, by, proven, late }))
            }
            Event::RosterWitnessed(word) => {
                let fault = self.rosters.fault_of(by.0, &word);
                Some(Notice::Roster(RosterWord {
                    by,
                    version: word.version,
                    timed: Timed::from(&word),
                    fault,
                }))
            }
            _ => None,
        }
    }

    fn head(
        &mut self,
        office: OfficeId,
        log: u32,
        checkpoint: &[u8],
        as_of: u32,
    ) -> Result<VerifiedHead, Verdict> {
        let name = sha256(&[&office.0, &log.to_le_bytes(), &as_of.to_le_bytes(), checkpoint]);
        let chain = &self.rosters.chain;
        *self.heads.entry(name).or_insert_with(|| verify_head_as_of(chain, office, log, checkpoint, as_of))
    }
}
