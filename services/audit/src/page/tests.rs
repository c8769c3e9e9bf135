use super::*;
use crate::verify::{
    Code, ConsentSpan, DeadlineSpan, Referred, RosterReport, TimeVerdict, TimelineEvent, Times,
};

const NORTH: &str = "11111111111111111111111111111111";
const SOUTH: &str = "22222222222222222222222222222222";
const THREAD: &str = "33333333333333333333333333333333";

fn report() -> Report {
    let log = LogReport {
        office: NORTH.into(),
        name: "North <script>alert(1)</script> & \"Sons\"".into(),
        size: 40,
        disclosures: 3,
        withdrawals: 7,
        times: Times { proven: 9, contradicted: 1, undecidable: 0 },
        ..LogReport::default()
    };
    let referred = Referred { from: NORTH.into(), to: SOUTH.into(), services: 2, hand_overs: 12, met: 1 };
    let finding = Finding {
        code: Code::Backdated,
        class: Code::Backdated.class(),
        office: Some(NORTH.into()),
        log: Some(0),
        index: Some(17),
        thread: Some(THREAD.into()),
        what: "it claims an earlier time".into(),
    };
    Report {
        form: 1,
        verdict: Some(Class::Fraud),
        roster: RosterReport {
            versions: 1,
            fingerprint: "ab".into(),
            trust: Trust::Confirmed,
            expires_at: 1_800_000_000,
            cosigned_by: Some(2),
            checkpoint: String::new(),
        },
        logs: vec![log],
        referred: vec![referred],
        proofs: Vec::new(),
        counts: [("backdated", 1)].into(),
        findings: vec![finding],
    }
}

fn thread(events: usize, findings: Vec<Code>) -> Timeline {
    let event = |number: usize| TimelineEvent {
        index: number as u64,
        author: NORTH.into(),
        claimed_at: 1_790_000_000 + number as u64 * 3_600,
        known_at: 1_790_000_100,
        kind: 64,
        kind_name: "ReferralOffered",
        sentence: "North offered a referral.".into(),
        responsible: number
            .is_multiple_of(4)
            .then(|| if number.is_multiple_of(8) { NORTH } else { SOUTH }.to_owned()),
        time: Some(TimeVerdict::Proven),
        findings: findings.clone(),
    };
    Timeline {
        office: NORTH.into(),
        log: 0,
        thread: THREAD.into(),
        kind: "referral",
        sender: Some(NORTH.into()),
        receiver: Some(SOUTH.into()),
        phase: "handed_over".into(),
        events: (0..events).map(event).collect(),
        deadlines: vec![DeadlineSpan {
            what: "erasure",
            from: 1_790_000_000,
            by: u64::MAX,
            met_at: None,
            missed: false,
        }],
        consents: vec![ConsentSpan {
            from: 0,
            until: u64::MAX,
            ended_at: Some(1_790_009_000),
            categories: vec!["identity"],
        }],
    }
}

fn page(threads: Vec<Timeline>) -> String {
    let mut page = Page::default();
    threads.into_iter().for_each(|thread| page.take(thread));
    page.finish(&report(), "babab-dabab", Timestamp(1_790_000_000))
}

/// Whether every element that is opened is closed again, in order.
fn balanced(page: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1) {
        let (inside, _) = tag.split_once('>').expect("a tag ends");
        let name = inside.split([' ', '\n', '/']).find(|word| !word.is_empty()).unwrap_or_default();
        if inside.starts_with('!') || inside.ends_with('/') || name == "meta" {
            continue;
        }
        if inside.starts_with('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else {
            open.push(name);
        }
    }
    open.is_empty()
}

#[test]
fn the_page_is_whole_says_the_verdict_and_runs_nothing() {
    let page = page(vec![thread(9, Vec::new()), thread(3, vec![Code::Backdated])]);
    assert!(balanced(&page));
    assert!(page.contains("The bundle does not hold: fraud."));
    assert!(page.contains("<code>backdated</code>") && page.contains("entry 17"));
    for forbidden in ["<script", "javascript:", "http://", "https://", "onload", "@import", "url("] {
        let allowed = page.matches("url(#tip)").count();
        let found = page.matches(forbidden).count();
        assert_eq!(found, if forbidden == "url(" { allowed } else { 0 }, "{forbidden}");
    }
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn small_counts_of_people_are_told_nowhere() {
    let page = page(Vec::new());
    assert!(
        page.contains("<td class=\"number\">fewer than 5</td>")
            && page.contains("<td class=\"number\">12</td>")
    );
    // Two services and one who was met, in the table or beside the arrow.
    assert!(
        !page.contains("<td class=\"number\">2</td>") && !page.contains("<td class=\"number\">1</td><td")
    );
    assert_eq!(people(0), "0");
    assert_eq!(people(HIDDEN_BELOW), "5");
}

#[test]
fn of_very_many_threads_those_with_findings_come_first() {
    let mut threads = vec![thread(1, Vec::new()); PLAIN_MAX + 3];
    threads.push(thread(1, vec![Code::Backdated]));
    let page = page(threads);
    let shown = page.matches("<section class=\"thread\">").count();
    assert_eq!(shown, PLAIN_MAX + 1);
    assert!(page.contains("3 more threads are not told here; all were checked."));
    let (first, found) = (page.find("class=\"event\""), page.find("class=\"event found\""));
    assert!(found < first);
}

#[test]
fn what_is_drawn_stands_in_a_table_beside_it() {
    let page = page(vec![thread(9, Vec::new())]);
    assert_eq!(page.matches("<path class=\"event\"").count(), 9);
    assert_eq!(page.matches("North offered a referral.").count(), 9);
    assert!(page.contains("<td>erasure</td>") && page.contains("<td>identity</td>"));
    assert!(page.contains("Responsible from here"));
}
