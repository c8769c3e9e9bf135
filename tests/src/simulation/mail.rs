//! The mail between offices: letters are late, overtake each other, come twice, wait for who is down, and are lost when the seed says so.

use std::collections::BTreeSet;

use waymark_domain::time::Timestamp;

use super::chance::Chance;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A letter under way.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its author, by the stamp of the post.
    pub from: u16,
    /// Its recipient.
    pub to: u16,
    /// When it comes.
    pub due: Timestamp,
    /// What it is.
    pub bytes: Vec<u8>,
}

/// Everything under way.
pub struct Mail {
    under_way: Vec<Letter>,
    cut: BTreeSet<(u16, u16)>,
    chance: Chance,
    calm: bool,
}

impl Mail {
    /// No letters yet; delays follow from the seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { under_way: Vec::new(), cut: BTreeSet::new(), chance: Chance::new(seed), calm: true }
    }

    /// From now on every letter comes once and at once, or not.
    pub const fn set_calm(&mut self, calm: bool) {
        self.calm = calm;
    }

    /// Whether the post does not answer this time.
    pub const fn is_silent(&mut self) -> bool {
        !self.calm && self.chance.one_in(12)
    }

    /// Takes a letter.
    pub fn post(&mut self, from: u16, to: u16, bytes: Vec<u8>, now: Timestamp) {
        if !self.calm && self.chance.one_in(10) {
            let due = now.plus(self.delay());
            self.under_way.push(Letter { from, to, due, bytes: bytes.clone() });
        }
        let due = if self.calm { now } else { now.plus(self.delay()) };
        self.under_way.push(Letter { from, to, due, bytes });
    }

    /// A letter that could not be taken comes once more.
    pub fn bring_again(&mut self, letter: Letter, now: Timestamp) {
        self.under_way.push(Letter { due: now.plus(2), ..letter });
    }

    /// Takes out at most so many letters that have come, in any order. Nobody who is cut off or down gets any.
    pub fn come(
        &mut self,
        limit: usize,
        now: Timestamp,
        choice: u64,
        up: impl Fn(u16) -> bool,
    ) -> Vec<Letter> {
        let cut = &self.cut;
        let comes = |letter: &Letter| {
            (self.calm || letter.due <= now) && up(letter.to) && !cut.contains(&pair(letter.from, letter.to))
        };
        let (mut come, mut later): (Vec<_>, Vec<_>) = self.under_way.drain(..).partition(comes);
        Chance::new(choice).shuffle(&mut come);
        later.extend(come.split_off(limit.min(come.len())));
        self.under_way = later;
        come
    }

    /// All mail is lost; gives how many letters that were.
    pub fn lose(&mut self) -> usize {
        self.under_way.drain(..).count()
    }

    /// These two no longer reach each other.
    pub fn cut(&mut self, one: u16, other: u16) {
        self.cut.insert(pair(one, other));
    }

    /// Everybody reaches everybody.
    pub fn heal(&mut self) {
        self.cut.clear();
    }

    /// Letters under way.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.under_way.len()
    }

    /// At once mostly, hours sometimes, days rarely.
    const fn delay(&mut self) -> u64 {
        match self.chance.below(20) {
            0..=13 => 0,
            14..=17 => self.chance.below(10 * MINUTE),
            18 => self.chance.below(12 * HOUR),
            _ => self.chance.below(4 * DAY),
        }
    }
}

fn pair(one: u16, other: u16) -> (u16, u16) {
    (one.min(other), one.max(other))
}
