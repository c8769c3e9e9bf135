//! The second pass: thread by thread, each folded as its office folds it. Reads entries again and holds one thread at a time.

use std::cell::OnceCell;
use std::collections::HashMap;

use waymark_desk::{DisclosureVerdict, Judge, Seen, Thread, ThreadState, begins, heads_of, seen_of};
use waymark_domain::consent::Standing;
use waymark_domain::describe::describe;
use waymark_domain::event::log::Receipted;
use waymark_domain::event::referral::ReferralKind;
use waymark_domain::event::{BasisKind, Event};
use waymark_domain::ids::{EventId, Hash, OfficeId, Ref, ThreadId};
use waymark_domain::referral::{Ending, ReferralState, settled};
use waymark_domain::time::Timestamp;
use waymark_seal::entry::{Basis, Entry};
use waymark_seal::hash::leaf_hash;
use waymark_seal::verify::basis_kind;

use super::code::Code;
use super::duties::{Due, Heard, Judged, answers};
use super::log::{CLOCKS_SECONDS, Log, Logs, event_of, kind_name};
use super::report::{
    ConsentSpan, Finding, References, Referred, TimeVerdict, Timeline, TimelineEvent, Times,
};
use super::roster::Rosters;
use super::watch::Watch;
use crate::known::{misfit, misfits_of};

/// Events through which a thread is followed, at most.
const EVENTS_MAX: usize = 1 << 14;
/// An entry that was carried over keeps the time of the log before.
const CARRIED_OVER: u16 = 7;

/// What the second pass says of one thread.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) findings: Vec<Finding>,
    pub(crate) timeline: Option<Timeline>,
    pub(crate) times: Times,
    pub(crate) references: References,
    pub(crate) disclosures: u64,
    pub(crate) withdrawals: u64,
    pub(crate) is_case: bool,
    pub(crate) is_referral: bool,
    pub(crate) referred: Option<(OfficeId, OfficeId, Referred)>,
    /// Something may still be missed in it.
    pub(crate) open: bool,
}

/// Looks at threads of one log, on any thread.
pub(crate) struct Threads<'a> {
    pub(crate) logs: &'a Logs<'a>,
    pub(crate) log: &'a Log<'a>,
    pub(crate) rosters: &'a Rosters,
    pub(crate) with_timelines: bool,
}

/// One thread under way.
struct Story<'a> {
    at: &'a Threads<'a>,
    id: ThreadId,
    thread: Thread,
    /// Nothing that others wrote in it is missing so far: or nobody could say what is wrong.
    whole: bool,
    judge: Judge,
    /// What stands before the event with which the thread begins, and whether nothing was missing so far.
    early: Vec<(Seen, bool)>,
    heard: Heard,
    watch: Watch,
    told: Told,
    events: Vec<TimelineEvent>,
    responsible: Option<OfficeId>,
    ended: Option<Timestamp>,
}

impl Threads<'_> {
    fn me(&self) -> OfficeId {
        self.log.origin.office
    }

    /// Whether this log answers for what an office wrote: it is its own, or that one's is not at hand.
    fn speaks_for(&self, office: OfficeId) -> bool {
        office == self.me() || !self.logs.values().any(|log| log.whole && log.origin.office == office)
    }

    fn other(&self, office: OfficeId, log: u32) -> Option<&Log<'_>> {
        self.logs.get(&(office, log)).filter(|log| log.whole)
    }

    /// The story of the thread that ends at entry `end`.
    pub(crate) fn tell(&self, id: ThreadId, end: u32) -> Told {
        let mut story = Story {
            at: self,
            id,
            thread: Thread::default(),
            whole: true,
            judge: Judge::default(),
            early: Vec::new(),
            heard: Heard::default(),
            watch: Watch::new(self.log.times.opened),
            told: Told::default(),
            events: Vec::new(),
            responsible: None,
            ended: None,
        };
        let notices = self.rosters.chain.office(&OfficeId(id.0)).is_some() || id == heads_of(self.me());
        for index in self.log.thread(end).into_iter().map(u64::from) {
            let bytes = self.log.entry(index);
            let Some((entry, bytes)) = bytes.and_then(|bytes| Some((Entry::parse(&bytes).ok()?, bytes)))
            else {
                story.say(Code::EntriesMalformed, Some(index), "it is not the entry that was verified");
                break;
            };
            if index >= self.log.from {
                story.own(index, &entry);
            }
            let named = named_by(&entry);
            let kept = self.log.record(index).filter(|_| !self.log.unproven.contains(&index));
            let kept = kept.as_ref().map(|record| record.entry.as_slice());
            let mut seen = seen_of(index, entry, leaf_hash(&bytes), kept);
            // What was verified before is not proven once more; a record of another entry says nothing.
            if seen.len() > 1 && seen.first().map(|theirs| theirs.at) != named {
                seen.remove(0);
            }
            story.whole &= named.is_none() || seen.len() > 1;
            if notices {
                // What an office says of itself is in no state of anybody, and may be long: nothing is disclosed in it.
                seen.iter().for_each(|seen| story.grants(seen));
                continue;
            }
            if story.thread.events.len() + story.early.len() >= EVENTS_MAX {
                story.say(
                    Code::ThreadTooLong,
                    Some(index),
                    format!("it is followed through {EVENTS_MAX} events"),
                );
                break;
            }
            seen.into_iter().for_each(|seen| story.take_in_order(seen));
        }
        story.take_early();
        story.end()
    }

    /// When the receiver answered what asked it to erase, as its own log has it.
    fn answered(&self, to: OfficeId, thread: ThreadId) -> HashMap<EventId, Timestamp> {
        let mut found = HashMap::new();
        for log in self.logs.values().filter(|log| log.whole && log.origin.office == to) {
            let Some(end) = log.ends.get(&thread) else { continue };
            for index in log.thread(*end) {
                let entry = log.entry(u64::from(index)).and_then(|bytes| Entry::parse(&bytes).ok());
                let Some(entry) = entry.filter(|entry| entry.office == to) else { continue };
                if let Some(because) = event_of(entry.kind, &entry.public).as_ref().and_then(answers) {
                    found.entry(because).or_insert(entry.claimed_at);
                }
            }
        }
        found
    }
}

impl Story<'_> {
    fn say(&mut self, code: Code, index: Option<u64>, what: impl Into<String>) {
        let spot = self.at.log.spot().of(self.id);
        let spot = index.map_or(spot, |index| spot.at(index));
        self.told.findings.push(Finding::new(code, spot, what));
    }

    // What can be said of an entry of the log itself.

    fn own(&mut self, index: u64, entry: &Entry) {
        self.time(index, entry);
        let named = match entry.basis {
            Basis::None | Basis::OwnData => None,
            Basis::Consent(at) | Basis::Reply(at) | Basis::Emergency(at) => Some(at),
        };
        for at in entry.causes.iter().copied().chain(named) {
            self.reference(index, &at);
        }
        let Some(event) = event_of(entry.kind, &entry.public) else { return };
        if let Event::Received(body) = &event {
            self.received(index, &body.entry);
        }
        if let Event::CarriedOver(body) = &event {
            self.received(index, &body.entry);
        }
        if let Event::Receipted(Receipted { entries }) = &event {
            entries.iter().for_each(|at| self.receipt(index, at));
        }
        if !entry.grants.is_empty() {
            self.told.disclosures += 1;
            let roster = self.at.rosters.version(entry.roster);
            if roster.is_some_and(|roster| entry.claimed_at > roster.expires_at) {
                let what = "it discloses under a roster version that had expired";
                self.say(Code::RosterExpired, Some(index), what);
            }
        }
        if matches!(
            event,
            Event::ConsentWithdrawn(_) | Event::ReferralWithdrawn(_) | Event::ConsentNarrowed(_)
        ) {
            self.told.withdrawals += 1;
        }
    }

    fn time(&mut self, index: u64, entry: &Entry) {
        if entry.kind == CARRIED_OVER {
            return;
        }
        let verdict = self.verdict(index, entry.claimed_at);
        match verdict {
            TimeVerdict::Proven => self.told.times.proven += 1,
            TimeVerdict::Contradicted => self.told.times.contradicted += 1,
            TimeVerdict::Undecidable => self.told.times.undecidable += 1,
        }
        if verdict != TimeVerdict::Contradicted {
            return;
        }
        let (claimed, (lower, upper)) = (entry.claimed_at, self.at.log.times.of(index));
        match (lower.filter(|lower| claimed < *lower), upper) {
            (Some(lower), _) => {
                let what =
                    format!("it claims {claimed}, and witnesses had seen the log without it at {lower}");
                self.say(Code::Backdated, Some(index), what);
            }
            (None, Some(upper)) => {
                let what = format!("it claims {claimed}, and witnesses had seen the log with it at {upper}");
                self.say(Code::Postdated, Some(index), what);
            }
            (None, None) => {}
        }
    }

    fn verdict(&self, index: u64, claimed: Timestamp) -> TimeVerdict {
        let times = &self.at.log.times;
        if times.opened.is_some_and(|opened| claimed < opened) {
            return TimeVerdict::Undecidable;
        }
        let (lower, upper) = times.of(index);
        let before = lower.is_some_and(|lower| claimed.plus(CLOCKS_SECONDS) < lower);
        let after = upper.is_some_and(|upper| claimed > upper.plus(CLOCKS_SECONDS));
        match (before || after, lower, upper) {
            (true, _, _) => TimeVerdict::Contradicted,
            (false, Some(_), Some(_)) => TimeVerdict::Proven,
            (false, _, _) => TimeVerdict::Undecidable,
        }
    }

    /// An entry that another one answers or rests on.
    fn reference(&mut self, index: u64, at: &Ref) {
        let own = (at.office, at.log) == (self.at.me(), self.at.log.origin.log);
        let leaf = match self.at.other(at.office, at.log) {
            Some(_) if own && at.index >= index => Some(None),
            Some(log) if at.index < log.head.size => Some(log.leaf(at.index)),
            Some(_) | None => None,
        };
        match leaf {
            None => self.told.references.undecidable += 1,
            Some(Some(leaf)) if leaf == at.leaf => self.told.references.found += 1,
            Some(_) => {
                self.told.references.missing += 1;
                let what =
                    format!("it names entry {} of {}, which that log does not have", at.index, at.office);
                self.say(Code::CauseMissing, Some(index), what);
            }
        }
    }

    /// What was received stands in its writer's log, where that is at hand.
    fn received(&mut self, index: u64, at: &Ref) {
        // Without a proof there is one word against another; the missing proof is a finding of its own.
        let log = self.at.log;
        let proven = !log.unproven.contains(&index) && !log.out_of_range.contains(&index);
        if proven && self.stands(at) == Some(false) {
            let name = self.at.rosters.name(at.office);
            let what = format!("{name} signed another entry at index {} than its log has", at.index);
            self.say(Code::Fork, Some(index), what);
        }
    }

    fn receipt(&mut self, index: u64, at: &Ref) {
        if self.stands(at) == Some(false) {
            let what = format!(
                "it has a receipt at index {} of {}, which that log does not have",
                at.index, at.office
            );
            self.say(Code::ReceiptDiffers, Some(index), what);
        }
    }

    fn stands(&self, at: &Ref) -> Option<bool> {
        let log = self.at.other(at.office, at.log).filter(|log| at.index < log.head.size)?;
        let leaf: Option<Hash> = log.leaf(at.index);
        Some(leaf == Some(at.leaf))
    }

    // What the thread says.

    /// Whether this log answers for an entry and this verification judges it.
    fn answers_for(&self, seen: &Seen) -> bool {
        seen.index >= self.at.log.from && self.at.speaks_for(seen.author())
    }

    fn grants(&mut self, seen: &Seen) {
        let Some(verdict) = self.judge.take(self.at.me(), &self.thread, seen) else { return };
        // An office's own consent and emergencies are its own half: nothing that is missing from others makes up for them.
        let own = seen.author() == self.at.me()
            && matches!(basis_kind(&seen.basis), BasisKind::Consent | BasisKind::Emergency);
        if (self.whole || own) && self.answers_for(seen) {
            self.disclosed(seen, verdict);
        }
    }

    fn take_in_order(&mut self, seen: Seen) {
        let begun = !matches!(self.thread.state, ThreadState::Empty);
        if !begun && !begins(self.at.me(), &seen) {
            if self.is_here(&seen) {
                self.grants(&seen);
            }
            self.early.push((seen, self.whole));
            return;
        }
        self.take(&seen, false);
        if !begun {
            self.take_early();
        }
    }

    /// What the office wrote in this log is judged where it stands: before the thread began it had no basis there.
    fn is_here(&self, seen: &Seen) -> bool {
        seen.author() == self.at.me() && seen.at.log == self.at.log.origin.log
    }

    fn take_early(&mut self) {
        let whole = self.whole;
        for (seen, was_whole) in std::mem::take(&mut self.early) {
            self.whole = was_whole;
            let judged = self.is_here(&seen);
            self.take(&seen, judged);
        }
        self.whole = whole;
    }

    fn take(&mut self, seen: &Seen, judged: bool) {
        let before = self.told.findings.len();
        if seen.index >= self.at.log.from {
            self.watch.look(seen.recorded_at);
        }
        if !judged {
            self.grants(seen);
        }
        let (misfits, repeats) = (misfits_of(&self.thread), self.thread.repeats(seen));
        self.thread.take(self.at.me(), seen);
        let fits = misfits_of(&self.thread) == misfits;
        if self.whole && self.answers_for(seen) && !fits {
            let what = misfit(&self.thread, seen.event_id);
            self.say(Code::Anomaly, Some(seen.index), what);
        }
        if let (Some(referral), Ok(event)) = (self.thread.referral(), &seen.event) {
            self.heard.take(seen, event, referral, fits && !repeats);
            if let Some(party) = referral.party(self.at.me()) {
                self.watch.take(referral, party, self.at.log.known_at(seen.index, seen.recorded_at));
            }
            if matches!(event, Event::ConsentWithdrawn(_) | Event::ConsentExpired(_)) {
                self.ended.get_or_insert(seen.claimed_at);
            }
        }
        self.alarm(seen);
        if self.at.with_timelines && self.events.len() < EVENTS_MAX {
            let findings = self.told.findings.get(before..).unwrap_or_default();
            let findings = findings.iter().map(|finding| finding.code).collect();
            self.line(seen, findings);
        }
    }

    fn alarm(&mut self, seen: &Seen) {
        if seen.author() != self.at.me() || seen.index < self.at.log.from {
            return;
        }
        let due_at = match &seen.event {
            Ok(Event::CheckInMissed(body)) => body.due_at,
            Ok(Event::StepMissed(body)) => body.due_at,
            _ => return,
        };
        self.say(
            Code::CheckInMissed,
            Some(seen.index),
            format!("a sign was due at {due_at} and did not come"),
        );
    }

    fn disclosed(&mut self, seen: &Seen, mut verdict: DisclosureVerdict) {
        let until = self.thread.referral().and_then(|it| it.sender.consent.as_ref()).map(|it| it.scope.until);
        let on_consent = basis_kind(&seen.basis) == BasisKind::Consent;
        if verdict == DisclosureVerdict::Within
            && on_consent
            && seen.grants.iter().any(|grant| until.is_none_or(|until| grant.expires > until))
        {
            verdict = DisclosureVerdict::OutsideConsent;
        }
        let (code, what) = match verdict {
            DisclosureVerdict::Within | DisclosureVerdict::Emergency => return,
            DisclosureVerdict::OutsideConsent => (Code::OutsideConsent, "no consent of the thread covers it"),
            DisclosureVerdict::AfterWithdrawal => (Code::AfterWithdrawal, "the consent had been withdrawn"),
            DisclosureVerdict::AfterExpiry => (Code::AfterExpiry, "the last day of the consent had passed"),
            DisclosureVerdict::BeforeConsent => {
                (Code::BeforeConsent, "the first day of the consent had not come")
            }
            DisclosureVerdict::UndeclaredEmergency => {
                (Code::UndeclaredEmergency, "no emergency that was declared covers it")
            }
            DisclosureVerdict::EmergencyOver => {
                (Code::EmergencyOver, "the emergency had been turned down, or its time was over")
            }
            DisclosureVerdict::DecidedAlone => {
                (Code::DecidedAlone, "its emergency was not decided by two people")
            }
        };
        let words: Vec<&str> =
            seen.grants.iter().filter_map(|grant| grant.category()).map(|category| category.word()).collect();
        self.say(code, Some(seen.index), format!("{} was disclosed, and {what}", words.join(", ")));
    }

    fn end(mut self) -> Told {
        self.told.is_case = self.thread.case().is_some();
        let mut due = Due::default();
        if let ThreadState::Referral(referral) = &self.thread.state {
            self.told.is_referral = true;
            // Read only where this log has not heard of an answer.
            let answered = OnceCell::new();
            let heard = || match self.at.speaks_for(referral.to) {
                true => HashMap::new(),
                false => self.at.answered(referral.to, self.id),
            };
            let now = self.at.log.times.now();
            self.watch.look(now);
            due = self.heard.due(
                referral,
                &self.watch,
                &Judged {
                    now,
                    speaks_for: &|office| self.at.speaks_for(office),
                    answered: &|because| answered.get_or_init(heard).get(&because).copied(),
                },
            );
            if self.at.speaks_for(referral.from) {
                self.told.referred = Some((referral.from, referral.to, referred(referral)));
            }
        }
        let told = std::mem::take(&mut due.told).into_iter().filter(|_| self.whole).collect::<Vec<_>>();
        told.into_iter().for_each(|(code, index, what)| self.say(code, index, what));
        self.told.open = due.open;
        // What came early was folded later.
        self.events.sort_by_key(|event| event.index);
        if self.at.with_timelines && (self.told.is_case || self.told.is_referral) {
            self.told.timeline = Some(self.timeline(due));
        }
        self.told
    }

    // Its timeline.

    fn line(&mut self, seen: &Seen, findings: Vec<Code>) {
        let name = |office| self.at.rosters.name(office);
        let sentence = match &seen.event {
            Ok(event) => describe(seen.author(), event, &name),
            Err(_) => format!("{} wrote an entry of a kind that is not known here.", name(seen.author())),
        };
        let responsible = self.thread.referral().map(ReferralState::responsible);
        let changed = responsible.filter(|_| responsible != self.responsible);
        self.responsible = responsible.or(self.responsible);
        let own = seen.author() == self.at.me() && seen.kind != CARRIED_OVER;
        self.events.push(TimelineEvent {
            index: seen.index,
            author: seen.author().to_string(),
            claimed_at: seen.claimed_at.0,
            known_at: seen.recorded_at.0,
            kind: seen.kind,
            kind_name: kind_name(seen.kind),
            sentence,
            responsible: changed.map(|office| office.to_string()),
            time: own.then(|| self.verdict(seen.index, seen.claimed_at)),
            findings,
        });
    }

    fn timeline(&mut self, due: Due) -> Timeline {
        let referral = self.thread.referral();
        let kind = if referral.is_some() { "referral" } else { "case" };
        let consent = referral.and_then(|referral| referral.sender.consent.as_ref());
        let consents = consent.map(|chain| ConsentSpan {
            from: chain.scope.from.start().0,
            until: chain.scope.until.end().0,
            ended_at: self.ended.filter(|_| chain.standing != Standing::InForce).map(|at| at.0),
            categories: chain.scope.categories.iter().map(|category| category.word()).collect(),
        });
        Timeline {
            office: self.at.me().to_string(),
            log: self.at.log.origin.log,
            thread: self.id.to_string(),
            kind,
            sender: referral.map(|referral| referral.from.to_string()),
            receiver: referral.map(|referral| referral.to.to_string()),
            phase: referral.map_or_else(String::new, |referral| referral.phase().word().to_owned()),
            consents: consents.into_iter().collect(),
            events: std::mem::take(&mut self.events),
            deadlines: due.spans,
        }
    }
}

/// The entry of another log, or of the log before, that an entry names.
fn named_by(entry: &Entry) -> Option<Ref> {
    match event_of(entry.kind, &entry.public)? {
        Event::Received(body) => Some(body.entry),
        Event::CarriedOver(body) => Some(body.entry),
        _ => None,
    }
}

fn referred(referral: &ReferralState) -> Referred {
    let kind = referral.kind();
    let met = settled(&referral.sender, &referral.receiver) == Some(Ending::HandedOver);
    Referred {
        from: referral.from.to_string(),
        to: referral.to.to_string(),
        services: u64::from(kind == Some(ReferralKind::Service)),
        hand_overs: u64::from(kind == Some(ReferralKind::HandOver)),
        met: u64::from(met),
    }
}
