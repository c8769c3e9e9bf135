//! Two desks under kill -9: a child shares and withdraws again and again and says what was confirmed; it is killed at some moment of
//! it. Whoever starts the offices again finds that every withdrawal ends in one erasure at each end, that nothing of it is left in
//! any file, and that nothing else is lost. Run without a harness, because it starts itself as the process that is killed.
#![expect(clippy::print_stdout, reason = "a child says on its output what is confirmed")]

#[path = "desk/crossings/scenes.rs"]
#[expect(dead_code, reason = "the tests of the crossings use more of it")]
mod scenes;
#[path = "desk/search.rs"]
#[expect(dead_code, reason = "the tests of erasing use more of it")]
mod search;
#[path = "desk/town.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod town;

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use scenes::{NORTH, Referred, SOUTH, agreed, assert_all_erased, assert_erased};
use town::{Town, data, passphrase};
use waymark_desk::read_roster;
use waymark_domain::case::CasePhase;
use waymark_domain::command::{CloseCase, OrderCaseErasure};
use waymark_domain::ids::ThreadId;
use waymark_domain::referral::Phase;
use waymark_domain::time::Timestamp;
use waymark_domain::words::{CaseOutcome, Category, ErasureReason};
use waymark_seal::rng::{Rng, Seeded, System};
use waymark_seal::vault::Vault;

const ROUNDS: u64 = 20;
const WORK: &str = "work-until-killed";
const OFFICES: [u16; 2] = [NORTH, SOUTH];
/// Minutes in which everything that a kill cut short is sent again and finished.
const SETTLING_MINUTES: usize = 12;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [_, WORK, folder, now, starts] => {
            let now = Timestamp(now.parse().expect("a number"));
            work(Path::new(folder), now, starts.parse().expect("a number"));
        }
        // Asked once for the tests, once for those that are left out: there are none of these.
        _ if arguments.iter().any(|argument| argument == "--ignored") => {}
        _ if arguments.iter().any(|argument| argument == "--list") => println!("killed: test"),
        _ => killed(),
    }
}

/// How far a referral has come, as a child has said: each is said once it is confirmed, `Withdrawing` before it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Offered,
    Accepted,
    Shared,
    Withdrawing,
    Withdrawn,
    Erased,
    Ordering,
    Ordered,
    Gone,
}

const STEPS: [(Step, &str); 9] = [
    (Step::Offered, "offered"),
    (Step::Accepted, "accepted"),
    (Step::Shared, "shared"),
    (Step::Withdrawing, "withdrawing"),
    (Step::Withdrawn, "withdrawn"),
    (Step::Erased, "erased"),
    (Step::Ordering, "ordering"),
    (Step::Ordered, "ordered"),
    (Step::Gone, "gone"),
];

/// Opens both offices and lets them come to rest, whatever they were in the middle of.
fn settled(folder: &Path, now: Timestamp, starts: u64) -> Town {
    let roster = read_roster(&data(folder, NORTH), now).expect("a roster");
    let ids = roster.newest().offices.iter().map(|office| office.id).collect();
    let mut town = Town::of(folder.to_owned(), ids, now, |_| Vec::new());
    town.opened = starts;
    OFFICES.iter().for_each(|office| town.open(*office));
    for _ in 0..SETTLING_MINUTES {
        town.pass(60);
        town.exchange();
    }
    town
}

/// Shares, and withdraws two of three, until it is killed.
fn work(folder: &Path, now: Timestamp, starts: u64) {
    println!("opening");
    let mut town = settled(folder, now, starts);
    let mut out = std::io::stdout().lock();
    let mut say = |step: Step, of: Referred| {
        let (_, word) = STEPS.iter().find(|(known, _)| *known == step).expect("every step has a word");
        writeln!(out, "{word} {} {} {}.", of.referral, of.case, of.consent).expect("somebody listens");
        out.flush().expect("somebody listens");
    };
    for number in 0_u64.. {
        let case = scenes::case(&town);
        let referred = scenes::offered(&mut town, case, SOUTH);
        say(Step::Offered, referred);
        scenes::accept(&town, referred);
        say(Step::Accepted, referred);
        town.exchange();
        say(Step::Shared, referred);
        if number % 3 != 1 {
            say(Step::Withdrawing, referred);
            scenes::withdraw_consent(&town, referred);
            say(Step::Withdrawn, referred);
            town.exchange();
            say(Step::Erased, referred);
        }
        if number % 3 == 0 {
            close(&town, referred.case);
            say(Step::Ordering, referred);
            order_erasure(&town, referred.case);
            say(Step::Ordered, referred);
            town.exchange();
            say(Step::Gone, referred);
        }
    }
}

fn close(town: &Town, case: ThreadId) {
    let close = CloseCase { case, outcome: CaseOutcome::EndedByPerson, note: None };
    town.does(NORTH, close).expect("closed");
}

fn order_erasure(town: &Town, case: ThreadId) {
    town.does(NORTH, OrderCaseErasure { case, reason: ErasureReason::Asked }).expect("ordered");
}

/// What the killed processes have said.
#[derive(Default)]
struct Said(BTreeMap<ThreadId, (Referred, Step)>);

impl Said {
    /// Takes a line, unless it was cut by a kill; gives how far it says that a referral has come.
    fn hear(&mut self, line: &str) -> Option<Step> {
        let words: Vec<&str> = line.strip_suffix('.')?.split(' ').collect();
        let [word, referral, case, consent] = words.as_slice() else { return None };
        let (step, _) = STEPS.iter().find(|(_, known)| known == word)?;
        let referral = referral.parse().expect("a thread");
        let (case, consent) = (case.parse().expect("a thread"), consent.parse().expect("an event"));
        self.0.insert(referral, (Referred { case, consent, referral, to: SOUTH }, *step));
        Some(*step)
    }
}

fn killed() {
    let mut town = Town::new(2);
    OFFICES.iter().for_each(|office| town.stop(*office));
    let (mut said, mut rng) = (Said::default(), Seeded::new(1));
    let (mut cut_short, mut erasing) = (0, Duration::from_millis(50));
    for round in 0..ROUNDS {
        // An hour for each: a child lets less pass.
        town.pass(3_600);
        let now = town.clock_now();
        let mut child = start(&town.folder, now, 100 * (round + 1));
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let [delay, which] = waymark_seal::rng::bytes(&mut rng as &mut dyn Rng);
        if round % 4 == 3 {
            // While it opens, or soon afterwards.
            std::thread::sleep(Duration::from_millis(u64::from(delay)));
        } else {
            // In the middle of an erasure, of what was shared or of a case; the first round shows how long one takes.
            let begins = if round % 4 == 1 { Step::Ordering } else { Step::Withdrawing };
            for _ in 0..=which % 2 {
                hear_until(&mut said, &mut out, begins);
            }
            if round == 0 {
                let began = Instant::now();
                hear_until(&mut said, &mut out, Step::Erased);
                erasing = began.elapsed();
            } else {
                std::thread::sleep(erasing * u32::from(delay) / 240);
            }
        }
        cut_short += usize::from(kill(child, out, &mut said));
        // In other rounds the next child opens what this one left, and may be killed while it does.
        if round % 4 == 2 || round + 1 == ROUNDS {
            town.pass(3_600);
            check(&town.folder, town.clock_now(), 100 * (round + 1) + 50, &said, round);
        }
    }
    let erased = said.0.values().filter(|(_, step)| *step >= Step::Withdrawing).count();
    assert!(cut_short >= 4, "only {cut_short} kills came in the middle of an erasure");
    println!("{ROUNDS} kills, {cut_short} in the middle of an erasure; {erased} of {} erased", said.0.len());
}

fn start(folder: &Path, now: Timestamp, starts: u64) -> Child {
    let myself = std::env::current_exe().expect("a path");
    let folder = folder.to_str().expect("a plain path");
    let arguments = [WORK.to_owned(), folder.to_owned(), now.0.to_string(), starts.to_string()];
    Command::new(myself).args(arguments).stdout(Stdio::piped()).spawn().expect("started")
}

fn hear_until(said: &mut Said, out: &mut BufReader<ChildStdout>, step: Step) {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(out.read_line(&mut line).expect("readable") > 0, "it ended by itself");
        if said.hear(line.trim_end()) == Some(step) {
            return;
        }
    }
}

/// Kills the child and hears what it said before; whether it was in the middle of an erasure.
fn kill(mut child: Child, out: BufReader<ChildStdout>, said: &mut Said) -> bool {
    child.kill().expect("killed");
    let ended = child.wait().expect("gone");
    assert_eq!(ended.signal(), Some(9), "it ended by itself");
    let steps = out.lines().map_while(Result::ok).filter_map(|line| said.hear(&line));
    let last = steps.last();
    let midway = |step| matches!(step, Step::Withdrawing | Step::Withdrawn | Step::Ordering | Step::Ordered);
    let newest = said.0.values().any(|(_, step)| midway(*step));
    newest && last.is_none_or(midway)
}

/// Starts the offices again and looks at everything that was said.
fn check(folder: &Path, now: Timestamp, starts: u64, said: &Said, round: u64) {
    let mut town = settled(folder, now, starts);
    let (mut bodies, mut gone) = (Vec::new(), Vec::new());
    for (referred, step) in said.0.values() {
        if is_withdrawn(&town, *referred, *step) {
            assert_all_erased(&town, *referred);
            for category in [Category::Triage, Category::Identity, Category::Contact] {
                assert_erased(&town, *referred, category);
            }
            bodies.extend(search::bodies(&town, referred.referral));
            gone.push((referred.referral, search::consented(&town, referred.referral)));
            if is_erased(&town, *referred, *step) {
                bodies.extend(search::bodies(&town, referred.case));
                let recorded = town.desk(NORTH).history(referred.case).expect("read");
                gone.push((referred.case, recorded));
            }
        } else {
            assert_open(&town, *referred, *step);
        }
    }
    for office in OFFICES {
        town.stop(office);
        let vault = Vault::open(&data(folder, office).join("vault"), &passphrase(), System).expect("opens");
        for (referral, grants) in &gone {
            search::no_key_left(&vault, office, *referral, grants);
        }
        let left = search::found(&data(folder, office), &bodies);
        assert_eq!(left, HashSet::new(), "round {round}: a body lies in a file of office {office}");
    }
}

/// Whether she has withdrawn; what was only asked for when the child was killed may have been written or not.
fn is_withdrawn(town: &Town, referred: Referred, step: Step) -> bool {
    let asks = agreed(town, referred).asks_of_thread().count() > 0;
    assert!(asks || step < Step::Withdrawn, "a withdrawal is lost");
    assert!(!asks || step >= Step::Withdrawing, "nobody has withdrawn");
    asks
}

/// Whether the case was erased; what was only asked for when the child was killed may have been ordered or not.
fn is_erased(town: &Town, referred: Referred, step: Step) -> bool {
    let thread = town.desk(NORTH).thread(referred.case).expect("read").expect("there");
    let phase = thread.case().expect("a case").phase;
    let erased = matches!(phase, CasePhase::Erased(_));
    assert!(erased || step < Step::Ordered, "an order is lost: {phase:?}");
    assert!(!erased || step >= Step::Ordering, "nobody has ordered it");
    let opened = town.desk(NORTH).latest_section(referred.case, Category::Identity);
    assert_eq!(opened.is_ok(), !erased, "the case is whole or gone: {opened:?}");
    erased
}

/// That a referral has come as far as was said, and further by itself.
fn assert_open(town: &Town, referred: Referred, step: Step) {
    let state = agreed(town, referred);
    if step == Step::Offered && state.receiver.accepted().is_none() {
        assert_eq!(state.phase(), Phase::Delivered);
        return;
    }
    assert_eq!(state.phase(), Phase::Disclosed, "after {step:?}");
    for category in [Category::Identity, Category::Contact] {
        let opened = town.desk(SOUTH).latest_section(referred.referral, category);
        assert!(matches!(opened, Ok(Some(_))), "{category} after {step:?}: {opened:?}");
    }
}
