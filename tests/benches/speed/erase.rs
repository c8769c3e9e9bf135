//! A withdrawn referral, erased by who received it: keys out of the vault, bodies overwritten, and the signed word of it durable; in an
//! office at its beginning and in one with all entries and the keys of as many threads.

use std::time::{Duration, Instant};

use waymark_domain::command::WithdrawConsent;
use waymark_domain::event::Event;
use waymark_domain::ids::{KemPublic, KeyId, OfficeId, ThreadId};
use waymark_domain::time::Day;
use waymark_domain::words::{Category, EndedBy};
use waymark_seal::kem::KemSecret;
use waymark_seal::rng::{System, bytes};
use waymark_seal::section::SectionKey;
use waymark_seal::vault::{ImportedSection, KeyRecord, ThreadSecret, Vault};

use crate::measure::{Blocks, p50, p95};
use crate::office::{projections, write_cases};
use crate::receive::agreed;
use crate::report::{Reach, Row};
use crate::town::{Town, data, passphrase};

/// Entries of the office in which "small" is measured.
const SMALL: u64 = 10_000;
/// Referrals that are withdrawn and erased, one after the other.
const ERASED: usize = 40;
/// Threads whose keys are put into the vault at once.
const THREADS_AT_ONCE: usize = 16_384;
/// Syncs of one case, each after the one before. A withdrawal asks twice, for the end of the consent and for that of the referral, and each
/// time the receiver syncs the bucket, both copies of the root, two records of bodies twice, the vault's journal (a fresh thread key), and
/// the log (`Erased`): 9. Once more when the bucket has had one file so far, as here: the vault's folder.
const SYNCS: usize = 19;

/// Measures in a small office and in that of `large`, which is number 1; gives how many reaches were missed.
pub(crate) fn run(large: &mut Town) -> usize {
    let mut small = Town::with(2, projections);
    write_cases(&small.desk(1), SMALL);
    let (of_small, of_large) = (disclosed(&mut small), disclosed(large));
    let mut disk = Blocks::new(&small.folder);
    let (mut limits, mut few, mut all) = (Vec::new(), Vec::new(), Vec::new());
    // By turns, so that whatever else the machine does slows all three.
    for (one, other) in of_small.into_iter().zip(of_large) {
        limits.push(syncs(&mut disk));
        few.push(erased(&mut small, one));
        all.push(erased(large, other));
    }
    let ms = |us: f64| us / 1e3;
    let limit =
        Some(("fdatasync of 512 B over written blocks, times the syncs of an erasure", ms(p50(limits))));
    let row = |name, value, limit, reach| Row { name, value: ms(value), unit: "ms", limit, reach };
    let within = Reach::AtMost(50.0);
    let growth = Some(("the same at 10 thousand entries", ms(p50(few.clone()))));
    let rows = [
        row("erase one case, at 10 thousand entries, p50", p50(few.clone()), limit, Reach::Told),
        row("erase one case, at 10 thousand entries, p95", p95(few), limit, within),
        row("erase one case, with all entries, p95", p95(all.clone()), limit, within),
        row("erase one case, with all entries, p50", p50(all), growth, Reach::Times(1.3)),
    ];
    rows.iter().filter(|row| !row.print()).count()
}

/// Referrals that office 1 has accepted, in an office that also keeps keys of as many threads as it has entries.
fn disclosed(town: &mut Town) -> Vec<ThreadId> {
    let referrals = (0..ERASED).map(|_| agreed(town, 2, 1)).collect();
    let threads = town.desk(1).durable_head().1.size;
    town.stop(1);
    keep_keys(town, threads);
    // As it is after a night: nothing is in memory that the work on these cases brought there.
    town.open_and_begin(1);
    town.exchange();
    referrals
}

/// Puts keys of so many threads into the vault of office 1, which does not run.
fn keep_keys(town: &Town, threads: u64) {
    let vault = Vault::open(&data(&town.folder, 1).join("vault"), &passphrase(), System).expect("it opens");
    let from = town.id(2);
    for begin in (0..threads).step_by(THREADS_AT_ONCE) {
        let records = (begin..threads.min(begin + THREADS_AT_ONCE as u64)).flat_map(|_| keys_of_one(from));
        vault.put(records.collect()).expect("kept");
    }
    vault.fold().expect("folded");
}

/// What the receiver of a referral keeps at least: the key of one section, and the secret to which it was wrapped.
fn keys_of_one(from: OfficeId) -> [KeyRecord; 2] {
    let thread = ThreadId(bytes(&mut System));
    let section = ImportedSection {
        thread,
        category: Category::Triage,
        id: KeyId(bytes(&mut System)),
        from,
        expires: Day(21_000),
        key: SectionKey::random(&mut System),
    };
    let secret = ThreadSecret {
        thread,
        public: KemPublic(bytes(&mut System)),
        secret: KemSecret::from_bytes(bytes(&mut System)),
    };
    [KeyRecord::ImportedSection(section), KeyRecord::ThreadSecret(secret)]
}

/// How long the disk takes for the syncs of one erasure.
fn syncs(disk: &mut Blocks) -> Duration {
    Duration::from_secs_f64(SYNCS as f64 / disk.syncs(&[7; 512], SYNCS))
}

/// How long office 1 takes to erase a referral whose withdrawal it has received.
fn erased(town: &mut Town, referral: ThreadId) -> Duration {
    withdrawn(town, referral);
    let desk = town.desk(1);
    let begin = Instant::now();
    desk.meet_deadlines();
    let took = begin.elapsed();
    let (_, head, _) = desk.durable_head();
    let history = desk.history(referral).expect("it can be read");
    let told = history.iter().filter(|seen| matches!(seen.event, Ok(Event::Erased(_))));
    let durable = told.filter(|seen| seen.author() == town.id(1) && seen.index < head.size);
    assert_eq!(durable.count(), 2, "it was not erased for both reasons");
    town.exchange();
    took
}

/// Office 2 withdraws the consent of a referral, and office 1 receives the word of it.
fn withdrawn(town: &mut Town, referral: ThreadId) {
    let desk = town.desk(2);
    let case = desk.case_of(referral).expect("a case");
    let thread = desk.thread(case).expect("it can be read").expect("it is there");
    let consent = thread.case().expect("a case").consents[0].id;
    town.does(2, WithdrawConsent { case, consent, by: EndedBy::Person }).expect("withdrawn");
    let heard = |town: &Town| {
        let thread = town.desk(1).thread(referral).expect("it can be read").expect("it is there");
        thread.referral().expect("a referral").asks_of_thread().next().is_some()
    };
    while !heard(town) {
        town.collect();
        for (from, to, letter) in town.mail.drain(..).collect::<Vec<_>>() {
            town.deliver(from, to, &letter);
        }
    }
}
