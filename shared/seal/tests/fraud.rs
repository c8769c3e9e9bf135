//! A proof that an office signed two histories of its log: what proves it, and every way in which it proves nothing.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets the unexpected fails")]

mod network;

use std::collections::HashMap;

use waymark_domain::event::log::FraudProven;
use waymark_domain::ids::{Hash, NetworkId, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::sign_checkpoint;
use waymark_seal::fraud::{FRAUD_MAX, Fraud, FraudFault, FraudProof, Leaf, Side};
use waymark_seal::hash::{ZERO, leaf_hash};
use waymark_seal::merkle::{Frontier, inclusion};
use waymark_seal::rng::{Seeded, bytes};
use waymark_seal::roster::{LogRange, Roster, RosterChain};
use waymark_seal::sign::LogKey;
use waymark_seal::verify::{Verdict, VerifiedHead, verify_head};
use waymark_seal::{Head, Origin};

use network::{NETWORK, NORTH, SOUTH, chain, root_key, roster};

/// How much the two histories have in common.
const COMMON: u64 = 5;

fn key(seed: u8) -> LogKey {
    LogKey::from_seed(&[seed; 32])
}

fn origin() -> Origin {
    Origin { network: NETWORK, office: NORTH, log: 0 }
}

/// The chain after root holders have ended north's key at `end` and given it another, of the next incarnation or of the same log.
fn after_end(end: Head, same_log: bool) -> RosterChain {
    let (mut chain, root) = (chain(), root_key());
    let mut next = Roster { version: 2, previous: chain.fingerprint(), ..roster() };
    next.offices[0].logs[0].end = Some(end);
    let (log, from) = if same_log { (0, end.size + 1) } else { (1, 0) };
    next.offices[0].logs.push(LogRange { log, from, end: None, key: key(42).public() });
    chain.accept(&next.sign(&[("root", &root)]), Timestamp(1)).unwrap();
    chain
}

/// A log of so many entries; those from [`COMMON`] on are those of one history.
struct Log {
    nodes: HashMap<(u8, u64), Hash>,
    head: Head,
    history: u64,
}

fn leaf(index: u64, history: u64) -> Hash {
    let history = if index < COMMON { 0 } else { history };
    leaf_hash(&[index.to_le_bytes(), history.to_le_bytes()].concat())
}

fn log(size: u64, history: u64) -> Log {
    let (mut frontier, mut nodes) = (Frontier::new(), HashMap::new());
    for index in 0..size {
        frontier.push_with(leaf(index, history), |level, at, hash| {
            nodes.insert((level, at), hash);
        });
    }
    Log { nodes, head: Head { size, root: frontier.root() }, history }
}

impl Log {
    fn signed(&self) -> VerifiedHead {
        verify_head(&chain(), NORTH, 0, &sign_checkpoint(&key(40), &origin(), &self.head)).unwrap()
    }

    fn alone(&self) -> Side {
        Side::head(self.signed())
    }

    fn leaf(&self, index: u64) -> Leaf {
        let node = |level, at| self.nodes.get(&(level, at)).copied();
        let path = inclusion(self.head.size, index, &node).unwrap();
        Leaf { index, hash: leaf(index, self.history), path }
    }

    fn with(&self, index: u64) -> Side {
        Side::with_leaf(self.signed(), self.leaf(index)).unwrap()
    }
}

/// Two entries at one index under heads of two sizes.
fn proof() -> FraudProof {
    FraudProof::between(&log(9, 1).with(6), &log(12, 2).with(6)).unwrap()
}

fn text() -> String {
    String::from_utf8(proof().encode()).unwrap()
}

fn judged(text: &str) -> Result<Fraud, FraudFault> {
    FraudProof::parse(text.as_bytes())?.verify(&chain())
}

#[test]
fn two_heads_of_one_size_prove_it_and_the_file_reads_back() {
    let (one, other) = (log(9, 1), log(9, 2));
    let proof = FraudProof::between(&one.with(6), &other.alone()).unwrap();
    let bytes = proof.encode();
    assert_eq!(FraudProof::parse(&bytes), Ok(proof.clone()));
    assert_eq!(FraudProof::between(&other.alone(), &one.alone()), Some(proof.clone()), "the order is fixed");
    let proven = proof.verify(&chain()).unwrap();
    assert_eq!((proven.origin, proven.indices), (origin(), None));
    let mut heads = [one.head, other.head];
    heads.sort_by_key(|head| head.root);
    assert_eq!(proven.heads, heads);
}

/// The examples with which the fuzzing begins are golden bytes as well; `UPDATE=1` writes them.
#[test]
fn the_bytes_of_a_proof_are_those_of_the_corpus() {
    let heads = FraudProof::between(&log(9, 1).alone(), &log(9, 2).alone()).unwrap();
    for (name, proof) in [("heads", heads), ("entries", proof())] {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/fraud");
        let path = std::path::Path::new(folder).join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(&path, proof.encode()).unwrap();
        }
        assert_eq!(std::fs::read(path).unwrap(), proof.encode(), "{name}");
    }
}

#[test]
fn two_entries_at_one_index_prove_it_and_nothing_of_them_is_told_but_their_hashes() {
    let proven = judged(&text()).unwrap();
    assert_eq!((proven.heads.map(|head| head.size), proven.indices), ([9, 12], Some([6, 6])));
    assert!(text().starts_with("waymark-fraud/v1\nc2sp.org/tlog-proof@v1\nextra "), "{}", text());
    assert_eq!(text().matches("\n==\n").count(), 1);
}

#[test]
fn paths_of_two_entries_at_different_places_prove_it_where_they_know_one_node() {
    for (one, other) in
        [((9, 6), (12, 7)), ((8, 1), (16, 12)), ((8, 0), (11, 2)), ((6, 5), (8, 4)), ((6, 2), (8, 5))]
    {
        let proof = FraudProof::between(&log(one.0, 1).with(one.1), &log(other.0, 2).with(other.1));
        let proof = proof.unwrap_or_else(|| panic!("{one:?} {other:?}"));
        assert!(proof.verify(&chain()).is_ok());
    }
}

#[test]
fn an_honest_log_is_never_accused() {
    let logs: Vec<Log> = (1..=20).map(|size| log(size, 1)).collect();
    for (one, other) in logs.iter().flat_map(|one| logs.iter().map(move |other| (one, other))) {
        assert_eq!(FraudProof::between(&one.alone(), &other.alone()), None);
        for (at, against) in (0..one.head.size).flat_map(|at| (0..other.head.size).map(move |to| (at, to))) {
            assert_eq!(FraudProof::between(&one.with(at), &other.with(against)), None, "{at} {against}");
        }
    }
}

#[test]
fn among_many_sides_a_proof_is_found_where_any_two_give_one() {
    let mut rng = Seeded::new(7);
    let logs: Vec<Log> = (1..=14).flat_map(|size| [log(size, 1), log(size, 2)]).collect();
    let mut found = 0;
    for _ in 0..400 {
        let [count, only, ..] = bytes::<32>(&mut rng);
        let sides: Vec<Side> = (0..2 + count % 5)
            .map(|_| {
                let [of, with_leaf, at, ..] = bytes::<8>(&mut rng);
                // Mostly one history and a little of the other.
                let which = usize::from(of) % logs.len();
                let log = &logs[if at % 4 > 0 { which & !1 | usize::from(only % 2) } else { which }];
                if with_leaf % 3 == 0 { log.alone() } else { log.with(u64::from(at) % log.head.size) }
            })
            .collect();
        let pairs = || sides.iter().flat_map(|one| sides.iter().map(move |other| (one, other)));
        let proven = FraudProof::among(&sides);
        assert_eq!(proven.is_some(), pairs().any(|(one, other)| FraudProof::between(one, other).is_some()));
        if let Some(proof) = proven {
            found += 1;
            assert_eq!(
                FraudProof::parse(&proof.encode()).unwrap().verify(&chain()).unwrap().origin,
                origin()
            );
        }
    }
    assert!((50..350).contains(&found), "{found} of 400: it says little");
}

#[test]
fn what_both_histories_have_in_common_proves_nothing() {
    assert_eq!(FraudProof::between(&log(9, 1).with(2), &log(12, 2).alone()), None);
    assert_eq!(FraudProof::between(&log(8, 1).with(2), &log(11, 2).alone()), None, "nobody can tell");
    let shown = [text(), text().replace("index 6", "index 5")];
    assert_eq!(judged(&shown[0]).map(|_| ()), Ok(()));
    assert_eq!(judged(&shown[1]), Err(FraudFault::WrongPath));
}

/// A proof put together by hand, of whatever sides.
fn by_hand(sides: [(&Log, u64); 2]) -> String {
    let piece = |(log, index): (&Log, u64)| {
        let Leaf { index, hash, path } = log.leaf(index);
        let checkpoint = sign_checkpoint(&key(40), &origin(), &log.head);
        let proof = waymark_seal::proof::Proof { extra: Some(hash.0.to_vec()), index, path, checkpoint };
        String::from_utf8(proof.encode()).unwrap()
    };
    format!("waymark-fraud/v1\n{}==\n{}", piece(sides[0]), piece(sides[1]))
}

#[test]
fn two_sides_that_fit_each_other_are_refused() {
    let (small, large) = (log(9, 1), log(12, 1));
    for (one, other) in [(6, 6), (1, 11), (8, 8)] {
        assert_eq!(judged(&by_hand([(&small, one), (&large, other)])), Err(FraudFault::NoContradiction));
    }
    let fork = log(12, 2);
    assert_eq!(judged(&by_hand([(&small, 6), (&fork, 6)])).map(|_| ()), Ok(()));
}

#[test]
fn another_order_and_every_other_form_is_refused() {
    let (small, fork) = (log(9, 1), log(12, 2));
    assert_eq!(judged(&by_hand([(&fork, 6), (&small, 6)])), Err(FraudFault::NonCanonical));
    assert_eq!(judged(&by_hand([(&small, 6), (&log(9, 2), 6)])), Err(FraudFault::NonCanonical), "no paths");
    let good = text();
    for spoilt in [
        good.replace("waymark-fraud/v1", "waymark-fraud/v2"),
        good.replace("\n==\n", "\n=\n"),
        good.replace("@v1", "@v2"),
        good.replacen("index 6", "index 06", 1),
        good.replacen("extra ", "extra AA", 1),
        String::new(),
        good.lines().next().unwrap().to_owned(),
    ] {
        assert_eq!(FraudProof::parse(spoilt.as_bytes()), Err(FraudFault::Malformed), "{spoilt:.60}");
    }
    assert!(FraudProof::parse(&[&good.clone().into_bytes()[..], b"x"].concat()).is_err());
    let more = format!("{good}\u{2014} other.example AAAAAAAA\n");
    assert_eq!(judged(&more), Err(FraudFault::NonCanonical), "a line of somebody else");
}

#[test]
fn nothing_over_its_limit_is_read_and_the_longest_proof_is_within() {
    let path = vec![Hash([0xff; 32]); 64];
    let leaf = waymark_seal::proof::Proof {
        extra: Some(vec![0xff; 32]),
        index: u64::MAX,
        path,
        checkpoint: sign_checkpoint(
            &key(40),
            &Origin { log: u32::MAX, ..origin() },
            &Head { size: u64::MAX, root: ZERO },
        ),
    };
    let longest = 2 * leaf.encode().len() + text().lines().next().unwrap().len() + 8;
    assert!(longest <= FRAUD_MAX, "{longest}");
    const { assert!(FRAUD_MAX + 64 < waymark_domain::event::PUBLIC_MAX) };
    let over = format!("{}{}", text(), "x".repeat(FRAUD_MAX));
    assert_eq!(FraudProof::parse(over.as_bytes()), Err(FraudFault::TooLarge));
}

#[test]
fn heads_of_two_logs_and_of_another_log_than_the_one_accused_are_refused() {
    let own = String::from_utf8(sign_checkpoint(&key(40), &origin(), &log(9, 1).head)).unwrap();
    let sign = |origin: Origin, seed: u8| {
        String::from_utf8(sign_checkpoint(&key(seed), &origin, &log(9, 2).head)).unwrap()
    };
    for other in [Origin { office: SOUTH, ..origin() }, Origin { log: 1, ..origin() }] {
        let mixed = format!("waymark-fraud/v1\n{own}==\n{}", sign(other, 40));
        assert_eq!(judged(&mixed), Err(FraudFault::OtherLog));
    }
    let body = FraudProven { office: SOUTH, ..proof().published() };
    assert_eq!(FraudProof::of_published(&body), Err(FraudFault::OtherLog));
    assert_eq!(
        FraudProof::of_published(&FraudProven { log: 1, office: NORTH, ..body }),
        Err(FraudFault::OtherLog)
    );
    assert_eq!(FraudProof::of_published(&proof().published()), Ok(proof()));
    let foreign = Origin { network: NetworkId([9; 16]), ..origin() };
    let abroad = text().replace(&origin().to_string(), &foreign.to_string());
    assert_eq!(judged(&abroad), Err(FraudFault::Head(Verdict::WrongNetwork)));
}

#[test]
fn a_head_that_another_key_signed_or_that_was_changed_accuses_nobody() {
    let strange = |seed: u8| {
        let heads =
            [log(9, 1).head, log(9, 2).head].map(|head| sign_checkpoint(&key(seed), &origin(), &head));
        let mut heads = heads.map(|head| String::from_utf8(head).unwrap());
        if log(9, 1).head.root > log(9, 2).head.root {
            heads.swap(0, 1);
        }
        format!("waymark-fraud/v1\n{}==\n{}", heads[0], heads[1])
    };
    assert!(judged(&strange(40)).is_ok());
    assert_eq!(judged(&strange(41)), Err(FraudFault::Head(Verdict::BadSignature)), "south's key");
    let changed = text().replacen("\n12\n", "\n13\n", 1);
    assert_eq!(judged(&changed), Err(FraudFault::Head(Verdict::BadSignature)));
    let unknown = text().replace(&NORTH.to_string(), &OfficeId([77; 16]).to_string());
    assert_eq!(judged(&unknown), Err(FraudFault::Head(Verdict::UnknownOffice)));
}

#[test]
fn a_path_or_a_leaf_that_was_changed_proves_nothing() {
    let text = text();
    let path = text.lines().nth(4).unwrap();
    let other = text.lines().nth(5).unwrap();
    assert_eq!(judged(&text.replacen(path, other, 1)), Err(FraudFault::WrongPath));
    let extra = text.lines().nth(2).unwrap();
    let leaf = format!("extra {path}");
    assert_eq!(judged(&text.replacen(extra, &leaf, 1)), Err(FraudFault::WrongPath));
    let side = log(9, 1);
    assert_eq!(Side::with_leaf(side.signed(), Leaf { index: 5, ..side.leaf(6) }), None);
}

#[test]
fn whoever_steals_a_key_that_was_ended_accuses_nobody_with_it() {
    let end = log(20, 1).head;
    for same_log in [true, false] {
        let chain = after_end(end, same_log);
        let found = proof().verify(&chain);
        assert_eq!(found, Err(FraudFault::Head(Verdict::WrongRosterRange)), "below its end");
        let above = FraudProof::between(&log(21, 1).alone(), &log(21, 2).alone()).unwrap();
        let found = above.verify(&chain).unwrap_err();
        assert!(
            matches!(found, FraudFault::Head(Verdict::WrongRosterRange | Verdict::BadSignature)),
            "{found:?}"
        );
        assert!(proof().verify_as_of(&chain, 1).is_ok(), "it was proven before");
        assert_eq!(proof().verify_as_of(&chain, 3), Err(FraudFault::Head(Verdict::RosterPending(3))));
    }
}

#[test]
fn a_head_with_more_lines_than_it_may_have_is_refused_so_that_no_fork_can_hide_behind_them() {
    let head = log(9, 1).head;
    let good = String::from_utf8(sign_checkpoint(&key(40), &origin(), &head)).unwrap();
    let (body, _) = good.split_once("\n\n").unwrap();
    let extended = format!("{body}\nmore\n");
    let line = waymark_seal::note::signature_line(&extended, &origin().to_string(), &key(40));
    let extended = format!("{extended}\n{line}");
    assert_eq!(verify_head(&chain(), NORTH, 0, extended.as_bytes()), Err(Verdict::BadCheckpoint));
}
