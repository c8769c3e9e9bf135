//! The first pass: every entry in the order of its log. Keeps positions and the ends of chains, and no entry.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use waymark_domain::ids::{Hash, OfficeId, Ref, ThreadId};
use waymark_seal::checkpoint::Head;
use waymark_seal::cosign::Timed;
use waymark_seal::entry::Audience;
use waymark_seal::hash::ZERO;
use waymark_seal::merkle::{Frontier, node_hash};
use waymark_seal::proven::{Proven, split_records};
use waymark_seal::tile::{LEVELS, WIDTH};

use super::ahead::ahead;
use super::code::Code;
use super::form::LogFiles;
use super::log::{Log, NONE};
use super::look::{Accusation, Fact, Named, Notice, Part, Proof, RosterWord, Says, part};
use super::report::{Findings, Spot};
use super::roster::Rosters;
use super::state::Saved;
use super::{Listener, Step};
use crate::bundle::{Of, files_of};

/// Somebody's word that a log had this head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) head: Head,
    /// Number of the log that says so, and its entry.
    pub(crate) by: u16,
    pub(crate) index: u32,
    pub(crate) word: Word,
}

/// What a claim is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// The log's key has signed that head.
    Signed,
    /// Witnesses have cosigned it.
    Cosigned,
    /// Another office says that it has cosigned it.
    Said,
}

/// Claims about each log.
pub(crate) type Claims = BTreeMap<(OfficeId, u32), Vec<Claim>>;

/// Entries of logs that are not at hand, as others hold them: index and leaf.
pub(crate) type Strangers = BTreeMap<(OfficeId, u32), Vec<(u64, Hash)>>;

/// The other end of a chain: office, incarnation, released to everybody.
pub(crate) type ChainKey = (OfficeId, u32, bool);

/// What the order of a log is checked with, as far as it was read.
pub(crate) struct Tails {
    /// Roots of 256 entries each.
    pub(crate) upper: Frontier,
    pub(crate) sent: HashMap<Audience, (u64, Hash)>,
    pub(crate) received: HashMap<ChainKey, (u64, Hash)>,
}

pub(crate) struct Pass<'a> {
    pub(crate) rosters: &'a Rosters,
    pub(crate) findings: &'a mut Findings,
    pub(crate) listener: &'a dyn Listener,
    pub(crate) claims: &'a mut Claims,
    pub(crate) strangers: &'a mut Strangers,
    /// Logs of which two histories were signed, and notices that say something false: each is told once.
    pub(crate) accused: &'a mut BTreeSet<(OfficeId, u32)>,
    pub(crate) accusers: &'a mut BTreeSet<(OfficeId, u32, u64)>,
    /// Who has cosigned the newest roster version.
    pub(crate) roster_by: &'a mut BTreeMap<OfficeId, Timed>,
    /// Which logs are at hand.
    pub(crate) at_hand: &'a dyn Fn(OfficeId, u32) -> bool,
    /// Number of the log that is read.
    pub(crate) by: u16,
    /// Entries of the logs before it, and of all.
    pub(crate) done: u64,
    pub(crate) total: u64,
}

/// The first pass over one log.
struct Order<'p, 'a, 'f> {
    pass: &'p mut Pass<'a>,
    log: &'p mut Log<'f>,
    tails: Tails,
    root: Hash,
    /// Hashes of each level of tiles that are not in a full tile yet.
    levels: Vec<(u64, Vec<Hash>)>,
    from: u64,
    named: u64,
    saved_root: Option<Hash>,
    roots_differ: bool,
    keys: Keys,
}

/// The roster versions that ended a key of the log, and how far entries and witnesses have come with them.
#[derive(Default)]
struct Keys {
    /// Each with the first entry that names it or a later one.
    ends: Vec<(u32, Option<u64>)>,
    /// Witnesses have cosigned an entry that names this version: no later one names an earlier.
    at_least: u32,
}

impl Keys {
    fn names(&mut self, index: u64, version: u32) {
        let reached = self.ends.iter_mut().filter(|(end, first)| *end <= version && first.is_none());
        reached.for_each(|(_, first)| *first = Some(index));
    }

    fn cosigned(&mut self, size: u64) {
        let seen = self.ends.iter().filter(|(_, first)| first.is_some_and(|first| first < size));
        self.at_least = seen.map(|(end, _)| *end).max().unwrap_or_default().max(self.at_least);
    }
}

impl Pass<'_> {
    /// Reads a log to its end; `saved` is where an earlier verification ended.
    pub(crate) fn read(&mut self, log: &mut Log<'_>, files: &LogFiles, saved: Option<&Saved>) -> Tails {
        self.files(log, files);
        self.records(log, files);
        let from = saved.map_or(0, |saved| saved.size);
        log.first = from - from % WIDTH;
        let tails = saved.map_or_else(Tails::default, Saved::tails);
        let levels = (0..LEVELS).map(|_| (0, Vec::new())).collect();
        log.from = from;
        let (saved_root, root) = (saved.map(|saved| saved.root), tails.upper.root());
        let ends = self.rosters.ends(&log.origin).into_iter().map(|version| (version, None)).collect();
        let keys = Keys { ends, at_least: 0 };
        let mut order = Order {
            root,
            levels,
            from,
            named: 0,
            saved_root,
            roots_differ: false,
            keys,
            tails,
            pass: self,
            log,
        };
        order.begin(saved);
        let whole = order.entries();
        let Order { tails, root, named, roots_differ, .. } = order;
        self.end(log, whole, root, named, roots_differ, saved);
        tails
    }

    /// Exactly the files that a tree of this size has.
    fn files(&mut self, log: &Log<'_>, files: &LogFiles) {
        let (mut there, mut missing, most) = (0, 0_u64, files.tiles.len() as u64);
        for of in files_of(log.head.size) {
            match files.tiles.contains(&of) {
                true => there += 1,
                false => missing += 1,
            }
            // A size that is far from what is there has no files to count.
            if missing > most + WIDTH {
                break;
            }
        }
        if missing > 0 {
            let what =
                format!("files of the tree of {} entries are missing: {missing} or more", log.head.size);
            self.findings.say(Code::FileMissing, log.spot(), what);
        }
        if there < most {
            let what = format!("{} files are no part of the tree of {} entries", most - there, log.head.size);
            self.findings.say(Code::FileExtra, log.spot(), what);
        }
    }

    /// Where the proof of each received entry lies.
    fn records(&mut self, log: &mut Log<'_>, files: &LogFiles) {
        let in_order = files.received.iter().zip(0..).all(|((number, width), expected)| {
            let full = *width == WIDTH || expected + 1 == files.received.len() as u64;
            *number == expected && full
        });
        if !in_order {
            let what = "the bundles of proofs have gaps";
            self.findings.say(Code::ReceivedMalformed, log.spot(), what);
            return;
        }
        let (mut records, mut broken) = (Vec::new(), false);
        let read = |number: u64| {
            let (_, width) = *files.received.get(usize::try_from(number).ok()?)?;
            let bundle = log.read(Of::Received(number, width))?;
            let placed = |placed: Option<(u32, &[u8])>| {
                let (offset, bytes) = placed?;
                Some((u32::try_from(Proven::parse(bytes).ok()?.at).ok()?, offset))
            };
            let found =
                split_records(&bundle).take(WIDTH as usize + 1).map(placed).collect::<Option<Vec<_>>>();
            found.filter(|found| found.len() as u64 == width)
        };
        ahead(files.received.len() as u64, read, |_, part| {
            match part {
                Some(part) => records.extend(part),
                None => broken = true,
            }
            !broken
        });
        if broken || !records.is_sorted_by(|(one, _), (next, _)| one < next) {
            let what = "the proofs of received entries are not well-formed or out of order";
            self.findings.say(Code::ReceivedMalformed, log.spot(), what);
            return;
        }
        log.records = records;
    }

    fn end(
        &mut self,
        log: &mut Log<'_>,
        whole: bool,
        root: Hash,
        named: u64,
        differ: bool,
        saved: Option<&Saved>,
    ) {
        log.times.settle();
        if !whole {
            return;
        }
        if differ
            || (log.head.size > 0 && root != log.head.root)
            || (log.head.size == 0 && log.head != Head::empty())
        {
            let what = "the entries do not give the root that was signed";
            self.findings.say(Code::RootDiffers, log.spot(), what);
        } else {
            log.whole = true;
        }
        let before = saved.map_or(0, |saved| saved.received);
        if before + named < log.records.len() as u64 {
            let what = format!(
                "{} proofs are of entries that the log does not name",
                log.records.len() as u64 - before - named
            );
            self.findings.say(Code::ReceivedExtra, log.spot(), what);
        }
    }
}

impl Default for Tails {
    fn default() -> Self {
        Self { upper: Frontier::new(), sent: HashMap::new(), received: HashMap::new() }
    }
}

impl Order<'_, '_, '_> {
    /// Takes up where the verification before ended: the tiles that are not full yet are filled from what lies there.
    fn begin(&mut self, saved: Option<&Saved>) {
        let Some(saved) = saved else { return };
        let bundles = saved.size / WIDTH;
        for level in 1..LEVELS {
            let count = bundles >> (8 * u32::from(level - 1));
            let (number, width) = (count / WIDTH, (count % WIDTH) as usize);
            let there = self.log.tile(level, number).unwrap_or_default();
            if let Some((at, hashes)) = self.levels.get_mut(usize::from(level)) {
                *at = number;
                *hashes = there.get(..width).unwrap_or_default().to_vec();
            }
        }
        self.log.times = saved.times();
        self.log.ends.extend(saved.open.iter().copied());
    }

    /// Whether all could be read.
    fn entries(&mut self) -> bool {
        let size = self.log.head.size;
        if size < self.from {
            self.pass.findings.say(
                Code::RootDiffers,
                self.log.spot(),
                "the log is shorter than it was before",
            );
            return false;
        }
        let first = self.log.first / WIDTH;
        let (rosters, from) = (self.pass.rosters, self.from);
        let parts = size.div_ceil(WIDTH) - first;
        let mut whole = true;
        // The readers look at files and records only; the order of the log is this thread's.
        let reading = self.log.apart();
        ahead(
            parts,
            |number| part(&reading, rosters, first + number, from),
            |number, part| {
                whole = self.take(first + number, part);
                let done = self.pass.done + (first + number + 1).saturating_mul(WIDTH).min(size);
                self.pass.listener.progress(Step::Entries, done, self.pass.total);
                whole
            },
        );
        self.log.records = reading.records;
        if whole {
            self.last_tiles();
        }
        whole
    }

    fn take(&mut self, number: u64, part: Part) -> bool {
        part.findings.into_iter().for_each(|finding| self.pass.findings.add(finding));
        if let Some(what) = part.broken {
            self.pass.findings.say(Code::EntriesMalformed, self.log.spot().at(number * WIDTH), what);
            return false;
        }
        if part.tile_differs {
            self.log.damages(0, number);
        }
        self.log.offsets.extend(part.offsets);
        let first = number * WIDTH;
        for ((index, leaf), fact) in (first..).zip(&part.leaves).zip(part.facts) {
            match fact {
                Some(fact) => self.fact(index, *leaf, &fact),
                None => self.log.before.push(NONE),
            }
        }
        if (first + 1..=first + part.leaves.len() as u64).contains(&self.from) {
            let before = self.joined(&part.leaves, self.from - first);
            self.roots_differ |= self.saved_root.is_some_and(|saved| saved != before);
        }
        match part.root {
            Some(root) => {
                self.tails.upper.push(root);
                self.root = self.tails.upper.root();
                self.tile(1, root);
            }
            None => self.root = self.joined(&part.leaves, WIDTH),
        }
        true
    }

    /// The root over the full bundles and the first `count` leaves after them.
    fn joined(&self, leaves: &[Hash], count: u64) -> Hash {
        let mut last = Frontier::new();
        (0..count).zip(leaves).for_each(|(_, leaf)| last.push(*leaf));
        let edge = self.tails.upper.edge().iter().rev();
        edge.fold(last.root(), |right, left| node_hash(left, &right))
    }

    /// One more hash of a level of tiles; a full tile is compared with the file, and its root goes up.
    fn tile(&mut self, level: u8, hash: Hash) {
        let Some((number, hashes)) = self.levels.get_mut(usize::from(level)) else { return };
        hashes.push(hash);
        if (hashes.len() as u64) < WIDTH {
            return;
        }
        let (at, full) = (*number, std::mem::take(hashes));
        *number += 1;
        self.compare(level, at, &full);
        let mut tree = Frontier::new();
        full.iter().for_each(|hash| tree.push(*hash));
        self.tile(level + 1, tree.root());
    }

    fn last_tiles(&mut self) {
        for (level, (number, hashes)) in (0..).zip(std::mem::take(&mut self.levels)) {
            if !hashes.is_empty() {
                self.compare(level, number, &hashes);
            }
        }
    }

    fn compare(&mut self, level: u8, number: u64, hashes: &[Hash]) {
        let there = self.log.read(Of::Hashes(level, number, hashes.len() as u64)).unwrap_or_default();
        if there != hashes.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>() {
            let what = format!("tile {number} of level {level} is not that of the entries");
            self.pass.findings.say(Code::TileDiffers, self.log.spot(), what);
            self.log.damages(level, number);
        }
    }

    fn fact(&mut self, index: u64, leaf: Hash, fact: &Fact) {
        let spot = self.log.spot().at(index).of(fact.thread);
        self.thread(index, fact);
        if let Some(version) = fact.roster {
            if version < self.keys.at_least {
                let what = format!(
                    "it names roster version {version}, after witnesses had cosigned that the log's key was replaced by version {}",
                    self.keys.at_least
                );
                self.pass.findings.say(Code::WrongKeyRange, spot, what);
            }
            self.keys.names(index, version);
        }
        if fact.audience != Audience::Nobody {
            let known = match fact.audience {
                Audience::Office(office) => self.pass.rosters.chain.office(&office).is_some(),
                Audience::Network | Audience::Nobody => true,
            };
            if !known {
                self.pass.findings.say(
                    Code::UnknownOffice,
                    spot,
                    "it is for an office that is not in the roster",
                );
            } else {
                let (seq, last) = self.tails.sent.get(&fact.audience).copied().unwrap_or((0, ZERO));
                let next = seq.saturating_add(1);
                if (fact.pair_seq, fact.pair_prev) != (next, last) {
                    let what =
                        format!("it has number {} to its recipient, where {} follows", fact.pair_seq, next);
                    self.pass.findings.say(Code::Gap, spot, what);
                }
                self.tails.sent.insert(fact.audience, (fact.pair_seq, leaf));
            }
        }
        self.log.times.claimed = self.log.times.claimed.max(fact.claimed_at);
        let is_carried = matches!(fact.says, Says::Names(_)) && fact.roster.is_none();
        self.log.note_carried(index, is_carried, fact.claimed_at);
        match &fact.says {
            Says::Nothing => {}
            Says::Opened => self.log.times.opened = Some(fact.claimed_at),
            Says::Names(named) => {
                self.named += 1;
                match named.as_ref().map_or(Proof::Nothing, |named| named.proof) {
                    Proof::Under(_) => false,
                    Proof::OutOfRange => self.log.out_of_range.insert(index),
                    Proof::Nothing => self.log.unproven.insert(index),
                };
                if let Some(named) = named {
                    self.names(index, named);
                }
            }
            Says::Receipts(receipts) => self.receipts(receipts),
            Says::Cosigned { head, bounds, signed } => {
                if let Some(bounds) = bounds {
                    self.log.times.add(index, head.size, *bounds);
                }
                if *signed {
                    self.keys.cosigned(head.size);
                    let (office, log) = (self.log.origin.office, self.log.origin.log);
                    self.claim((office, log), *head, index, Word::Cosigned);
                }
            }
            Says::Witnessed(witnessed) => {
                let head = Head { size: witnessed.size, root: witnessed.root };
                self.claim((witnessed.office, witnessed.log), head, index, Word::Said);
            }
            Says::Tells(notice) => self.tells(index, *notice),
        }
    }

    /// The entry before it in its thread.
    fn thread(&mut self, index: u64, fact: &Fact) {
        let at = u32::try_from(index).unwrap_or(NONE);
        let before = self.log.ends.insert(fact.thread, at);
        // What lies before this verification was judged by the one before.
        let earlier = fact.thread_prev.filter(|prev| before.is_none() && *prev < self.from);
        let named = before.map(u64::from).or(earlier);
        if fact.thread_prev != named || earlier.is_some_and(|prev| !self.is_of(prev, fact.thread)) {
            let what = "it does not name the entry before it in its thread";
            self.pass.findings.say(Code::ThreadBroken, self.log.spot().at(index).of(fact.thread), what);
        }
        let before = named.and_then(|before| u32::try_from(before).ok()).unwrap_or(NONE);
        self.log.before.push(before);
    }

    fn is_of(&self, index: u64, thread: ThreadId) -> bool {
        let entry = self.log.entry(index).and_then(|bytes| waymark_seal::Entry::parse(&bytes).ok());
        entry.is_some_and(|entry| entry.thread == thread)
    }

    fn tells(&mut self, index: u64, notice: Notice) {
        match notice {
            Notice::Accuses(accusation) => self.accuses(index, accusation),
            Notice::Roster(word) => self.roster_word(index, word),
        }
    }

    /// The place of what was told to the network: in its writer's log, or in this one, which may have carried it over.
    fn told_at(&self, index: u64, by: (OfficeId, u32, u64)) -> Spot {
        if by.0 == self.log.origin.office {
            self.log.spot().at(index)
        } else {
            Spot::log(by.0, by.1).at(by.2)
        }
    }

    /// A cosignature on the roster, this log's own or one that came to it.
    fn roster_word(&mut self, index: u64, word: RosterWord) {
        let RosterWord { by, version, timed, fault } = word;
        let Some(code) = fault else {
            if version == self.pass.rosters.chain.newest().version {
                self.pass.roster_by.insert(by.0, timed);
            }
            return;
        };
        if !self.pass.accusers.insert(by) {
            return;
        }
        let name = self.pass.rosters.name(by.0);
        let what = if code == Code::RosterDiffers {
            format!("{name} has cosigned another roster up to version {version} than the one in this bundle")
        } else {
            format!("the cosignature of {name} on the roster does not hold")
        };
        let spot = self.told_at(index, by);
        self.pass.findings.say(code, spot, what);
    }

    /// A proof of fraud that this log publishes, or that came to it: what comes out of the accused log from here on is disputed.
    fn accuses(&mut self, index: u64, accusation: Accusation) {
        let Accusation { of, by, proven, late } = accusation;
        match proven {
            Ok(()) => {
                self.log.forked.entry(of).or_insert(index);
                if self.pass.accused.insert(of) {
                    let name = |office| self.pass.rosters.name(office);
                    let what = format!(
                        "{} signed two histories of its log, as {} has shown",
                        name(of.0),
                        name(by.0)
                    );
                    self.pass.findings.say(Code::FraudProven, Spot::log(of.0, of.1), what);
                }
            }
            Err(_) if late => {}
            Err(fault) => {
                if self.pass.accusers.insert(by) {
                    let what = format!("it accuses {} of fraud: {fault}", self.pass.rosters.name(of.0));
                    let spot = self.told_at(index, by);
                    self.pass.findings.say(Code::FalseAccusation, spot, what);
                }
            }
        }
    }

    fn names(&mut self, index: u64, named: &Named) {
        let Named { at, proof, to_all, seq, prev, tells } = named;
        // What is not proven to be its writer's says nothing of anybody.
        let log = (at.office, at.log);
        if let Proof::Under(head) = proof {
            if let Some(notice) = tells {
                self.tells(index, *notice);
            }
            self.claim(log, *head, index, Word::Signed);
            if !(self.pass.at_hand)(at.office, at.log) {
                self.pass.strangers.entry(log).or_default().push((at.index, at.leaf));
            }
        }
        if at.office == self.log.origin.office {
            return;
        }
        let key = (at.office, at.log, *to_all);
        let (last, leaf) = self.tails.received.get(&key).copied().unwrap_or((0, ZERO));
        // A later incarnation begins anywhere, and may receipt once more what it carried over.
        let next = last.saturating_add(1);
        let follows = self.log.origin.log == 0 || *seq == next;
        // Of two histories that were signed, each has its own numbers.
        let disputed = self.log.forked.contains_key(&log);
        if disputed && *seq <= last {
            return;
        }
        if !disputed && follows && (*seq, *prev) != (next, leaf) {
            let what = format!("the entry that it names has number {seq}, where {next} follows");
            self.pass.findings.say(Code::ReceivedGap, self.log.spot().at(index), what);
        }
        self.tails.received.insert(key, (*seq, at.leaf));
    }

    /// Receipts have numbers among the other entries of their writer, and the next entry names the last of them.
    fn receipts(&mut self, receipts: &[Ref]) {
        for at in receipts {
            let (seq, leaf) = self.tails.received.entry((at.office, at.log, false)).or_insert((0, ZERO));
            (*seq, *leaf) = (seq.saturating_add(1), at.leaf);
        }
    }

    fn claim(&mut self, log: (OfficeId, u32), head: Head, index: u64, word: Word) {
        let claims = self.pass.claims.entry(log).or_default();
        let again = |last: &Claim| (last.head, last.word, last.by) == (head, word, self.pass.by);
        // Of what is only said, one may have a signature that holds.
        if word != Word::Said && claims.last().is_some_and(again) {
            return;
        }
        let index = u32::try_from(index).unwrap_or(NONE);
        claims.push(Claim { head, by: self.pass.by, index, word });
    }
}
