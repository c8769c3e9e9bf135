//! What an office knew at a moment, told from its log in a bundle: the same that its node tells, and nothing from a log that does not hold.

use std::path::{Path, PathBuf};

use tokio_stream::StreamExt as _;
use tonic::Request;
use waymark_api::convert::audit;
use waymark_api::convert::value::instant;
use waymark_api::v1::{
    self, ProofState, audit_service_server::AuditService as _, replay_thread_response::Item,
};
use waymark_audit::AuditApi;
use waymark_audit::verify::{Class, Options, Outcome, Replayed, Silent, Trust, replay_bundle};
use waymark_domain::ids::ThreadId;
use waymark_domain::time::Timestamp;

use crate::story::{Story, export, story};

/// A replay of `office`, named as its log's roster has it.
fn replayed(dir: &Path, office: &str, request: &v1::ReplayThreadRequest) -> (Replayed, Vec<Item>) {
    let wanted = audit::replay(request).unwrap();
    let options = Options { recognises: &|_| Trust::Confirmed, since: None };
    let mut told = Vec::new();
    let outcome = replay_bundle(dir, &|_, name| name == office, &wanted, &options, &Silent, &mut |message| {
        told.extend(message.item);
        true
    });
    (outcome.unwrap(), told)
}

async fn of_node(story: &Story, office: u16, request: v1::ReplayThreadRequest) -> Vec<Item> {
    let audit = AuditApi::new(story.town.desk(office));
    let told = audit.replay_thread(Request::new(request)).await.unwrap().into_inner();
    told.map(|message| message.unwrap().item.unwrap()).collect().await
}

fn of(thread: ThreadId, as_of: Option<Timestamp>) -> v1::ReplayThreadRequest {
    let (thread, as_of) = (thread.to_string(), as_of.map(instant));
    v1::ReplayThreadRequest { thread, as_of, with_linked: true, with_proofs: true }
}

fn exported(story: &Story, offices: &[u16]) -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("bundle");
    export(&story.town, offices, &dir);
    (place, dir)
}

/// Without what only the office itself can read.
fn public(item: Item) -> Item {
    match item {
        Item::Line(line) => Item::Line(v1::ReplayLine { staff: String::new(), ..line }),
        other => other,
    }
}

#[tokio::test]
async fn a_bundle_tells_what_the_node_tells_of_every_thread_at_every_moment() {
    let story = story();
    let (_place, dir) = exported(&story, &[1, 2]);
    let moments: Vec<Option<Timestamp>> = {
        let all = of_node(&story, 1, of(story.handed_over.referral, None)).await;
        let lines =
            all.iter().filter_map(|item| if let Item::Line(line) = item { line.known_at } else { None });
        let every = lines.map(|at| Some(Timestamp(at.seconds.unsigned_abs()))).step_by(7);
        every.chain([None]).collect()
    };
    assert!(moments.len() > 3, "{moments:?}");
    let (case, met) = (story.handed_over.case, story.handed_over.referral);
    let threads = [(1, case), (1, met), (2, met), (2, story.withdrawn.referral), (1, story.open.referral)];
    for (office, thread) in threads {
        for as_of in &moments {
            let node = of_node(&story, office, of(thread, *as_of)).await;
            let (outcome, bundle) = replayed(&dir, &format!("office {office}"), &of(thread, *as_of));
            assert_eq!((outcome.outcome, outcome.verdict), (Outcome::Told { log: 0 }, None));
            let node: Vec<Item> = node.into_iter().map(public).collect();
            assert_eq!(bundle, node, "office {office}, {as_of:?}");
        }
    }
}

#[tokio::test]
async fn it_says_what_the_office_did_not_know_yet_and_what_has_changed_since() {
    let story = story();
    let (_place, dir) = exported(&story, &[2]);
    let request = of(story.handed_over.referral, None);
    let (_, all) = replayed(&dir, "office 2", &request);
    let lines: Vec<_> =
        all.iter().filter_map(|it| if let Item::Line(line) = it { Some(line) } else { None }).collect();
    let met = lines.iter().find(|line| line.kind_name == "ReceptionConfirmed").unwrap();
    let changed = |name: &str| met.changes.iter().find(|change| change.name == name).unwrap();
    assert_eq!(
        (changed("phase").before.as_str(), changed("phase").after.as_str()),
        ("disclosed", "handed_over")
    );
    let moved = changed("responsible");
    assert_eq!((moved.before.as_str(), moved.after.as_str()), ("office 1", "office 2"));
    let before = Timestamp(met.known_at.unwrap().seconds.unsigned_abs() - 1);
    let (_, then) = replayed(&dir, "office 2", &of(story.handed_over.referral, Some(before)));
    assert!(then.iter().all(|it| !matches!(it, Item::Line(line) if line.kind_name == "ReceptionConfirmed")));
    let Some(Item::End(end)) = then.last() else { panic!("{then:?}") };
    assert_eq!(end.responsible_office, story.town.id(1).to_string());
    assert!(end.since.iter().any(|change| change.name == "responsible" && change.after == "office 2"));
    let Some(Item::End(now)) = all.last() else { panic!("{all:?}") };
    assert!(now.since.is_empty());
}

#[test]
fn nothing_is_told_from_a_log_that_does_not_hold_or_is_not_there() {
    let story = story();
    let (_place, dir) = exported(&story, &[1, 2]);
    let request = of(story.handed_over.referral, None);
    let (outcome, told) = replayed(&dir, "nobody", &request);
    assert_eq!((outcome.outcome, told.len()), (Outcome::NoLog, 0));
    let (outcome, told) = replayed(&dir, "office 1", &of(ThreadId([9; 16]), None));
    assert_eq!((outcome.outcome, told.len()), (Outcome::NoThread, 0));
    let log = dir.join("offices").join(story.town.id(1).to_string()).join("0");
    let entries = first_file(&log.join("tile/entries"));
    let mut bytes = std::fs::read(&entries).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&entries, bytes).unwrap();
    let (outcome, told) = replayed(&dir, "office 1", &request);
    assert_eq!((outcome.outcome, told.len()), (Outcome::NotWhole, 0));
    assert_eq!(outcome.verdict, Some(Class::History), "{:?}", outcome.findings);
    // The other office's log holds; that the folder does not is said after its history.
    let (outcome, told) = replayed(&dir, "office 2", &request);
    assert_eq!(outcome.outcome, Outcome::Told { log: 0 });
    assert!(told.len() > 2 && outcome.verdict == Some(Class::Form), "{:?}", outcome.findings);
    let proven = |item: &Item| !matches!(item, Item::Line(line) if line.proof() != ProofState::Verified);
    assert!(told.iter().all(proven));
}

fn first_file(folder: &Path) -> PathBuf {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    let first = found.into_iter().next().unwrap();
    if first.is_dir() { first_file(&first) } else { first }
}

#[tokio::test]
async fn whoever_stops_listening_ends_the_replay() {
    let story = story();
    let (_place, dir) = exported(&story, &[1]);
    let wanted = audit::replay(&of(story.handed_over.referral, None)).unwrap();
    let options = Options { recognises: &|_| Trust::Confirmed, since: None };
    let mut told = 0;
    replay_bundle(&dir, &|_, name| name == "office 1", &wanted, &options, &Silent, &mut |_| {
        told += 1;
        told < 3
    })
    .unwrap();
    assert_eq!(told, 3);
}
