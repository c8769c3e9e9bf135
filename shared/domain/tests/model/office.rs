//! One office of the model: what it wrote, how much it heard, which keys it holds, and the states folded from that.
//!
//! Two offices are equal when their entries, keys and pending answers are; the folded states follow from them and are kept only
//! so that they need not be folded again.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use waymark_domain::case::CaseState;
use waymark_domain::draft::{Audience, Draft};
use waymark_domain::event::{AudienceRule, Event, Writer};
use waymark_domain::ids::{OfficeId, Ref, ThreadId};
use waymark_domain::places::PlacesState;
use waymark_domain::referral::ReferralState;
use waymark_domain::sets::Categories;
use waymark_domain::world::{Applied, Party, Witness, World};

use crate::broken::Broken;
use crate::system::Rules;

/// A written entry. It is identified by its writer, its id, its bytes and its time.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) author: OfficeId,
    pub(crate) audience: Audience,
    pub(crate) thread: ThreadId,
    pub(crate) applied: Applied,
    pub(crate) event: Event,
    /// The categories whose keys it grants under the consent.
    pub(crate) granted: Categories,
    public: Vec<u8>,
}

/// The states that follow from a set of entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Folded {
    pub(crate) cases: BTreeMap<ThreadId, CaseState>,
    pub(crate) referrals: BTreeMap<ThreadId, ReferralState>,
    pub(crate) of_case: BTreeMap<ThreadId, ThreadId>,
}

/// An office.
#[derive(Clone, Default)]
pub(crate) struct Office {
    /// Its own log.
    pub(crate) written: Vec<Arc<Entry>>,
    /// How many of the other office's letters it holds: they come in the order of their numbers.
    pub(crate) heard: usize,
    /// The keys that it holds under a consent.
    pub(crate) keys: BTreeMap<ThreadId, Categories>,
    /// It has crashed, which it does once.
    pub(crate) crashed: bool,
    /// It crashed before it answered what it had just kept, and has not looked at it again.
    pub(crate) to_answer_again: bool,
    /// What follows from the entries that it holds.
    pub(crate) folded: Arc<Folded>,
}

impl Entry {
    pub(crate) fn of(draft: &Draft, at: Ref, applied: Applied, granted: Categories) -> Self {
        let (audience, thread, event) = (draft.audience, draft.thread, draft.event.clone());
        let public = event.encode();
        Self { author: at.office, audience, thread, applied, event, granted, public }
    }

    /// What identifies it.
    fn key(&self) -> impl Hash + PartialEq + '_ {
        let said = (self.event.kind(), &self.public, self.granted);
        (self.author, self.thread, self.applied.event_id, self.applied.claimed_at, said)
    }
}

impl Office {
    /// Writes an entry of its own.
    pub(crate) fn write(&mut self, me: OfficeId, entry: Entry) {
        Arc::make_mut(&mut self.folded).take(me, &entry);
        self.written.push(Arc::new(entry));
    }

    /// What it wrote to others, in the order of its numbers.
    pub(crate) fn letters(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.written.iter().filter(|entry| entry.audience != Audience::Nobody)
    }

    pub(crate) fn referral(&self, thread: ThreadId) -> Option<&ReferralState> {
        self.folded.referrals.get(&thread)
    }

    pub(crate) fn case_of(&self, referral: ThreadId) -> Option<&CaseState> {
        self.folded.of_case.get(&referral).and_then(|case| self.folded.cases.get(case))
    }

    /// Looks at a case and a referral as a decision does.
    pub(crate) fn in_world<T>(
        &self,
        rules: &Rules,
        case: Option<ThreadId>,
        referral: Option<ThreadId>,
        look: impl FnOnce(&World<'_>) -> T,
    ) -> T {
        let folded = &self.folded;
        let case = match case {
            Some(case) => folded.cases.get(&case),
            None => referral.and_then(|referral| self.case_of(referral)),
        };
        let forgotten = rules.broken == Some(Broken::LinksForgotten);
        let links = case.iter().filter(|_| !forgotten).flat_map(|case| &case.links);
        let linked: Vec<_> = links.filter_map(|link| folded.referrals.get(&link.referral)).collect();
        let places = PlacesState::default();
        let referral = referral.and_then(|thread| folded.referrals.get(&thread));
        let witness = Witness::Witnessed;
        look(&World { office: &rules.view, case, referral, linked: &linked, places: &places, witness })
    }
}

impl Folded {
    /// Applies an entry, as an office does that holds it.
    pub(crate) fn take(&mut self, me: OfficeId, entry: &Entry) {
        let (thread, event) = (entry.thread, &entry.event);
        if event.rule().audience == AudienceRule::Nobody && event.rule().writer == Writer::Own {
            let case = self.cases.entry(thread).or_insert_with(|| CaseState::new(thread));
            case.apply(&entry.applied, event);
            if let Event::CaseLinked(body) = event {
                self.of_case.insert(body.referral, thread);
            }
            return;
        }
        let to = match entry.audience {
            Audience::Office(office) => office,
            Audience::Nobody | Audience::Network => me,
        };
        let new = || ReferralState::new(thread, entry.author, to);
        let referral = self.referrals.entry(thread).or_insert_with(new);
        let author = referral.party(entry.author).unwrap_or(Party::Sender);
        referral.apply(&Applied { author, ..entry.applied }, event);
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Entry {}

impl Hash for Entry {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl core::fmt::Debug for Entry {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.event.name())
    }
}

impl Office {
    fn key(&self) -> impl Hash + PartialEq + '_ {
        (&self.written, self.heard, &self.keys, self.crashed, self.to_answer_again)
    }
}

impl PartialEq for Office {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Office {}

impl Hash for Office {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl core::fmt::Debug for Office {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (heard, keys) = (self.heard, &self.keys);
        write!(f, "{:?}, heard {heard}, {keys:?}", self.written)?;
        if self.to_answer_again { f.write_str(", crashed unanswered") } else { Ok(()) }
    }
}
