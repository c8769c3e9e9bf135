//! Each fraud is planted as whoever holds the keys could plant it, and found by its name.

use std::collections::BTreeMap;
use std::path::Path;

use waymark_audit::verify::{Class, Code, Finding, Report};
use waymark_desk::{heads_of, notices_of};
use waymark_domain::command::RecordContact;
use waymark_domain::event::Event;
use waymark_domain::event::consent::{ConsentWithdrawn, EmergencyDisclosed};
use waymark_domain::event::log::{
    ClosedHead, FraudProven, GivenBack, LogOpened, Receipted, Received, RosterWitnessed, Witnessed,
};
use waymark_domain::event::referral::{MessageSent, ReferralWithdrawn, SectionsDisclosed};
use waymark_domain::ids::{EventId, Hash, OfficeId, Ref, ThreadId};
use waymark_domain::time::{DAY, HOUR, Timestamp};
use waymark_domain::words::{Category, EndedBy};
use waymark_seal::checkpoint::{Head, Origin, SignedHead, sign_checkpoint};
use waymark_seal::cosign::{Cosigner, cosign};
use waymark_seal::entry::{Audience, Basis, Entry};
use waymark_seal::fraud::FraudProof;
use waymark_seal::hash::leaf_hash;
use waymark_seal::merkle::Frontier;
use waymark_seal::note::{NOTE_MAX, Note};
use waymark_seal::proven::Proven;
use waymark_seal::roster::{LogRange, Roster, RosterChain, fingerprint, fingerprint_of};
use waymark_seal::sign::{LogKey, RootKey, WitnessKey, halves};

use crate::forge::{Forge, Log, files, plant, put};
use crate::planted::{Planted, among, only};
use crate::scenes::{Referred, SOUTH, accepted, case, offered, withdraw_consent};
use crate::story::{Story, all_keys, export, story, verified, verified_here, witness, witness_quietly};
use crate::town::{NETWORK, Town};

/// The story, planted in; with its referral that goes on and the one that was withdrawn.
fn in_referrals() -> (Planted, Referred, Referred) {
    let Story { town, open, withdrawn, .. } = story();
    (Planted::of(town), open, withdrawn)
}

fn planted() -> Planted {
    in_referrals().0
}

#[test]
fn a_history_that_was_changed_is_found_by_witnesses_and_partners() {
    let planted = planted();
    let north = planted.north();
    let unchanged = planted.forged("unchanged", |_| ());
    assert_eq!(unchanged.verdict, None, "the forge itself leaves traces: {:?}", unchanged.findings);

    let sent = |log: &Log, to| log.newest(|it| it.audience == Audience::Office(to)).index;
    let rewritten = planted.forged("rewritten", |forge| {
        plant::rewritten(forge.log(north), planted.south());
    });
    among(&rewritten, &[Code::Rewritten, Code::Fork, Code::Gap]);

    let dropped = planted.forged("dropped", |forge| {
        let log = forge.log(north);
        let index = log.all().iter().find(|it| it.kind == 66).unwrap().index;
        log.drop(index);
    });
    among(&dropped, &[Code::Rewritten, Code::Fork]);

    let behind = planted.forged("behind", |forge| {
        let log = forge.log(north);
        let last = usize::try_from(sent(log, planted.south())).unwrap();
        log.entries.truncate(last);
        log.records.retain(|record| record.at < last as u64);
    });
    among(&behind, &[Code::LogBehind]);

    let alone = planted.forged("alone", |forge| {
        let log = forge.log(north);
        let index = log.newest(|it| it.audience == Audience::Nobody && it.kind == 38).index;
        log.change(index, |entry| entry.event = EventId([9; 16]));
        forge.logs.retain(|office, _| *office == north);
    });
    among(&alone, &[Code::Rewritten]);
}

#[test]
fn a_fork_is_found_by_whoever_sees_both_sides() {
    let planted = planted();
    let (north, south, third) = (planted.north(), planted.south(), planted.town.id(3));
    let roster = Forge::open(&planted.honest(), &planted.keys).rosters[0].clone();
    let chain = RosterChain::start(&roster, &fingerprint_of(&roster).unwrap()).unwrap();
    // The proof is a file by itself, and says nothing of what was written.
    let proven = |report: &Report| {
        let of_north = report.proofs.iter().find(|it| it.office == north.to_string()).expect("a proof");
        let proof = FraudProof::parse(of_north.proof.as_bytes()).unwrap();
        assert_eq!(proof.verify(&chain).unwrap().origin.office, north);
        assert_eq!(report.proofs.iter().filter(|it| it.office == north.to_string()).count(), 1);
    };
    let with_north = planted.forged("with north", |forge| plant::shown_otherwise(forge, north, third));
    among(&with_north, &[Code::Fork, Code::Rewritten]);
    let fork = with_north.findings.iter().find(|it| it.code == Code::Fork).unwrap();
    assert!(fork.what.contains("signed"), "{}", fork.what);
    proven(&with_north);

    let without = planted.forged("without north", |forge| {
        plant::shown_otherwise(forge, north, third);
        forge.logs.remove(&north);
        assert!(forge.logs.contains_key(&south));
    });
    among(&without, &[Code::Fork]);
    let of_north = |it: &Finding| it.code == Code::Fork && it.office == Some(north.to_string());
    assert!(without.findings.iter().any(of_north), "{:?}", without.findings);
    proven(&without);
    assert!(verified(&planted.honest()).proofs.is_empty());
}

/// An office says that it cosigned a head of five entries of north's log that north's does not have.
fn witnessed(forge: &mut Forge<'_>, by: OfficeId, of: OfficeId, root: u8, spoil: u8, at: Timestamp) {
    let origin = Origin { network: NETWORK, office: of, log: 0 };
    let head = Head { size: 5, root: Hash([root; 32]) };
    let key = &forge.keys[&of];
    let shown = sign_checkpoint(key, &origin, &head);
    let mut signed = SignedHead::parse(&shown, &origin, &key.public()).unwrap().signature;
    signed[9] ^= spoil;
    let event = Witnessed { office: of, log: 0, size: 5, root: head.root, signature: halves(signed) };
    let log = forge.log(by);
    let entry = log.next(&event.into(), heads_of(by), Audience::Nobody, at);
    log.append(&entry);
}

#[test]
fn a_witness_who_saw_another_history_proves_it_with_the_signature_that_it_was_shown() {
    let planted = planted();
    let (north, south, third) = (planted.north(), planted.south(), planted.town.id(3));
    let now = planted.town.clock_now();
    let signed = planted.forged("with a signature", |forge| witnessed(forge, south, north, 7, 0, now));
    only(&signed, Code::Fork);
    let unsigned = planted.forged("without one", |forge| witnessed(forge, south, north, 7, 1, now));
    only(&unsigned, Code::WitnessDisagrees);
    let twice = planted.forged("a bad one first", |forge| {
        witnessed(forge, south, north, 7, 1, now);
        witnessed(forge, south, north, 7, 0, now);
    });
    among(&twice, &[Code::Fork, Code::WitnessDisagrees]);
    // Whoever stole a key that was ended since signs what he likes with it.
    let ended = planted.forged("under an ended key", |forge| {
        rotated(&planted, forge);
        witnessed(forge, south, north, 7, 0, now);
    });
    only(&ended, Code::WitnessDisagrees);

    // Two witnesses were shown two heads, and the log itself is not there.
    let two = |name: &str, spoil: u8| {
        planted.forged(name, |forge| {
            witnessed(forge, south, north, 7, 0, now);
            witnessed(forge, third, north, 8, spoil, now);
            forge.logs.remove(&north);
        })
    };
    let shown = two("two heads", 0);
    only(&shown, Code::Fork);
    assert_eq!(shown.proofs.len(), 1);
    let proof = FraudProof::parse(shown.proofs[0].proof.as_bytes()).unwrap();
    assert_eq!((proof.origin().office, proof.published().log), (north, 0));
    assert_eq!(two("one of them made up", 1).verdict, None);
}

/// Tells the network something at the end of an office's log.
fn publishes(forge: &mut Forge<'_>, by: OfficeId, notice: impl Into<Event>, at: Timestamp) {
    let log = forge.log(by);
    let entry = log.next(&notice.into(), notices_of(by), Audience::Network, at);
    log.append(&entry);
}

#[test]
fn a_cosignature_on_the_roster_is_of_the_one_in_the_bundle_and_holds() {
    let planted = planted();
    let (north, now) = (planted.north(), planted.town.clock_now());
    let roster = Roster::parse(&Forge::open(&planted.honest(), &planted.keys).rosters[0]).unwrap();
    let root = leaf_hash(roster.encode().as_bytes());
    let word = |version, root, by: OfficeId| planted.roster_word(by, version, root);
    let honest = verified(&planted.honest()).roster;
    assert_eq!(honest.cosigned_by, Some(3));
    let text = format!("waymark/{NETWORK}/roster\n1\n");
    assert!(honest.checkpoint.starts_with(&text), "{}", honest.checkpoint);
    let note = Note::parse(honest.checkpoint.as_bytes(), NOTE_MAX).unwrap();
    for (office, key) in &planted.witnesses {
        let cosigner = Cosigner::of(&NETWORK, office, key.public());
        assert!(matches!(cosigner.find(&note), Ok(Some(_))), "{office}");
    }

    let said = |name: &str, word: RosterWitnessed| {
        planted.forged(name, |forge| {
            publishes(forge, north, word.clone(), now);
            publishes(forge, north, word, now);
        })
    };
    assert_eq!(said("again", word(1, root, north)).verdict, None);
    assert_eq!(said("of one that is not there", word(2, root, north)).verdict, None);
    let cases = [
        ("another root", word(1, Hash([7; 32]), north), Code::RosterDiffers),
        ("none", word(0, root, north), Code::RosterDiffers),
        ("by another", word(1, root, planted.south()), Code::CosignatureInvalid),
        (
            "at another time",
            RosterWitnessed { at: now.plus(1), ..word(1, root, north) },
            Code::CosignatureInvalid,
        ),
    ];
    for (name, word, code) in cases {
        let report = said(name, word);
        only(&report, code);
        assert_eq!(
            (report.counts[code.word()], report.findings[0].office.clone()),
            (2, Some(north.to_string()))
        );
    }
}

#[test]
fn a_proof_that_was_published_is_checked_and_accuses_who_deserves_it() {
    let planted = planted();
    let (north, south, now) = (planted.north(), planted.south(), planted.town.clock_now());
    let text = |root: u8, forge: &Forge<'_>| {
        let head = Head { size: 7, root: Hash([root; 32]) };
        String::from_utf8(sign_checkpoint(
            &forge.keys[&south],
            &Origin { network: NETWORK, office: south, log: 0 },
            &head,
        ))
        .unwrap()
    };
    let of = |roots: [u8; 2], forge: &Forge<'_>| {
        let [one, other] = roots.map(|root| text(root, forge));
        let proof = format!("waymark-fraud/v1\n{one}==\n{other}").into_bytes();
        FraudProven { office: south, log: 0, proof }
    };
    let holds = planted.forged("proven", |forge| {
        let proof = of([1, 2], forge);
        publishes(forge, north, proof.clone(), now);
        publishes(forge, planted.town.id(3), proof, now);
    });
    only(&holds, Code::FraudProven);
    assert_eq!(holds.counts["fraud_proven"], 1, "it is told once");
    assert_eq!(holds.findings[0].office, Some(south.to_string()));

    let wrong = planted.forged("wrong", |forge| {
        let same = of([1, 1], forge);
        publishes(forge, north, same, now);
        let other = FraudProven { office: north, ..of([1, 2], forge) };
        publishes(forge, north, other, now);
    });
    only(&wrong, Code::FalseAccusation);
    assert_eq!(wrong.counts["false_accusation"], 2);
    assert_eq!(wrong.findings[0].office, Some(north.to_string()));
}

#[test]
fn what_is_granted_before_the_consent_has_no_basis_though_the_consent_follows() {
    let (planted, open, _) = in_referrals();
    let (north, to, now) = (planted.north(), planted.town.id(open.to), planted.town.clock_now());
    let in_order = |name: &str, consent_first: bool| {
        planted.forged(name, |forge| {
            let (log, thread) = (forge.log(north), ThreadId([9; 16]));
            let consent = log.newest(|it| it.kind == 48 && it.thread == open.referral);
            let released = Event::decode(consent.kind, &consent.public).unwrap();
            let told = |log: &Log| {
                let mut told = log.next(&MessageSent {}.into(), thread, Audience::Office(to), now);
                told.basis = Basis::Reply(plant::at_of(&consent));
                told.grants.push(plant::grant(Category::Coordination, to, now.day().plus(1)));
                told
            };
            let release = |log: &Log| log.next(&released, thread, Audience::Office(to), now);
            let steps: [&dyn Fn(&Log) -> Entry; 2] =
                if consent_first { [&release, &told] } else { [&told, &release] };
            for step in steps {
                let entry = step(log);
                log.append(&entry);
            }
        })
    };
    assert!(!in_order("after it", true).says(Code::OutsideConsent));
    among(&in_order("before it", false), &[Code::OutsideConsent]);
}

#[test]
fn what_is_disclosed_without_its_basis_is_found_where_it_stands() {
    let (planted, open, withdrawn) = in_referrals();
    let north = planted.north();
    let now = planted.town.clock_now();
    let disclosed = |name: &str, referred, category, spoil: &dyn Fn(&mut Entry)| {
        planted.forged(name, |forge| {
            let log = forge.log(north);
            let mut entry = planted.disclosure(log, referred, category, now);
            spoil(&mut entry);
            log.append(&entry);
        })
    };
    let within = disclosed("within", open, Category::Identity, &|_| ());
    assert_eq!(within.verdict, None, "{:?}", within.findings);
    only(&disclosed("outside", open, Category::Health, &|_| ()), Code::OutsideConsent);
    only(
        &disclosed("too long", open, Category::Identity, &|entry| {
            entry.grants[0].expires = now.day().plus(9_000);
        }),
        Code::OutsideConsent,
    );
    let third = planted.town.id(3);
    only(
        &disclosed("to a third", open, Category::Identity, &|entry| entry.grants[0].recipient = third),
        Code::OutsideConsent,
    );
    only(&disclosed("after", withdrawn, Category::Identity, &|_| ()), Code::AfterWithdrawal);
    only(
        &disclosed("expired", open, Category::Identity, &|entry| entry.claimed_at = now.plus(200 * DAY)),
        Code::AfterExpiry,
    );
    let emergency = disclosed("undeclared", open, Category::Identity, &|entry| {
        let event = EmergencyDisclosed { emergency: EventId([7; 16]), categories: vec![Category::Identity] };
        (entry.kind, entry.public) = (54, Event::from(event).encode());
        let Basis::Consent(at) = entry.basis else { panic!("on a consent") };
        entry.basis = Basis::Emergency(at);
    });
    among(&emergency, &[Code::UndeclaredEmergency]);
    let sealed = disclosed("office", open, Category::Office, &|_| ());
    among(&sealed, &[Code::WrongKindRule, Code::OutsideConsent]);
    // What an office says of itself is followed in no thread: nothing is disclosed there either.
    for (name, notices) in [("own notices", north), ("notices of another", third)] {
        let hidden = planted.forged(name, |forge| {
            let (log, south) = (forge.log(north), planted.south());
            let event = SectionsDisclosed { categories: vec![Category::Identity] }.into();
            let thread = notices_of(notices);
            let mut entry = log.next(&event, thread, Audience::Office(south), now);
            let consent = log.newest(|it| it.thread == open.referral && it.kind == 48);
            entry.basis = Basis::Consent(plant::at_of(&consent));
            entry.grants.push(plant::grant(Category::Identity, south, now.day()));
            log.append(&entry);
        });
        only(&hidden, Code::OutsideConsent);
    }
}

#[test]
fn a_time_that_witnesses_contradict_is_found_whichever_way_it_was_made_up() {
    let (planted, open, _) = in_referrals();
    let (north, now) = (planted.north(), planted.town.clock_now());
    let message = |forge: &mut Forge<'_>, at: Timestamp| {
        let to = planted.town.id(open.to);
        let log = forge.log(north);
        let entry = plant::message(log, open.referral, to, at);
        log.append(&entry);
    };
    let fresh = planted.forged("fresh", |forge| message(forge, now));
    assert_eq!(fresh.verdict, None, "{:?}", fresh.findings);
    only(&planted.forged("backdated", |forge| message(forge, Timestamp(now.0 - DAY))), Code::Backdated);
    let hidden = planted.forged("hidden", |forge| {
        let log = forge.log(north);
        let opened = LogOpened { previous: Some(ClosedHead { log: 0, size: 1, root: Hash([1; 32]) }) };
        let thread = notices_of(north);
        let entry = log.next(&opened.into(), thread, Audience::Nobody, now.plus(HOUR));
        log.append(&entry);
        message(forge, Timestamp(now.0 - DAY));
    });
    only(&hidden, Code::Backdated);
    let postdated = planted.forged("postdated", |forge| {
        message(forge, now.plus(DAY));
        let log = forge.log(north);
        let entry = plant::cosigned(log, &planted.witnesses, now);
        log.append(&entry);
    });
    only(&postdated, Code::Postdated);
    let by_one = planted.forged("by one", |forge| {
        message(forge, now.plus(DAY));
        let log = forge.log(north);
        let others = planted.witnesses.iter().filter(|(office, _)| **office != north);
        let entry = plant::cosigned(log, others.take(1), now);
        log.append(&entry);
    });
    assert_eq!(by_one.verdict, None, "one witness alone bounds nothing: {:?}", by_one.findings);
    let wrong_role = planted.forged("wrong role", |forge| {
        let others = planted.keys.keys().map(|office| (*office, WitnessKey::from_seed(&[2; 32])));
        let log = forge.log(north);
        let entry = plant::cosigned(log, &others.collect::<BTreeMap<_, _>>(), now);
        log.append(&entry);
    });
    only(&wrong_role, Code::CosignatureInvalid);
}

/// A second roster version that ends north's key at the head that the log has, and gives it another.
fn rotated(planted: &Planted, forge: &mut Forge<'_>) -> LogKey {
    let (north, next) = (planted.north(), LogKey::from_seed(&[77; 32]));
    let mut roster = Roster::parse(&forge.rosters[0]).unwrap();
    roster.version = 2;
    roster.previous = fingerprint(&Roster::parse(&forge.rosters[0]).unwrap().encode());
    let head = forge.logs[&north].head();
    let office = roster.offices.iter_mut().find(|office| office.id == north).unwrap();
    office.logs[0].end = Some(head);
    office.logs.push(LogRange { log: 0, from: head.size + 1, end: None, key: next.public() });
    let (one, two) = (RootKey::from_seed(&[1; 32]), RootKey::from_seed(&[2; 32]));
    forge.rosters.push(roster.sign(&[("root-1", &one), ("root-2", &two)]));
    next
}

#[test]
fn an_ended_key_signs_nothing_more_and_no_entry_hides_under_it() {
    let planted = planted();
    let (north, now) = (planted.north(), planted.town.clock_now());
    let note = |log: &Log, roster| {
        let event = GivenBack { office: north, log: 0 }.into();
        let thread = notices_of(north);
        let entry = log.next(&event, thread, Audience::Nobody, now);
        Entry { roster, ..entry }
    };
    let stolen = planted.forged("stolen", |forge| {
        rotated(&planted, forge);
        let log = forge.log(north);
        let entry = note(log, 2);
        log.append(&entry);
    });
    only(&stolen, Code::WrongKeyRange);

    let mut keys = all_keys(&planted.town);
    keys.insert(north, LogKey::from_seed(&[77; 32]));
    // Entries that name these versions, in order; 0: witnesses cosign what is there.
    let with_new_key = |name: &str, rosters: &[u32]| {
        let mut forge = Forge::open(&planted.honest(), &keys);
        rotated(&planted, &mut forge);
        for roster in rosters {
            let log = forge.log(north);
            let entry = match roster {
                0 => Entry { roster: 2, ..plant::cosigned(log, &planted.witnesses, now) },
                roster => note(log, *roster),
            };
            log.append(&entry);
        }
        let dir = planted.place.path().join(name);
        forge.write(&dir);
        verified(&dir)
    };
    assert_eq!(with_new_key("rightly", &[2]).verdict, None);
    // It had not heard yet of the version that ended its old key.
    assert_eq!(with_new_key("before it heard", &[1, 1, 2, 0, 2]).verdict, None);
    assert_eq!(with_new_key("both at once", &[1, 2, 1]).verdict, None);
    only(&with_new_key("long after", &[1, 2, 0, 1]), Code::WrongKeyRange);
    only(&with_new_key("under none", &[3]), Code::UnknownRoster);

    let shorter = planted.forged("shorter", |forge| {
        rotated(&planted, forge);
        let log = forge.log(north);
        log.entries.pop();
    });
    among(&shorter, &[Code::WrongKeyRange]);
}

#[test]
fn two_versions_of_the_roster_of_one_number_are_a_fraud_of_who_signed_both() {
    let planted = planted();
    let root = |seed| RootKey::from_seed(&[seed; 32]);
    let first = Roster::parse(&Forge::open(&planted.honest(), &planted.keys).rosters[0]).unwrap();
    let second = |days: u64| {
        let expires_at = first.expires_at.plus(days * DAY);
        Roster { version: 2, previous: fingerprint(&first.encode()), expires_at, ..first.clone() }
    };
    let both = |roster: &Roster| roster.sign(&[("root-1", &root(1)), ("root-2", &root(2))]);
    let with = |name: &str, path: &str, other: &[u8]| {
        let mut bundle = Forge::open(&planted.honest(), &planted.keys);
        bundle.rosters.push(both(&second(7)));
        let dir = planted.place.path().join(name);
        bundle.write(&dir);
        assert_eq!(verified(&dir).verdict, None);
        let mut files = files(&dir);
        files.insert(path.to_owned(), other.to_vec());
        let dir = planted.place.path().join(format!("{name} and another"));
        put(&dir, &files);
        verified(&dir)
    };
    let other = second(9);
    let path = format!("roster/2.{}", fingerprint(&other.encode()));
    only(&with("two", &path, &both(&other)), Code::TwoRosters);
    // An office that was shown the other one, and what follows it, is not blamed for it.
    let after =
        |before: &Roster| Roster { version: 3, previous: fingerprint(&before.encode()), ..before.clone() };
    let (ours, theirs) = (after(&second(7)), after(&other));
    let of_other = |name: &str, versions: &[&Roster]| {
        let mut bundle = Forge::open(&planted.honest(), &planted.keys);
        bundle.rosters.extend([both(&second(7)), both(&ours)]);
        let mut tree = Frontier::new();
        let texts = [&first].into_iter().chain(versions.iter().copied());
        texts.for_each(|roster| tree.push(leaf_hash(roster.encode().as_bytes())));
        let version = 1 + u32::try_from(versions.len()).unwrap();
        let word = planted.roster_word(planted.north(), version, tree.root());
        publishes(&mut bundle, planted.north(), word, planted.town.clock_now());
        let dir = planted.place.path().join(name);
        bundle.write(&dir);
        let mut files = files(&dir);
        files.insert(path.clone(), both(&other));
        files.insert(format!("roster/3.{}", fingerprint(&theirs.encode())), both(&theirs));
        let dir = planted.place.path().join(format!("{name} and the other"));
        put(&dir, &files);
        verified(&dir)
    };
    only(&of_other("shown", &[&other]), Code::TwoRosters);
    only(&of_other("shown what follows", &[&other, &theirs]), Code::TwoRosters);
    for (name, versions) in [("made up", [&second(8)].as_slice()), ("mixed", [&other, &ours].as_slice())] {
        among(&of_other(name, versions), &[Code::TwoRosters, Code::RosterDiffers]);
    }
    let alone = other.sign(&[("root-1", &root(1))]);
    only(&with("one of two", &path, &alone), Code::FileExtra);
    only(&with("another name", &format!("roster/2.{}", Hash([1; 32])), &both(&other)), Code::FileExtra);
    let same = second(7);
    only(
        &with("the same", &format!("roster/2.{}", fingerprint(&same.encode())), &both(&same)),
        Code::FileExtra,
    );
    let again = Roster { expires_at: first.expires_at.plus(DAY), ..first.clone() };
    let path = format!("roster/1.{}", fingerprint(&again.encode()));
    only(&with("the first", &path, &both(&again)), Code::TwoRosters);
}

#[test]
fn what_does_not_fit_its_thread_or_names_what_is_not_there_is_found() {
    let (planted, open, _) = in_referrals();
    let (north, now) = (planted.north(), planted.town.clock_now());
    let to = planted.town.id(open.to);
    let appended = |name: &str, event: Event, spoil: &dyn Fn(&Log, &mut Entry)| {
        planted.forged(name, |forge| {
            let log = forge.log(north);
            let mut entry = log.next(&event, open.referral, Audience::Office(to), now);
            spoil(log, &mut entry);
            log.append(&entry);
        })
    };
    let withdrawn: Event = ConsentWithdrawn { chain: EventId([5; 16]), by: EndedBy::Person }.into();
    only(&appended("other chain", withdrawn, &|_, _| ()), Code::Anomaly);
    let ended: Event = ReferralWithdrawn { by: EndedBy::Sender }.into();
    let receivers = appended("receiver's", ended.clone(), &|_, entry| {
        (entry.kind, entry.public) = (86, Vec::new());
    });
    only(&receivers, Code::Anomaly);
    let cause = |index: u64, leaf| Ref { office: north, log: 0, index, leaf };
    let missing = appended("cause", ended.clone(), &|log, entry| {
        entry.causes.push(cause(3, log.entry(4).leaf()));
    });
    only(&missing, Code::CauseMissing);
    let later = appended("later", ended.clone(), &|log, entry| {
        entry.causes.push(cause(log.all().len() as u64 + 5, Hash([1; 32])));
    });
    only(&later, Code::CauseMissing);
    let unknown = appended("elsewhere", ended.clone(), &|_, entry| {
        entry.causes.push(Ref { office: OfficeId([9; 16]), log: 0, index: 1, leaf: Hash([1; 32]) });
    });
    assert_eq!(unknown.verdict, None, "{:?}", unknown.findings);
    only(&appended("gap", ended.clone(), &|_, entry| entry.pair_seq += 1), Code::Gap);
    let thread = appended("thread", ended.clone(), &|_, entry| entry.thread_prev = None);
    only(&thread, Code::ThreadBroken);
    let stranger = appended("stranger", ended.clone(), &|_, entry| {
        entry.audience = Audience::Office(OfficeId([9; 16]));
        (entry.pair_seq, entry.pair_prev) = (1, Hash([0; 32]));
    });
    among(&stranger, &[Code::UnknownOffice]);
    let place = appended("place", ended, &|_, entry| entry.index += 1);
    among(&place, &[Code::WrongPlace]);
    let receipt = Receipted { entries: vec![Ref { office: to, log: 0, index: 2, leaf: Hash([1; 32]) }] };
    let receipt = planted.forged("receipt", |forge| {
        let log = forge.log(north);
        let thread = notices_of(north);
        let entry = log.next(&receipt.into(), thread, Audience::Nobody, now);
        log.append(&entry);
    });
    only(&receipt, Code::ReceiptDiffers);
    let noise = planted.forged("noise", |forge| forge.log(north).entries.push(vec![1, 1, 7]));
    only(&noise, Code::NonCanonical);
}

#[test]
fn a_proof_that_does_not_hold_is_found() {
    let planted = planted();
    let north = planted.north();
    let spoilt = |name: &str, spoil: &dyn Fn(&mut [Proven])| {
        planted.forged(name, |forge| {
            let records = &mut forge.log(north).records;
            let from = records.len() - 3;
            spoil(&mut records[from..]);
        })
    };
    only(&spoilt("path", &|records| records[1].path[0] = Hash([1; 32])), Code::ReceivedUnproven);
    only(&spoilt("longer", &|records| records[1].path.push(Hash([1; 32]))), Code::ReceivedUnproven);
    only(
        &spoilt("shorter", &|records| {
            let short = records[1].path.len() - 1;
            records[1].path.truncate(short);
        }),
        Code::ReceivedUnproven,
    );
    only(&spoilt("none", &|records| records[1].path.clear()), Code::ReceivedUnproven);
    only(
        &spoilt("other head", &|records| records[1].checkpoint = b"nothing\n".to_vec()),
        Code::ReceivedUnproven,
    );
    let missing = planted.forged("missing", |forge| drop(forge.log(north).records.remove(1)));
    among(&missing, &[Code::ReceivedMissing]);
    let more = planted.forged("more", |forge| {
        let records = &mut forge.log(north).records;
        let gap = (1..records.len()).find(|next| records[next - 1].at + 1 < records[*next].at).unwrap();
        let unnamed = Proven { at: records[gap].at - 1, ..records[gap].clone() };
        records.insert(gap, unnamed);
    });
    among(&more, &[Code::ReceivedExtra]);
    let other = spoilt("other entry", &|records| records[1].entry = records[2].entry.clone());
    among(&other, &[Code::ReceivedDiffers]);
    let unsigned = spoilt("another's head", &|records| {
        let head = Head { size: 9, root: Frontier::new().root() };
        let key = LogKey::from_seed(&[5; 32]);
        let office = Entry::parse(&records[1].entry).unwrap().office;
        records[1].checkpoint = sign_checkpoint(&key, &Origin { network: NETWORK, office, log: 0 }, &head);
    });
    only(&unsigned, Code::ReceivedUnproven);
    // Out of its thread, what was received would not be followed.
    let hidden = planted.forged("hidden", |forge| {
        let log = forge.log(north);
        let at = log.records.last().unwrap().at;
        log.change(at, |own| (own.thread, own.thread_prev) = (ThreadId([9; 16]), None));
    });
    assert!(hidden.findings.iter().any(|it| it.what.contains("in the thread of the entry")), "{hidden:?}");
    // An entry that its writer never signed, and whose proof does not hold, accuses nobody of a fork.
    let made_up = planted.forged("made up", |forge| {
        let log = forge.log(north);
        let record = log.records.last_mut().unwrap();
        let mut theirs = Entry::parse(&record.entry).unwrap();
        theirs.event = EventId([9; 16]);
        record.entry = theirs.encode();
        let (at, leaf) = (record.at, leaf_hash(&record.entry));
        log.change(at, |own| {
            let Ok(Event::Received(received)) = Event::decode(own.kind, &own.public) else {
                panic!("a proof without its receipt");
            };
            let named = Ref { leaf, ..received.entry };
            own.public = Event::from(Received { entry: named, ..received }).encode();
        });
    });
    says_of(&made_up, Code::ReceivedUnproven, north);
    assert!(!made_up.findings.iter().any(|it| it.what.contains("signed another entry")), "{made_up:?}");
}

#[test]
fn who_keeps_a_head_does_not_answer_for_a_line_that_its_sender_put_beside_the_logs() {
    let planted = planted();
    let (witness, key) = planted.witnesses.iter().next().unwrap();
    let origin = Origin { network: NETWORK, office: *witness, log: 0 };
    let of_another = cosign(key, &origin, &Head { size: 9, root: Hash([1; 32]) }, Timestamp(9));
    let line = Cosigner::of(&NETWORK, witness, key.public()).line(&of_another);
    let beside = planted.forged("a false cosignature", |forge| {
        let record = forge.log(planted.north()).records.last_mut().unwrap();
        record.checkpoint.extend(line.into_bytes());
    });
    assert_eq!(beside.verdict, None, "{:?}", beside.findings);
}

#[test]
fn what_an_office_says_of_heads_may_be_longer_than_a_thread() {
    let planted = planted();
    let (north, now) = (planted.north(), planted.town.clock_now());
    let long = planted.forged("long", |forge| {
        let log = forge.log(north);
        let heads = heads_of(north);
        let mut entry = log.next(&Receipted { entries: Vec::new() }.into(), heads, Audience::Nobody, now);
        for _ in 0..1 << 14 {
            log.append(&entry);
            (entry.thread_prev, entry.index) = (Some(entry.index), entry.index + 1);
        }
        log.append(&entry);
    });
    assert_eq!(long.verdict, None, "{:?}", long.findings);
}

#[test]
fn a_record_of_another_entry_says_nothing_in_a_thread() {
    let planted = planted();
    let north = planted.north();
    let report = planted.forged("repeated", |forge| {
        let records = &mut forge.log(north).records;
        let read = |record: &Proven| Entry::parse(&record.entry).unwrap();
        let later = |accept: usize| {
            let thread = read(&records[accept]).thread;
            (accept + 1..records.len()).find(|at| read(&records[*at]).thread == thread)
        };
        let mut accepts = (0..records.len()).filter(|at| read(&records[*at]).kind == 82);
        let (accept, other) = accepts.find_map(|accept| Some((accept, later(accept)?))).unwrap();
        records[other].entry = records[accept].entry.clone();
        forge.logs.retain(|office, _| *office == north);
    });
    assert!(report.says(Code::ReceivedDiffers) && !report.says(Code::Anomaly), "{:?}", report.findings);
}

fn says_of(report: &Report, code: Code, office: OfficeId) {
    let office = Some(office.to_string());
    assert!(report.findings.iter().any(|it| it.code == code && it.office == office), "{:?}", report.findings);
}

/// The report on what is in the logs of a town.
fn report_of(town: &mut Town, place: &Path) -> Report {
    witness(town);
    export(town, &(1..=crate::story::offices(town)).collect::<Vec<_>>(), place);
    verified(place)
}

#[test]
fn a_withdrawal_that_is_never_answered_and_deadlines_that_pass_are_found() {
    let place = tempfile::tempdir().unwrap();
    let mut town = Town::new(3);
    witness(&mut town);
    let referred = accepted(&mut town);
    town.does(SOUTH, RecordContact { referral: referred.referral, at: town.clock_now() }).unwrap();
    town.exchange();
    witness(&mut town);
    // South is away from here on.
    withdraw_consent(&town, referred);
    let south = town.desks[usize::from(SOUTH) - 1].take();
    for _ in 0..5 {
        town.pass(20 * HOUR);
        town.exchange();
    }
    town.mail.clear();
    town.desks[usize::from(SOUTH) - 1] = south;
    witness_quietly(&mut town);
    let dir = place.path().join("bundle");
    export(&town, &[1, 2, 3], &dir);
    let report = verified(&dir);
    among(&report, &[Code::WithdrawalUnanswered]);
    let told = report.findings.iter().find(|it| it.code == Code::WithdrawalUnanswered).unwrap();
    assert_eq!(told.thread, Some(referred.referral.to_string()));
    assert_eq!(report.verdict, Some(Class::Duty), "{:?}", report.findings);
}

#[test]
fn an_offer_that_nobody_looks_at_is_found_with_its_deadline() {
    let place = tempfile::tempdir().unwrap();
    let mut town = Town::new(3);
    witness(&mut town);
    let case = case(&town);
    let referred = offered(&mut town, case, SOUTH);
    for _ in 0..5 {
        town.pass(DAY);
        town.exchange();
    }
    let report = report_of(&mut town, &place.path().join("bundle"));
    only(&report, Code::DeadlineMissed);
    assert_eq!(report.findings[0].thread, Some(referred.referral.to_string()));
    assert!(report.findings[0].what.starts_with("acknowledge was due by"), "{}", report.findings[0].what);
}

#[test]
fn a_bit_flipped_in_any_file_is_found_with_the_old_manifest_and_with_one_that_fits() {
    let planted = planted();
    let good = files(&planted.honest());
    for (number, (path, bytes)) in good.iter().enumerate() {
        for at in [0, bytes.len() / 3, bytes.len() - 2] {
            let mut spoilt = good.clone();
            spoilt.get_mut(path).unwrap()[at] ^= 4;
            let dir = planted.place.path().join(format!("{number}-{at}"));
            put(&dir, &spoilt);
            let report = verified_here(&dir);
            assert!(report.verdict.is_some_and(|class| class > Class::Form), "{path} at {at}: {report:?}");
            // A damaged proof is no word of anybody.
            let of_proofs = |word: &&str| word.starts_with("received_");
            assert!(
                !path.contains("/received/") || report.counts.keys().all(of_proofs),
                "{path}: {report:?}"
            );
            std::fs::write(dir.join("manifest"), crate::forge::manifest(&good)).unwrap();
            assert!(verified_here(&dir).says(Code::FileDiffers), "{path}");
            std::fs::remove_dir_all(&dir).unwrap();
        }
    }
}

#[test]
fn a_damaged_tile_of_a_long_log_accuses_nobody() {
    let planted = planted();
    let (north, now) = (planted.north(), planted.town.clock_now());
    let long = planted.forged("long", |forge| {
        let log = forge.log(north);
        let thread = notices_of(north);
        for _ in 0..600 {
            let entry = log.next(&Receipted { entries: Vec::new() }.into(), thread, Audience::Nobody, now);
            log.append(&entry);
        }
    });
    assert_eq!(long.verdict, None, "{:?}", long.findings);
    let good = files(&planted.place.path().join("long"));
    for tile in ["tile/0/000", "tile/0/001", "tile/1/000.p/2"] {
        let mut spoilt = good.clone();
        spoilt.get_mut(&format!("offices/{north}/0/{tile}")).unwrap().rotate_left(32);
        let dir = planted.place.path().join(tile.replace('/', "."));
        put(&dir, &spoilt);
        only(&verified(&dir), Code::TileDiffers);
    }
}

#[test]
fn who_leaves_out_what_others_wrote_hides_no_disclosure_of_its_own() {
    let (planted, open, _) = in_referrals();
    let (north, now) = (planted.north(), planted.town.clock_now());
    let hidden = planted.forged("records gone", |forge| {
        let log = forge.log(north);
        let entry = planted.disclosure(log, open, Category::Health, now);
        log.append(&entry);
        log.records.clear();
    });
    among(&hidden, &[Code::ReceivedMissing, Code::OutsideConsent]);
}

#[test]
fn consent_given_to_another_does_not_cover_this_one() {
    // The case of the open referral has consents for south only; a grant that names them in another thread is outside.
    let (planted, open, withdrawn) = in_referrals();
    let (north, now) = (planted.north(), planted.town.clock_now());
    let report = planted.forged("other thread", |forge| {
        let log = forge.log(north);
        let mut entry = planted.disclosure(log, open, Category::Identity, now);
        let other = log.newest(|it| it.thread == withdrawn.referral && it.kind == 48);
        entry.basis = Basis::Consent(plant::at_of(&other));
        log.append(&entry);
    });
    only(&report, Code::OutsideConsent);
}
