//! Heads that were signed, cosigned or spoken of, against the entries at hand: two histories of one log come to light here.

use std::collections::{BTreeMap, BTreeSet};

use waymark_domain::event::Event;
use waymark_domain::ids::{Hash, OfficeId};
use waymark_seal::checkpoint::{Origin, SignedHead};
use waymark_seal::entry::Entry;
use waymark_seal::merkle::{Frontier, node_hash};
use waymark_seal::sign::whole;
use waymark_seal::tile::WIDTH;
use waymark_seal::verify::{VerifiedHead, verify_head};

use super::code::Code;
use super::log::{Log, Logs, event_of};
use super::pass::{Claim, Claims, Strangers, Word};
use super::report::{Findings, Spot};
use super::roster::Rosters;

/// Logs that are forks.
pub(crate) type Forks = BTreeMap<(OfficeId, u32), Fork>;

/// Where a fork was seen.
#[derive(Default)]
pub(crate) struct Fork {
    /// At which indices and sizes.
    pub(crate) seen_at: BTreeSet<u64>,
    /// Heads that witnesses have kept with the signature that they were shown; a few.
    pub(crate) shown: Vec<VerifiedHead>,
}

/// Heads that were shown to witnesses which are kept of one log, at most.
const SHOWN_MAX: usize = 64;

impl Fork {
    fn was_shown(&mut self, heads: impl IntoIterator<Item = VerifiedHead>) {
        let room = SHOWN_MAX.saturating_sub(self.shown.len());
        self.shown.extend(heads.into_iter().take(room));
    }
}

/// Compares every claim about every log. `names` are the logs by number. Gives those that are forks.
pub(crate) fn compare(
    logs: &Logs<'_>,
    rosters: &Rosters,
    names: &[(OfficeId, u32)],
    claims: Claims,
    strangers: Strangers,
    findings: &mut Findings,
) -> Forks {
    let mut forks = Forks::new();
    let witnesses = Witnesses { logs, rosters, names };
    for (of, mut claims) in claims {
        claims.sort_unstable_by_key(|claim| {
            (claim.head.size, claim.word != Word::Signed, claim.by, claim.index)
        });
        match logs.get(&of).filter(|log| log.whole) {
            Some(log) => with_log(log, &witnesses, &claims, &mut forks, findings),
            None => among_others(of, &witnesses, &claims, &mut forks, findings),
        }
    }
    for ((office, log), mut entries) in strangers {
        entries.sort_unstable();
        entries.dedup();
        for [(one, _), (next, _)] in entries.array_windows() {
            if one == next {
                let what = "two offices hold two different entries of this log at one index, both signed";
                findings.say(Code::Fork, Spot::log(office, log).at(*one), what);
                forks.entry((office, log)).or_default().seen_at.insert(*one);
            }
        }
    }
    forks
}

/// Who says what of other logs.
struct Witnesses<'a> {
    logs: &'a Logs<'a>,
    rosters: &'a Rosters,
    names: &'a [(OfficeId, u32)],
}

impl Witnesses<'_> {
    fn by(&self, claim: &Claim) -> Option<(OfficeId, u32)> {
        self.names.get(usize::from(claim.by)).copied()
    }

    /// The head behind a `Witnessed`, once the key that the newest roster version has for it has signed it.
    fn shown(&self, of: (OfficeId, u32), claim: &Claim) -> Option<VerifiedHead> {
        let log = self.logs.get(&self.by(claim)?)?;
        let entry = Entry::parse(&log.entry(u64::from(claim.index))?).ok()?;
        let Event::Witnessed(said) = event_of(entry.kind, &entry.public)? else { return None };
        let chain = &self.rosters.chain;
        let (office, number) = of;
        let range = chain.log_key(&office, number, claim.head.size, chain.newest().version).ok()?;
        let signed = SignedHead { head: claim.head, signature: whole(said.signature) };
        let origin = Origin { network: chain.network(), office, log: number };
        verify_head(chain, office, number, &signed.checkpoint(&origin, &range.key)).ok()
    }
}

/// Of a log that is not at hand, two signed heads of one size.
fn among_others(
    of: (OfficeId, u32),
    witnesses: &Witnesses<'_>,
    claims: &[Claim],
    forks: &mut Forks,
    findings: &mut Findings,
) {
    for claims in claims.chunk_by(|one, next| one.head.size == next.head.size) {
        let Some(first) = claims.first() else { continue };
        if claims.iter().all(|claim| claim.head.root == first.head.root) {
            continue;
        }
        let said = claims.iter().filter(|claim| claim.word == Word::Said);
        let shown: Vec<VerifiedHead> = said.filter_map(|claim| witnesses.shown(of, claim)).collect();
        let signed = claims.iter().filter(|claim| claim.word == Word::Signed).map(|claim| claim.head.root);
        let roots: BTreeSet<Hash> = signed.chain(shown.iter().map(|head| head.head().root)).collect();
        if roots.len() > 1 {
            let size = first.head.size;
            let what = format!("two heads of {size} entries were signed");
            findings.say(Code::Fork, Spot::log(of.0, of.1), what);
            let fork = forks.entry(of).or_default();
            fork.seen_at.insert(size);
            fork.was_shown(shown);
        }
    }
}

fn with_log(
    log: &Log<'_>,
    witnesses: &Witnesses<'_>,
    claims: &[Claim],
    forks: &mut Forks,
    findings: &mut Findings,
) {
    let (of, rosters) = ((log.origin.office, log.origin.log), witnesses.rosters);
    let mut roots = Roots { log, upper: Frontier::new(), lower: (0, Frontier::new()), last: None };
    for claim in claims.iter().filter(|claim| claim.head.size <= log.head.size) {
        let root = roots.at(claim.head.size);
        if root == Some(claim.head.root) {
            continue;
        }
        let by = witnesses.by(claim);
        let spot =
            by.map_or_else(Spot::default, |(office, log)| Spot::log(office, log)).at(u64::from(claim.index));
        let whose = rosters.name(log.origin.office);
        let who = by.map_or_else(String::new, |(office, _)| rosters.name(office));
        let size = claim.head.size;
        match (root, claim.word) {
            (None, _) => findings.say(Code::TileDiffers, log.spot(), "a tile changed while it was read"),
            (Some(_), Word::Signed) => {
                let what =
                    format!("{whose} showed {who} another history: two heads of {size} entries were signed");
                findings.say(Code::Fork, log.spot().at(size), what);
                forks.entry(of).or_default().seen_at.insert(size);
            }
            (Some(_), Word::Cosigned) => {
                let what =
                    format!("witnesses cosigned another head of {size} entries than these entries give");
                findings.say(Code::Rewritten, spot, what);
            }
            (Some(_), Word::Said) => match witnesses.shown(of, claim) {
                Some(shown) => {
                    let what = format!(
                        "{who} has cosigned another head of {size} entries, and {whose} has signed it"
                    );
                    findings.say(Code::Fork, log.spot().at(size), what);
                    let fork = forks.entry(of).or_default();
                    fork.seen_at.insert(size);
                    fork.was_shown([shown]);
                }
                None => {
                    let what =
                        format!("{who} says to have cosigned another head of {size} entries of {whose}");
                    findings.say(Code::WitnessDisagrees, spot, what);
                }
            },
        }
    }
    if let Some(ahead) =
        claims.iter().rfind(|claim| claim.head.size > log.head.size && claim.word == Word::Signed)
    {
        let what = format!(
            "others hold a head of {} entries, the bundle ends at {}",
            ahead.head.size, log.head.size
        );
        findings.say(Code::LogBehind, log.spot(), what);
    }
    if log.first > 0 && roots.at(log.head.size) != Some(log.head.root) {
        findings.say(Code::TileDiffers, log.spot(), "the tiles of what was verified before have changed");
    }
}

/// Roots of ascending sizes, out of the tiles.
struct Roots<'a> {
    log: &'a Log<'a>,
    /// Full bundles.
    upper: Frontier,
    /// A bundle, and its leaves so far.
    lower: (u64, Frontier),
    last: Option<(u64, Hash)>,
}

impl Roots<'_> {
    fn at(&mut self, size: u64) -> Option<Hash> {
        if let Some((_, root)) = self.last.filter(|(at, _)| *at == size) {
            return Some(root);
        }
        let (number, rest) = (size / WIDTH, size % WIDTH);
        while self.upper.size() < number {
            let hash = self.bundle(self.upper.size())?;
            self.upper.push(hash);
        }
        if self.lower.0 != number || self.lower.1.size() > rest {
            self.lower = (number, Frontier::new());
        }
        if rest > 0 {
            let tile = self.log.tile(0, number)?;
            if self.lower.1.size() == 0 && !self.holds(number, &tile)? {
                return None;
            }
            let from = usize::try_from(self.lower.1.size()).ok()?;
            let rest = usize::try_from(rest).ok()?;
            tile.get(from..rest)?.iter().for_each(|leaf| self.lower.1.push(*leaf));
        }
        let upper = self.upper.edge().iter().rev();
        let root = match rest {
            0 => self.upper.root(),
            _ => upper.fold(self.lower.1.root(), |right, left| node_hash(left, &right)),
        };
        self.last = Some((size, root));
        Some(root)
    }

    fn bundle(&self, number: u64) -> Option<Hash> {
        self.log.tile(1, number / WIDTH)?.get((number % WIDTH) as usize).copied()
    }

    /// Whether a tile of leaves is the one whose root stands above it; those that were read in this run are.
    fn holds(&self, number: u64, tile: &[Hash]) -> Option<bool> {
        if number >= self.log.first / WIDTH {
            return Some(true);
        }
        let mut tree = Frontier::new();
        tile.iter().for_each(|leaf| tree.push(*leaf));
        Some(tree.root() == self.bundle(number)?)
    }
}
