//! Every order that the post can give: what is under way is kept, and brought again and again to copies of the same offices.

use std::path::PathBuf;

use waymark_courier::Slot;
use waymark_domain::time::Timestamp;
use waymark_seal::rng::{Rng, Seeded};

use crate::town::Town;

/// From, to, bytes.
type Letter = (Slot, Slot, Vec<u8>);

/// So many letters are brought in every order; of more, [`SHUFFLES`] orders are tried.
const PERMUTED_MAX: usize = 5;
const SHUFFLES: usize = 40;
/// Why a letter may be refused that overtook another: it is asked for again.
const OVERTAKEN: [&str; 3] = ["gap", "growth_unproven", "shrunk_tree"];
/// Minutes within which everything that was lost is sent again.
const RESENT_MINUTES: usize = 40;

/// Brings what is under way in every order, each time to the offices as they are now, and lets them come to rest; `check` sees every
/// end. In every second order each letter comes twice, and once all letters are lost and sent again.
pub(super) fn in_every_order(town: &mut Town, check: &dyn Fn(&mut Town)) {
    town.collect();
    let letters: Vec<Letter> = town.mail.drain(..).collect();
    assert!(letters.len() > 1, "nothing crosses");
    let start = Start::of(town);
    for (number, order) in orders(letters.len()).into_iter().enumerate() {
        start.again(town);
        for (from, to, bytes) in order.iter().filter_map(|place| letters.get(*place)) {
            town.deliver(*from, *to, bytes);
        }
        if number % 2 == 1 {
            for (from, to, bytes) in order.iter().rev().filter_map(|place| letters.get(*place)) {
                town.deliver(*from, *to, bytes);
            }
        }
        town.exchange();
        assert_no_fault(town);
        check(town);
    }
    start.again(town);
    for _ in 0..RESENT_MINUTES {
        town.pass(60);
        town.exchange();
    }
    check(town);
}

fn assert_no_fault(town: &Town) {
    let mut refused = town.refused.iter();
    assert!(refused.all(|why| OVERTAKEN.contains(why)), "{:?}", town.refused);
}

/// The offices as they were when the letters were sent.
struct Start {
    folders: Vec<PathBuf>,
    at: Timestamp,
}

impl Start {
    fn of(town: &mut Town) -> Self {
        let mut folders = Vec::new();
        for number in numbers(town) {
            town.stop(number);
            folders.push(town.copy_of(number));
        }
        Self { folders, at: town.clock_now() }
    }

    fn again(&self, town: &mut Town) {
        town.mail.clear();
        town.refused.clear();
        town.pass(self.at.0.wrapping_sub(town.clock_now().0));
        for (number, folder) in numbers(town).into_iter().zip(&self.folders) {
            if let Some(desk) = town.desks.get_mut(usize::from(number) - 1) {
                *desk = None;
            }
            town.put_back(number, folder);
            town.open(number);
        }
        // The last stop was in good order: after a few seconds each may write, whether or not anybody has answered.
        town.pass(6);
    }
}

fn numbers(town: &Town) -> Vec<u16> {
    (1..).take(town.desks.len()).collect()
}

/// The orders in which so many letters are brought.
fn orders(letters: usize) -> Vec<Vec<usize>> {
    if letters <= PERMUTED_MAX {
        return permutations(letters);
    }
    let mut rng = Seeded::new(u64::try_from(letters).expect("a count"));
    (0..SHUFFLES).map(|_| shuffled(letters, &mut rng)).collect()
}

fn permutations(letters: usize) -> Vec<Vec<usize>> {
    let Some(last) = letters.checked_sub(1) else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for shorter in permutations(last) {
        for place in 0..=last {
            let mut order = shorter.clone();
            order.insert(place, last);
            all.push(order);
        }
    }
    all
}

fn shuffled(letters: usize, rng: &mut dyn Rng) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    for letter in 0..letters {
        let [byte] = waymark_seal::rng::bytes(rng);
        order.insert(usize::from(byte) % (letter + 1), letter);
    }
    order
}
