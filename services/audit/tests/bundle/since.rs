//! What came since the last verification is verified by itself, and what came before is not given up.

use waymark_audit::verify::{Code, Options, Report, Silent, State, Trust, verify};

use crate::forge::{files, put};
use crate::scenes::accepted;
use crate::story::{Story, export, story, witness};

fn since(dir: &std::path::Path, since: Option<&State>) -> (Report, Option<State>) {
    verify(dir, &Options { recognises: &|_| Trust::Confirmed, since }, &Silent).unwrap()
}

#[test]
fn the_next_bundle_is_verified_from_where_the_last_one_ended() {
    let Story { mut town, .. } = story();
    let place = tempfile::tempdir().unwrap();
    let (first, second) = (place.path().join("first"), place.path().join("second"));
    export(&town, &[1, 2, 3], &first);
    let (report, state) = since(&first, None);
    assert_eq!(report.verdict, None, "{:?}", report.findings);
    let state = State::parse(&state.unwrap().encode()).unwrap();
    accepted(&mut town);
    town.pass(1_800);
    witness(&mut town);
    export(&town, &[1, 2, 3], &second);
    let (report, next) = since(&second, Some(&state));
    assert_eq!(report.verdict, None, "{:?}", report.findings);
    assert!(next.is_some());
    let judged: u64 = report.logs.iter().map(|log| log.times.proven + log.times.undecidable).sum();
    let all: u64 = report.logs.iter().map(|log| log.size).sum();
    assert!(judged > 0 && judged < all, "{judged} of {all}");
    let (whole, _) = since(&second, None);
    assert_eq!(whole.verdict, None);

    let mut forged = files(&second);
    let log = format!("offices/{}/0/tile/entries/", town.id(1));
    let entries = forged.iter_mut().find(|(path, _)| path.starts_with(&log)).unwrap().1;
    entries[40] ^= 1;
    let dir = place.path().join("forged");
    put(&dir, &forged);
    let (report, _) = since(&dir, Some(&state));
    assert!(report.says(Code::RootDiffers) || report.says(Code::TileDiffers), "{:?}", report.findings);

    let (report, _) = since(&first, next.as_ref());
    assert!(report.says(Code::RootDiffers), "a log that has become shorter: {:?}", report.findings);
    assert!(State::parse(b"{}").is_none() && State::parse(b"").is_none());
}
