//! Bundles in which nothing is wrong.

use std::sync::Mutex;

use waymark_audit::verify::{Class, Code, Listener, Options, Report, TimeVerdict, Timeline, Trust, verify};

use crate::story::{export, handed_over, story, verified};
use crate::town::Town;

/// Keeps every timeline.
#[derive(Default)]
struct Keeps(Mutex<Vec<Timeline>>);

impl Listener for Keeps {
    fn wants_timelines(&self) -> bool {
        true
    }
    fn timeline(&self, timeline: Timeline) {
        self.0.lock().unwrap().push(timeline);
    }
}

fn words(report: &Report) -> Vec<String> {
    report.findings.iter().map(|finding| format!("{}: {}", finding.code.word(), finding.what)).collect()
}

#[test]
fn a_hand_over_and_a_withdrawal_verify_and_are_told_with_proven_times() {
    let story = story();
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("bundle");
    export(&story.town, &[1, 2, 3], &dir);
    let keeps = Keeps::default();
    let options = Options { recognises: &|_| Trust::Confirmed, since: None };
    let (report, state) = verify(&dir, &options, &keeps).unwrap();
    assert_eq!((report.verdict, words(&report)), (None, Vec::new()));
    assert!(state.is_some());
    assert_eq!(report.logs.len(), 3);
    for log in &report.logs {
        assert!(log.witnessed > 0 && log.times.proven > 0, "{log:?}");
        assert_eq!((log.times.contradicted, log.references.missing), (0, 0));
    }
    let sent = &report.referred[..];
    assert_eq!((sent.len(), sent[0].hand_overs, sent[0].met), (1, 3, 1));
    let timelines = keeps.0.into_inner().unwrap();
    let north = story.town.id(1).to_string();
    let of = |thread: waymark_domain::ids::ThreadId| {
        let thread = thread.to_string();
        timelines.iter().find(|it| (it.office.as_str(), it.thread.as_str()) == (&north, &thread)).unwrap()
    };
    let met = of(story.handed_over.referral);
    assert_eq!((met.kind, met.phase.as_str()), ("referral", "handed_over"));
    let moved: Vec<_> = met.events.iter().filter_map(|event| event.responsible.clone()).collect();
    assert_eq!(moved, [north.clone(), story.town.id(2).to_string()]);
    assert!(met.events.iter().any(|event| event.time == Some(TimeVerdict::Proven)));
    assert!(met.events.iter().all(|event| !event.sentence.is_empty() && event.findings.is_empty()));
    let withdrawn = of(story.withdrawn.referral);
    assert!(withdrawn.consents[0].ended_at.is_some());
    let erasures: Vec<_> = withdrawn.deadlines.iter().filter(|span| span.what == "erasure").collect();
    assert!(!erasures.is_empty() && erasures.iter().all(|span| span.met_at.is_some() && !span.missed));
    assert_eq!(of(story.withdrawn.case).kind, "case");
}

#[test]
fn one_office_alone_verifies_and_leaves_open_what_only_the_others_know() {
    let story = story();
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("bundle");
    export(&story.town, &[2], &dir);
    let report = verified(&dir);
    assert_eq!(words(&report), Vec::<String>::new());
    assert!(report.logs[0].references.undecidable > 0);
}

/// A hand-over while the third office is away: of the two witnesses that each log needs, one is there.
fn of_one_witness() -> Town {
    let mut town = Town::new(3);
    town.stop(3);
    handed_over(&mut town);
    town
}

#[test]
fn without_cosignatures_or_a_compared_roster_it_is_undecided() {
    let town = of_one_witness();
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("bundle");
    export(&town, &[1, 2], &dir);
    let options = Options { recognises: &|_| Trust::Unconfirmed, since: None };
    let (report, _) = verify(&dir, &options, &waymark_audit::verify::Silent).unwrap();
    assert_eq!(report.verdict, Some(Class::Undecided), "{:?}", words(&report));
    assert!(report.says(Code::Unwitnessed) && report.says(Code::RosterUnconfirmed));
    assert_eq!(report.counts.len(), 2, "{:?}", words(&report));
    assert_eq!(report.logs[0].times.proven, 0);
}

#[test]
fn the_report_reads_as_json_with_names_for_everything() {
    let town = of_one_witness();
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("bundle");
    export(&town, &[1], &dir);
    let json = serde_json::to_value(verified(&dir)).unwrap();
    assert_eq!(json["form"], 1);
    assert_eq!(json["verdict"], "undecided");
    assert_eq!(json["findings"][0]["code"], "unwitnessed");
    assert_eq!(json["findings"][0]["office"], town.id(1).to_string());
    assert_eq!(json["counts"]["unwitnessed"], 1);
}
