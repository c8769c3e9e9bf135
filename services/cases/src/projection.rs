//! The projection of open cases and referrals: one row for each, kept by the events of their threads.

use std::collections::HashMap;

use waymark_api::serve::rows::{Row, Rows};
use waymark_desk::{Derived, Projected, Seen, Thread, ThreadState};
use waymark_domain::case::CaseState;
use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_domain::referral::ReferralState;

use crate::rows::{CaseRow, ReferralRow};

/// Cases of this office and the referrals it sent and received.
pub type CasesProjection = Projected<Kept>;

/// The rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kept {
    pub(crate) cases: Rows<ThreadId, CaseRow>,
    pub(crate) referrals: Rows<ThreadId, ReferralRow>,
    /// The case of each referral that is linked to one.
    case_of: HashMap<ThreadId, ThreadId>,
}

/// What a snapshot holds: rows with their versions. Everything else follows from them.
type Stored = (Vec<(ThreadId, u64, CaseRow)>, Vec<(ThreadId, u64, ReferralRow)>);

impl Derived for Kept {
    const NAME: &'static str = "cases";

    fn take(&mut self, me: OfficeId, seen: &Seen, thread: &Thread) {
        let at = At { thread: seen.thread, version: seen.index + 1, etag: thread.etag.0, seen };
        match &thread.state {
            ThreadState::Case(case) => self.take_case(&at, case),
            ThreadState::Referral(referral) => self.take_referral(&at, referral, me),
            ThreadState::Empty | ThreadState::Notices => {}
        }
    }

    fn stored(&self) -> Vec<u8> {
        let stored: Stored = (rows_of(&self.cases), rows_of(&self.referrals));
        postcard::to_allocvec(&stored).expect("rows are plain data and always serialise")
    }

    fn restored(stored: &[u8]) -> Option<Self> {
        let (cases, referrals): Stored = postcard::from_bytes(stored).ok()?;
        let cases: Rows<ThreadId, CaseRow> = cases.into_iter().map(row_from).collect();
        let links = |(case, row): (&ThreadId, &Row<CaseRow>)| {
            let case = *case;
            row.data.links.iter().map(move |link| (link.referral, case)).collect::<Vec<_>>()
        };
        let case_of = cases.iter().flat_map(links).collect();
        Some(Self { cases, referrals: referrals.into_iter().map(row_from).collect(), case_of })
    }
}

/// Where an event stands.
struct At<'a> {
    thread: ThreadId,
    version: u64,
    etag: u64,
    seen: &'a Seen,
}

impl Kept {
    fn take_case(&mut self, at: &At<'_>, case: &CaseState) {
        let before = self.cases.get(&at.thread).map(|row| &row.data);
        let mut row = CaseRow::of(case, at.etag, at.version, at.seen.recorded_at, before);
        for link in &row.links {
            if self.case_of.insert(link.referral, at.thread) == Some(at.thread) {
                continue;
            }
            if let Some(referral) = self.referrals.get(&link.referral) {
                let linked = ReferralRow { case: Some(at.thread), ..referral.data.clone() };
                self.referrals.put(link.referral, at.version, linked);
            }
        }
        row.standing = row.standing(&self.referrals);
        self.cases.put(at.thread, at.version, row);
    }

    fn take_referral(&mut self, at: &At<'_>, referral: &ReferralState, me: OfficeId) {
        let Some(row) = ReferralRow::of(referral, me, at.etag, at.seen.recorded_at) else { return };
        let case = self.case_of.get(&at.thread).copied();
        self.referrals.put(at.thread, at.version, ReferralRow { case, ..row });
        let Some(case) = case else { return };
        let Some(row) = self.cases.get(&case) else { return };
        let standing = row.data.standing(&self.referrals);
        if standing != row.data.standing {
            let changed = CaseRow { standing, changed_at: at.seen.recorded_at, ..row.data.clone() };
            self.cases.put(case, at.version, changed);
        }
    }
}

fn rows_of<R: Clone>(rows: &Rows<ThreadId, R>) -> Vec<(ThreadId, u64, R)> {
    rows.iter().map(|(key, row)| (*key, row.version, row.data.clone())).collect()
}

fn row_from<R>((key, version, data): (ThreadId, u64, R)) -> (ThreadId, Row<R>) {
    (key, Row { version, data })
}

#[cfg(test)]
mod tests {
    use waymark_api::v1::ReferralPhase;
    use waymark_desk::Projection as _;
    use waymark_domain::case::CasePhase;
    use waymark_domain::event::case::{
        CaseClosed, CaseLinked, CaseOpened, CaseReopened, LinkSide, SectionRecorded,
    };
    use waymark_domain::event::journey::{Departed, JourneyCleared, JourneyProposed, ReceptionConfirmed};
    use waymark_domain::event::referral::{QuestionAnswered, QuestionAsked, ReferralDeclined, ReferralKind};
    use waymark_domain::responsible::responsible_office;
    use waymark_domain::words::{CaseOutcome, Category, DeclineReason};
    use waymark_seal::entry::Audience;

    use super::*;
    use crate::rows::CaseStanding;
    use crate::testkit::{Log, NORTH, SOUTH, thread, today};

    const CASE: ThreadId = thread(1);
    const REFERRAL: ThreadId = thread(2);

    fn opened(referral: Option<ThreadId>) -> CaseOpened {
        CaseOpened { minor: false, barred: Vec::new(), referral }
    }

    fn linked(referral: ThreadId, side: LinkSide, kind: ReferralKind) -> CaseLinked {
        CaseLinked { referral, other: SOUTH, side, kind, consent: None, released: None }
    }

    /// A case of north with a hand-over offered to south.
    fn offered(log: &mut Log<'_>) {
        log.note(CASE, opened(None));
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::HandOver);
        log.note(CASE, linked(REFERRAL, LinkSide::Sender, ReferralKind::HandOver));
    }

    /// The same, accepted and departed.
    fn departed(log: &mut Log<'_>) {
        offered(log);
        log.agree(REFERRAL, NORTH, SOUTH);
        let to = Audience::Office(SOUTH);
        log.write(NORTH, REFERRAL, to, JourneyProposed { depart_on: today() });
        log.write(NORTH, REFERRAL, to, JourneyCleared { gates: Vec::new() });
        log.write(NORTH, REFERRAL, to, Departed { gates: Vec::new() });
    }

    fn received(log: &mut Log<'_>) {
        departed(log);
        let at = log.now();
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), ReceptionConfirmed { at });
    }

    fn case(projection: &CasesProjection) -> CaseRow {
        projection.kept().cases.get(&CASE).unwrap().data.clone()
    }

    fn referral(projection: &CasesProjection) -> ReferralRow {
        projection.kept().referrals.get(&REFERRAL).unwrap().data.clone()
    }

    fn phase_of(projection: &CasesProjection) -> ReferralPhase {
        ReferralPhase::try_from(referral(projection).phase).unwrap()
    }

    #[test]
    fn a_case_is_open_until_it_is_closed_and_again_when_reopened() {
        let projection = CasesProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        log.note(CASE, opened(None));
        log.note(CASE, SectionRecorded { category: Category::Identity });
        log.note(CASE, SectionRecorded { category: Category::Identity });
        assert_eq!((case(&projection).closed, case(&projection).sections), (None, 1));
        log.note(CASE, CaseClosed { outcome: CaseOutcome::Completed });
        assert_eq!(case(&projection).closed, Some(CaseOutcome::Completed));
        assert_eq!(case(&projection).opened_or_closed, 4);
        log.note(CASE, CaseReopened {});
        assert_eq!((case(&projection).closed, case(&projection).opened_or_closed), (None, 5));
        assert_eq!((case(&projection).etag, case(&projection).opened_at), (5, crate::testkit::START));
    }

    #[test]
    fn an_offer_received_waits_for_this_office_until_it_asks_and_again_when_it_is_answered() {
        let projection = CasesProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        log.offer(REFERRAL, SOUTH, NORTH, ReferralKind::Service);
        let row = referral(&projection);
        assert_eq!((row.side, row.other, row.needs_answer), (LinkSide::Receiver, SOUTH, true));
        assert_eq!(row.due_at, Some(row.deadlines.acknowledge_by));
        let question = log.write(NORTH, REFERRAL, Audience::Office(SOUTH), QuestionAsked {});
        assert_eq!(
            (phase_of(&projection), referral(&projection).needs_answer),
            (ReferralPhase::InformationRequested, false)
        );
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), QuestionAnswered { question });
        assert_eq!(
            (phase_of(&projection), referral(&projection).needs_answer),
            (ReferralPhase::Acknowledged, true)
        );
    }

    #[test]
    fn a_referral_without_an_offer_has_no_row_and_one_linked_later_finds_its_case() {
        let projection = CasesProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        log.note(CASE, opened(None));
        log.note(CASE, linked(REFERRAL, LinkSide::Sender, ReferralKind::HandOver));
        assert!(projection.kept().referrals.is_empty());
        log.offer(REFERRAL, NORTH, SOUTH, ReferralKind::HandOver);
        assert_eq!(referral(&projection).case, Some(CASE));
        assert_eq!(case(&projection).standing.open_referrals, 1);
    }

    #[test]
    fn a_link_written_after_the_offer_moves_both_rows() {
        let projection = CasesProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        offered(&mut log);
        assert_eq!(referral(&projection).case, Some(CASE));
        assert_eq!(case(&projection).standing.open_referrals, 1);
        let versions = [
            projection.kept().cases.get(&CASE).unwrap().version,
            projection.kept().referrals.get(&REFERRAL).unwrap().version,
        ];
        assert_eq!(versions, [4, 4]);
    }

    #[test]
    fn a_declined_referral_is_no_longer_open_in_its_case() {
        let projection = CasesProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        offered(&mut log);
        log.write(
            SOUTH,
            REFERRAL,
            Audience::Office(NORTH),
            ReferralDeclined { reason: DeclineReason::NoCapacity },
        );
        assert_eq!((phase_of(&projection), referral(&projection).due_at), (ReferralPhase::Declined, None));
        assert_eq!(case(&projection).standing, CaseStanding::default());
    }

    #[test]
    fn responsibility_moves_with_the_reception_and_not_before() {
        let projection = CasesProjection::new(NORTH);
        let mut log = Log::new(NORTH, &projection);
        departed(&mut log);
        assert_eq!(case(&projection).standing.responsible, None);
        assert!(case(&projection).standing.on_the_way);
        let at = log.now();
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), ReceptionConfirmed { at });
        assert_eq!(case(&projection).standing.responsible, Some(SOUTH));
        assert_eq!(
            (case(&projection).standing.on_the_way, phase_of(&projection)),
            (false, ReferralPhase::HandedOver)
        );
    }

    #[test]
    fn the_row_names_the_office_that_the_rule_names_after_every_event() {
        for came_here in [false, true] {
            let projection = CasesProjection::new(NORTH);
            let mut log = Log::new(NORTH, &projection);
            if came_here {
                log.offer(REFERRAL, SOUTH, NORTH, ReferralKind::HandOver);
                log.note(CASE, opened(Some(REFERRAL)));
                log.note(CASE, linked(REFERRAL, LinkSide::Receiver, ReferralKind::HandOver));
                assert_rule(&log, &projection);
                log.agree(REFERRAL, SOUTH, NORTH);
                assert_rule(&log, &projection);
                let at = log.now();
                log.write(NORTH, REFERRAL, Audience::Office(SOUTH), ReceptionConfirmed { at });
            } else {
                received(&mut log);
            }
            assert_rule(&log, &projection);
        }
    }

    fn assert_rule(log: &Log<'_>, projection: &CasesProjection) {
        let linked: Vec<&ReferralState> =
            log.threads.values().filter_map(|thread| thread.referral()).collect();
        let state = log.threads[&CASE].case().unwrap();
        assert_ne!(state.phase, CasePhase::Unknown);
        let by_row = case(projection).standing.responsible.unwrap_or(NORTH);
        assert_eq!(by_row, responsible_office(NORTH, state, &linked));
    }

    #[test]
    fn a_snapshot_a_replay_and_the_live_rows_are_the_same_and_go_on_the_same() {
        let live = CasesProjection::new(NORTH);
        let mut log = Log::new(NORTH, &live);
        departed(&mut log);
        let (restored, replayed) = (CasesProjection::new(NORTH), CasesProjection::new(NORTH));
        assert!(restored.restore(&live.snapshot()));
        log.replay(&replayed);
        assert_eq!(*restored.kept(), *live.kept());
        assert_eq!(*replayed.kept(), *live.kept());
        let at = log.now();
        log.write(SOUTH, REFERRAL, Audience::Office(NORTH), ReceptionConfirmed { at });
        let last = log.seen.last().unwrap();
        restored.apply(last, &log.threads[&REFERRAL]);
        assert_eq!(*restored.kept(), *live.kept());
    }

    #[test]
    fn a_snapshot_that_cannot_be_read_leaves_nothing_behind() {
        let projection = CasesProjection::new(NORTH);
        departed(&mut Log::new(NORTH, &projection));
        let mut snapshot = projection.snapshot();
        snapshot.truncate(snapshot.len() - 1);
        assert!(!projection.restore(&snapshot));
        assert_eq!(*projection.kept(), Kept::default());
    }

    #[test]
    fn a_row_of_a_case_stays_small() {
        let projection = CasesProjection::new(NORTH);
        departed(&mut Log::new(NORTH, &projection));
        // Fixed parts of the rows of a case and its hand-over; the issue allows 2 KiB for each open case.
        assert!(size_of::<CaseRow>() + size_of::<ReferralRow>() < 512);
    }
}
