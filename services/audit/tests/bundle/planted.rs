//! A bundle, and everything that whoever stole the offices' keys needs to plant something in it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tempfile::TempDir;
use waymark_audit::verify::{Code, Report};
use waymark_domain::event::log::RosterWitnessed;
use waymark_domain::ids::{Hash, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::Category;
use waymark_seal::checkpoint::{Head, RosterOrigin};
use waymark_seal::cosign::cosign;
use waymark_seal::entry::Entry;
use waymark_seal::sign::{LogKey, WitnessKey, halves};

use crate::forge::{Forge, Log, plant};
use crate::scenes::{NORTH, Referred, SOUTH};
use crate::story::{all_keys, all_witnesses, export, offices, stop_all, verified};
use crate::town::{NETWORK, Town};

/// The bundle of all offices of a town, and the keys with which it is forged.
pub(crate) struct Planted {
    pub(crate) place: TempDir,
    pub(crate) town: Town,
    pub(crate) keys: BTreeMap<OfficeId, LogKey>,
    pub(crate) witnesses: BTreeMap<OfficeId, WitnessKey>,
}

impl Planted {
    pub(crate) fn of(mut town: Town) -> Self {
        let place = tempfile::tempdir().unwrap();
        export(&town, &(1..=offices(&town)).collect::<Vec<_>>(), &place.path().join("honest"));
        stop_all(&mut town);
        let (keys, witnesses) = (all_keys(&town), all_witnesses(&town));
        Self { place, town, keys, witnesses }
    }

    pub(crate) fn honest(&self) -> PathBuf {
        self.place.path().join("honest")
    }

    pub(crate) fn north(&self) -> OfficeId {
        self.town.id(NORTH)
    }

    pub(crate) fn south(&self) -> OfficeId {
        self.town.id(SOUTH)
    }

    /// The report on the bundle as `forge` changes it.
    pub(crate) fn forged(&self, name: &str, forge: impl FnOnce(&mut Forge<'_>)) -> Report {
        let mut bundle = Forge::open(&self.honest(), &self.keys);
        forge(&mut bundle);
        let dir = self.place.path().join(name);
        bundle.write(&dir);
        verified(&dir)
    }

    /// An office's cosignature on a head of the roster.
    pub(crate) fn roster_word(&self, by: OfficeId, version: u32, root: Hash) -> RosterWitnessed {
        let (head, at) = (Head { size: u64::from(version), root }, self.town.clock_now());
        let made = cosign(&self.witnesses[&by], &RosterOrigin(NETWORK), &head, at);
        RosterWitnessed { version, root, at, signature: halves(made.signature) }
    }

    /// A disclosure of a category in a referral, at the end of its sender's log.
    pub(crate) fn disclosure(
        &self,
        log: &Log,
        referred: Referred,
        category: Category,
        at: Timestamp,
    ) -> Entry {
        plant::disclosure(log, referred.referral, self.town.id(referred.to), category, at)
    }
}

/// What was found, for whoever reads why a test failed.
pub(crate) fn told(report: &Report) -> Vec<String> {
    let told = |it: &waymark_audit::verify::Finding| format!("{}: {}", it.code.word(), it.what);
    report.findings.iter().map(told).collect()
}

/// Nothing else is wrong.
pub(crate) fn only(report: &Report, code: Code) {
    assert_eq!(report.counts.keys().collect::<Vec<_>>(), [&code.word()], "{:?}", told(report));
    assert_eq!(report.verdict, Some(code.class()));
}

/// These are wrong, and nothing that is more serious.
pub(crate) fn among(report: &Report, codes: &[Code]) {
    assert!(codes.iter().all(|code| report.says(*code)), "{:?}", told(report));
    assert_eq!(report.verdict, codes.iter().map(|code| code.class()).max());
}
