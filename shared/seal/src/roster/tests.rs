//! The roster: its text, and what a next version may and may not do.

use super::*;

const NOW: Timestamp = Timestamp(1_800_000_000);
const EXPIRES: Timestamp = Timestamp(1_810_000_000);

fn root(number: u8) -> RootKey {
    RootKey::from_seed(&[number; 32])
}

fn key(number: u8) -> PublicKey {
    root(number).public()
}

fn office(number: u8) -> Office {
    Office {
        id: OfficeId([number; 16]),
        slot: NonZeroU16::new(u16::from(number)).unwrap(),
        state: OfficeState::Active,
        country: *b"NO",
        institution: Institution::Ngo,
        roles: vec![OfficeRole::Office, OfficeRole::Coordinator],
        name: format!("House {number}"),
        organisation: "Søster Foundation".into(),
        logs: vec![LogRange { log: 0, from: 0, end: None, key: key(100 + number) }],
        witness: Some(key(150 + number)),
    }
}

fn first() -> Roster {
    let verifier = |name: &str, number| Verifier { name: name.into(), key: key(number) };
    Roster {
        network: NetworkId([7; 16]),
        version: 1,
        previous: crate::hash::ZERO,
        expires_at: EXPIRES,
        threshold: 2,
        roots: vec![verifier("anna", 1), verifier("boris", 2), verifier("chitra", 3)],
        offices: vec![office(1), office(2)],
    }
}

fn next(before: &Roster) -> Roster {
    let previous = fingerprint(&before.encode());
    Roster { version: before.version + 1, previous, ..before.clone() }
}

/// Signed by the keys of seed 1 and 2 under the first two names.
fn signed(roster: &Roster) -> Vec<u8> {
    roster.sign(&[("anna", &root(1)), ("boris", &root(2))])
}

fn chain() -> RosterChain {
    RosterChain::start(&signed(&first()), &fingerprint(&first().encode())).unwrap()
}

fn accept(roster: &Roster) -> Result<Standing, RosterFault> {
    chain().accept(&signed(roster), NOW)
}

#[test]
fn a_version_reads_back_from_its_text() {
    let mut roster = first();
    let end = Head { size: 900, root: Hash([4; 32]) };
    roster.offices[1].logs = vec![
        LogRange { log: 0, from: 0, end: Some(end), key: key(60) },
        LogRange { log: 0, from: 901, end: Some(Head { size: 1_000, ..end }), key: key(61) },
        LogRange { log: 1, from: 0, end: None, key: key(62) },
    ];
    roster.offices[0].witness = None;
    roster.offices[0].state = OfficeState::Suspended;
    let bytes = signed(&roster);
    assert_eq!(Roster::parse(&bytes), Ok(roster));
    assert!(looks_like_roster(&bytes));
    let text = first().encode();
    let expected = "waymark-roster/v1\nnetwork 07070707070707070707070707070707\nversion 1\nprevious 0000";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains(
        "\noffice 01010101010101010101010101010101 s001 active NO ngo office,coordinator\nname House 1\n"
    ));
}

#[test]
fn every_wrong_line_is_refused_and_named() {
    let text = first().encode();
    let replaced = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        Roster::from_text(&text.replacen(from, to, 1)).unwrap_err()
    };
    assert_eq!(replaced("roster/v1", "roster/v2"), RosterFault::Malformed(1));
    assert_eq!(replaced("network 07", "network 7"), RosterFault::Malformed(2));
    assert_eq!(replaced("version 1", "version 01"), RosterFault::Malformed(3));
    assert_eq!(replaced("version 1", "version 4294967296"), RosterFault::Malformed(3));
    assert_eq!(replaced("threshold 2", "threshold 300"), RosterFault::Malformed(6));
    assert_eq!(replaced("threshold 2", "threshold 0"), RosterFault::BadThreshold);
    assert_eq!(replaced("threshold 2", "threshold 4"), RosterFault::BadThreshold);
    assert_eq!(replaced("root anna", "root an+na"), RosterFault::Malformed(7));
    assert_eq!(replaced("s001", "s1"), RosterFault::NonCanonical);
    assert_eq!(replaced("s001", "s000"), RosterFault::Malformed(10));
    assert_eq!(replaced("s001", "s003"), RosterFault::Disordered("slots"));
    assert_eq!(replaced("active", "busy"), RosterFault::Malformed(10));
    assert_eq!(replaced(" NO ", " no "), RosterFault::Malformed(10));
    assert_eq!(replaced("ngo", "bank"), RosterFault::Malformed(10));
    assert_eq!(replaced("office,coordinator", "coordinator,office"), RosterFault::Disordered("roles"));
    assert_eq!(replaced("office,coordinator", "office,office"), RosterFault::Disordered("roles"));
    assert_eq!(replaced("name House 1", "name  House 1"), RosterFault::Malformed(11));
    assert_eq!(replaced("name House 1", &format!("name {}", "x".repeat(121))), RosterFault::Malformed(11));
    assert_eq!(replaced("log 0 0 - -", "log 1 0 - -"), RosterFault::Disordered("log keys"));
    assert_eq!(replaced("log 0 0 - -", "log 0 5 - -"), RosterFault::Disordered("log keys"));
    assert_eq!(replaced("log 0 0 - -", "log 0 0 9 -"), RosterFault::Malformed(13));
    assert_eq!(replaced(&"02".repeat(16), &"01".repeat(16)), RosterFault::Disordered("offices"));
    assert_eq!(Roster::from_text(&format!("{text}more 1\n")), Err(RosterFault::Malformed(20)));
    assert_eq!(Roster::parse(text.as_bytes()), Err(RosterFault::NotANote));
    assert_eq!(Roster::parse(&vec![b'a'; ROSTER_MAX + 1]), Err(RosterFault::TooLarge));
}

#[test]
fn weak_keys_and_keys_with_two_uses_are_refused() {
    let text = first().encode();
    let weak = text.replacen(&key(101).to_string(), &"00".repeat(32), 1);
    assert_eq!(Roster::from_text(&weak), Err(RosterFault::WeakKey(13)));
    for (one, other) in [(1, 101), (101, 102), (101, 151), (151, 152), (1, 2)] {
        let twice = text.replacen(&key(other).to_string(), &key(one).to_string(), 1);
        assert_eq!(Roster::from_text(&twice), Err(RosterFault::KeyUsedTwice), "{one} for {other}");
    }
}

#[test]
fn the_first_version_must_have_the_fingerprint_that_was_compared() {
    let roster = first();
    let compared = fingerprint(&roster.encode());
    let start = |bytes: &[u8], compared| RosterChain::start(bytes, compared).err();
    assert_eq!(start(&signed(&roster), &compared), None);
    assert_eq!(start(&signed(&roster), &Hash([1; 32])), Some(RosterFault::WrongFingerprint));
    let one = roster.sign(&[("anna", &root(1))]);
    let below = RosterFault::BelowThreshold { version: 1, signed: 1, needed: 2 };
    assert_eq!(start(&one, &compared), Some(below));
    let two = Roster::add_signature(&one, "chitra", &root(3)).unwrap();
    assert_eq!(start(&two, &compared), None);
    let twice = Roster::add_signature(&one, "anna", &root(1)).unwrap();
    assert_eq!(start(&twice, &compared), Some(below), "one key counts once");
    let second = next(&roster);
    let wrong = RosterFault::WrongVersion { expected: 1, found: 2 };
    assert_eq!(start(&signed(&second), &fingerprint(&second.encode())), Some(wrong));
}

#[test]
fn a_next_version_needs_a_threshold_of_the_old_and_of_its_own_roots() {
    let before = first();
    assert_eq!(accept(&next(&before)), Ok(Standing::InForce));
    let mut roster = next(&before);
    roster.roots[0] = Verifier { name: "anna".into(), key: key(9) };
    // Boris and Chitra are two of the old ones and two of the new ones.
    let old_two = [("boris", root(2)), ("chitra", root(3))];
    let sign = |keys: &[(&str, RootKey)]| {
        let keys: Vec<_> = keys.iter().map(|(name, key)| (*name, key)).collect();
        chain().accept(&roster.sign(&keys), NOW)
    };
    assert_eq!(sign(&old_two), Ok(Standing::InForce));
    let below = |version, signed| Err(RosterFault::BelowThreshold { version, signed, needed: 2 });
    assert_eq!(sign(&[("anna", root(9)), ("boris", root(2))]), below(1, 1));
    assert_eq!(sign(&[("anna", root(1)), ("boris", root(2))]), below(2, 1));
    assert_eq!(sign(&[("anna", root(1)), ("anna", root(9)), ("boris", root(2))]), Ok(Standing::InForce));
    assert_eq!(sign(&[("dora", root(44))]), below(1, 0));
    let text = roster.encode();
    let forged = note::signature_line("another text\n", "boris", &root(2));
    let bytes = format!("{text}\n{forged}");
    assert_eq!(chain().accept(bytes.as_bytes(), NOW), Err(RosterFault::BadSignature));
}

#[test]
fn versions_follow_one_another_exactly() {
    let before = first();
    let good = next(&before);
    let wrong = |found| Err(RosterFault::WrongVersion { expected: 2, found });
    assert_eq!(accept(&Roster { version: 3, ..good.clone() }), wrong(3));
    assert_eq!(accept(&before), wrong(1));
    assert_eq!(accept(&Roster { previous: Hash([1; 32]), ..good.clone() }), Err(RosterFault::WrongPrevious));
    assert_eq!(
        accept(&Roster { network: NetworkId([1; 16]), ..good.clone() }),
        Err(RosterFault::WrongNetwork)
    );
    let mut chain = chain();
    assert_eq!(chain.accept(&signed(&good), NOW), Ok(Standing::InForce));
    assert_eq!(chain.accept(&signed(&good), NOW), Err(RosterFault::WrongVersion { expected: 3, found: 2 }));
    let versions: Vec<_> = chain.versions_above(0).map(<[u8]>::to_vec).collect();
    let compared = fingerprint(&before.encode());
    let loaded = RosterChain::load(versions.iter().map(Vec::as_slice), &compared, NOW).unwrap();
    assert_eq!((loaded.newest(), loaded.fingerprint()), (chain.newest(), chain.fingerprint()));
    assert_eq!(chain.versions_above(1).count(), 1);
    assert_eq!(chain.versions_above(2).count(), 0);
}

#[test]
fn two_versions_of_one_number_are_told_apart_and_only_enough_signatures_prove_it() {
    let mut chain = chain();
    let second = next(&first());
    assert_eq!(chain.accept(&signed(&second), NOW), Ok(Standing::InForce));
    let other = Roster { expires_at: Timestamp(EXPIRES.0 + 7), ..second.clone() };
    assert_eq!(chain.contradicted_by(&signed(&other)), Some(2));
    let one_of_two = other.sign(&[("anna", &root(1))]);
    assert_eq!(chain.contradicted_by(&one_of_two), None, "one root holder alone accuses nobody");
    assert_eq!(chain.contradicted_by(&signed(&second)), None, "it is the one that is held");
    let by_others = second.sign(&[("boris", &root(2)), ("chitra", &root(3))]);
    assert_eq!(
        chain.contradicted_by(&by_others),
        None,
        "other signatures on the same text are no other version"
    );
    assert_eq!(chain.contradicted_by(&signed(&next(&other))), None, "a version that is not held yet");
    let first_again = Roster { expires_at: Timestamp(EXPIRES.0 + 7), ..first() };
    assert_eq!(chain.contradicted_by(&signed(&first_again)), Some(1));
    let elsewhere = Roster { network: NetworkId([1; 16]), ..other };
    assert_eq!(chain.contradicted_by(&signed(&elsewhere)), None);
    assert_eq!(chain.contradicted_by(b"no roster"), None);
}

#[test]
fn an_expired_version_is_taken_and_said_to_be_expired() {
    let later = Timestamp(EXPIRES.0 + 1);
    let mut chain = chain();
    assert_eq!(chain.standing(EXPIRES), Standing::InForce);
    assert_eq!(chain.standing(later), Standing::Expired);
    let second = next(&first());
    assert_eq!(chain.accept(&signed(&second), later), Ok(Standing::Expired));
    let third = Roster { expires_at: Timestamp(later.0 + 9), ..next(&second) };
    assert_eq!(chain.accept(&signed(&third), later), Ok(Standing::InForce));
}

#[test]
fn what_a_version_has_fixed_stays() {
    let end = Head { size: 10, root: Hash([4; 32]) };
    let changed = |change: &dyn Fn(&mut Roster)| {
        let mut roster = next(&first());
        change(&mut roster);
        accept(&roster)
    };
    let history = Err(RosterFault::HistoryChanged);
    let fine = Ok(Standing::InForce);
    assert_eq!(changed(&|roster| roster.offices.truncate(1)), history);
    assert_eq!(changed(&|roster| roster.offices[1].slot = NonZeroU16::new(9).unwrap()), history);
    assert_eq!(changed(&|roster| roster.offices[1].logs[0].key = key(77)), history);
    assert_eq!(changed(&|roster| roster.offices[1].logs.clear()), history);
    assert_eq!(changed(&|roster| roster.offices[1].logs[0].end = Some(end)), fine);
    assert_eq!(changed(&|roster| roster.offices[1].state = OfficeState::Left), fine);
    assert_eq!(changed(&|roster| roster.offices[1].name = "Renamed".into()), fine);
    assert_eq!(changed(&|roster| roster.offices.push(office(5))), fine);
    // What ended stays ended, and who left stays away.
    let mut second = next(&first());
    second.offices[1].logs[0].end = Some(end);
    second.offices[1].state = OfficeState::Left;
    let mut chain = chain();
    assert_eq!(chain.accept(&signed(&second), NOW), fine);
    let third = next(&second);
    for change in [
        (&|roster: &mut Roster| roster.offices[1].logs[0].end = None) as &dyn Fn(&mut Roster),
        &|roster| roster.offices[1].logs[0].end = Some(Head { size: 11, ..end }),
        &|roster| roster.offices[1].state = OfficeState::Active,
    ] {
        let mut roster = third.clone();
        change(&mut roster);
        assert_eq!(chain.clone().accept(&signed(&roster), NOW), history);
    }
    // The key of the log that goes on is replaced, and who judges by the version before still finds the old one.
    {
        let mut chain = self::chain();
        let mut rotated = next(&first());
        rotated.offices[1].logs[0].end = Some(end);
        rotated.offices[1].logs.push(LogRange { log: 0, from: 11, end: None, key: key(77) });
        rotated.offices[1].witness = Some(key(79));
        assert_eq!(chain.accept(&signed(&rotated), NOW), fine);
        let id = rotated.offices[1].id;
        let found = |size, as_of| chain.log_key(&id, 0, size, as_of).map(|range| range.key);
        assert_eq!((found(15, 1), found(15, 2)), (Ok(key(102)), Ok(key(77))));
        assert_eq!((found(10, 1), found(10, 2)), (Ok(key(102)), Ok(key(102))));
        let mut witnesses: Vec<_> = chain.witness_keys(id).collect();
        witnesses.sort_unstable();
        let mut both = vec![key(152), key(79)];
        both.sort_unstable();
        assert_eq!(witnesses, both);
        let gap = {
            let mut gap = rotated.clone();
            gap.offices[1].logs[1].from = 12;
            accept(&gap)
        };
        assert_eq!(gap, Err(RosterFault::Disordered("log keys")));
        // The key that was replaced never comes back, in no role.
        let mut back = next(&rotated);
        back.offices[1].witness = Some(key(152));
        assert_eq!(chain.clone().accept(&signed(&back), NOW), fine, "an earlier witness key of its own may");
        back.offices[0].witness = Some(key(152));
        assert_eq!(chain.accept(&signed(&back), NOW), Err(RosterFault::KeyUsedTwice));
    }
    // A key that was a witness's once is never anything else.
    let mut reused = third.clone();
    reused.offices[0].witness = None;
    assert_eq!(chain.accept(&signed(&reused), NOW), fine);
    let mut fourth = next(&reused);
    let next_log = LogRange { log: 1, from: 0, end: None, key: key(151) };
    fourth.offices[1].logs.push(next_log);
    assert_eq!(chain.clone().accept(&signed(&fourth), NOW), Err(RosterFault::KeyUsedTwice));
    fourth.offices[1].logs[1].key = key(78);
    assert_eq!(chain.accept(&signed(&fourth), NOW), fine);
}

#[test]
fn a_log_key_counts_for_its_range_of_sizes_only() {
    let ended = Head { size: 10, root: Hash([4; 32]) };
    let mut roster = first();
    roster.offices[0].logs = vec![
        LogRange { log: 0, from: 0, end: Some(ended), key: key(60) },
        LogRange { log: 0, from: 11, end: Some(Head { size: 20, ..ended }), key: key(61) },
        LogRange { log: 1, from: 0, end: None, key: key(62) },
    ];
    let chain = RosterChain::start(&signed(&roster), &fingerprint(&roster.encode())).unwrap();
    let id = OfficeId([1; 16]);
    let found = |log, size| chain.log_key(&id, log, size, 1).map(|range| range.key);
    assert_eq!(found(0, 0), Ok(key(60)));
    assert_eq!(found(0, 10), Ok(key(60)));
    assert_eq!(found(0, 11), Ok(key(61)));
    assert_eq!(found(0, 20), Ok(key(61)));
    assert_eq!(found(0, 21), Err(KeyFault::OutsideRange));
    assert_eq!(found(1, u64::MAX), Ok(key(62)));
    assert_eq!(found(2, 0), Err(KeyFault::OutsideRange));
    assert_eq!(chain.log_key(&id, 1, 5, 2), Err(KeyFault::Pending(2)));
    assert_eq!(chain.log_key(&OfficeId([9; 16]), 0, 0, 1), Err(KeyFault::UnknownOffice));
    let ranges: Vec<_> = chain.log_ranges(&id, 0).map(|range| range.key).collect();
    assert_eq!(ranges, [key(60), key(61)]);
    assert_eq!((chain.ended_in(&key(60)), chain.ended_in(&key(62))), (Some(1), None));
    // Under an ended key only the head at its end proves anything.
    let range = chain.log_key(&id, 0, 10, 1).unwrap();
    assert!(range.covers(&ended));
    assert!(
        !range.covers(&Head { size: 9, ..ended }) && !range.covers(&Head { root: Hash([5; 32]), ..ended })
    );
    assert_eq!(chain.newest().offices[0].current_log().map(|range| range.key), Some(key(62)));
}

#[test]
fn the_versions_are_a_log_whose_head_follows_from_their_texts() {
    let second = next(&first());
    let third = Roster { expires_at: EXPIRES.plus(1), ..next(&second) };
    let mut chain = chain();
    for version in [&second, &third] {
        chain.accept(&signed(version), NOW).unwrap();
    }
    let mut tree = crate::merkle::Frontier::new();
    for (version, roster) in (1..).zip([&first(), &second, &third]) {
        tree.push(crate::hash::leaf_hash(roster.encode().as_bytes()));
        assert_eq!(chain.head_at(version), Some(Head { size: version.into(), root: tree.root() }));
    }
    assert_eq!((chain.head_at(0), chain.head_at(4)), (None, None));
    // Who signed is no part of it.
    let mut again = RosterChain::start(&signed(&first()), &fingerprint(&first().encode())).unwrap();
    again.accept(&second.sign(&[("boris", &root(2)), ("chitra", &root(3))]), NOW).unwrap();
    assert_eq!(again.head_at(2), chain.head_at(2));
}
