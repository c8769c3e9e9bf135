//! A bundle of which a stranger changed files: the verification never panics, and accepts none that differs from what offices wrote.

use std::collections::BTreeMap;

use bolero::check;
use waymark_audit::verify::{Options, Silent, State, Trust, verify};

use crate::changes::{Change, change};
use crate::forge::{files, manifest, put};
use crate::story::{Story, export, story, verified_here};

#[test]
fn fuzz_the_files_of_a_bundle() {
    let Story { town, .. } = story();
    let place = tempfile::tempdir().unwrap();
    let (honest, dir) = (place.path().join("honest"), place.path().join("spoilt"));
    export(&town, &[1, 2, 3], &honest);
    let good = files(&honest);
    put(&dir, &good);
    let paths: Vec<&String> = good.keys().collect();
    let old = manifest(&good);
    check!().with_type::<(u8, u8, Vec<Change>, bool)>().for_each(|(which, with, changes, fits)| {
        let path = paths[usize::from(*which) % paths.len()];
        let other = paths[usize::from(*with) % paths.len()];
        let mut bytes = good[path].clone();
        change(&mut bytes, changes, &[good[other].clone()]);
        let same = bytes == good[path];
        std::fs::write(dir.join(path), &bytes).unwrap();
        if *fits {
            let mut all: BTreeMap<_, _> = good.clone();
            all.insert(path.clone(), bytes);
            std::fs::write(dir.join("manifest"), manifest(&all)).unwrap();
        }
        let report = verified_here(&dir);
        std::fs::write(dir.join(path), &good[path]).unwrap();
        std::fs::write(dir.join("manifest"), &old).unwrap();
        assert_eq!(report.verdict.is_none(), same, "{path}: {:?}", report.counts);
    });
}

#[test]
fn fuzz_the_manifest() {
    let Story { town, .. } = story();
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("bundle");
    export(&town, &[1], &dir);
    let good = std::fs::read(dir.join("manifest")).unwrap();
    check!().with_type::<Vec<Change>>().for_each(|changes| {
        let mut bytes = good.clone();
        change(&mut bytes, changes, &[b"../../etc/passwd\n".to_vec()]);
        std::fs::write(dir.join("manifest"), &bytes).unwrap();
        assert_eq!(verified_here(&dir).verdict.is_none(), bytes == good);
    });
}

#[test]
fn fuzz_the_state_of_a_verification_before() {
    let Story { town, .. } = story();
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("bundle");
    export(&town, &[1, 2], &dir);
    let verified = |since: Option<&State>| {
        verify(&dir, &Options { recognises: &|_| Trust::Confirmed, since }, &Silent).unwrap().1
    };
    let good = verified(None).unwrap().encode();
    check!().with_type::<Vec<Change>>().for_each(|changes| {
        let mut bytes = good.clone();
        change(&mut bytes, changes, &[good[good.len() / 2..].to_vec()]);
        if let Some(state) = State::parse(&bytes) {
            let _ = verified(Some(&state));
        }
    });
}
