//! Rows that a projection keeps, found by key and by when they last changed.
//!
//! A row's version is the own-log index after the newest entry that changed it: it grows, so a stream that was told all rows up to
//! a version misses nothing that comes later. Not thread-safe: the projection holds its own lock.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// The key of a row: of fixed length, and in the order of its bytes.
pub trait Key: Copy + Ord {
    /// The first of all keys.
    const LOWEST: Self;

    /// Appends its bytes.
    fn put(&self, bytes: &mut Vec<u8>);

    /// Takes its bytes from the front.
    fn take(bytes: &mut &[u8]) -> Option<Self>;

    /// Its bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.put(&mut bytes);
        bytes
    }

    /// The key of exactly these bytes.
    fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        Self::take(&mut bytes).filter(|_| bytes.is_empty())
    }
}

macro_rules! id_keys {
    ($($id:ident[$len:literal])+) => {$(
        impl Key for waymark_domain::ids::$id {
            const LOWEST: Self = Self([0; $len]);

            fn put(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(self.as_bytes());
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                let (id, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(Self(*id))
            }
        }
    )+};
}
id_keys!(ThreadId[16] EventId[16] OfficeId[16] UnitId[16]);

macro_rules! number_keys {
    ($($number:ident)+) => {$(
        impl Key for $number {
            const LOWEST: Self = Self::MIN;

            fn put(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_be_bytes());
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                let (number, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(Self::from_be_bytes(*number))
            }
        }
    )+};
}
number_keys!(u8 u64);

impl<A: Key, B: Key> Key for (A, B) {
    const LOWEST: Self = (A::LOWEST, B::LOWEST);

    fn put(&self, bytes: &mut Vec<u8>) {
        self.0.put(bytes);
        self.1.put(bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::take(bytes)?, B::take(bytes)?))
    }
}

/// A row and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<R> {
    /// The own-log index after the newest entry that changed it.
    pub version: u64,
    /// What it says.
    pub data: R,
}

/// Rows by key and by version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<K, R> {
    by_key: BTreeMap<K, Row<R>>,
    by_version: BTreeSet<(u64, K)>,
}

impl<K: Key, R> Default for Rows<K, R> {
    fn default() -> Self {
        Self { by_key: BTreeMap::new(), by_version: BTreeSet::new() }
    }
}

impl<K: Key, R> Rows<K, R> {
    /// The row of `key`.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&Row<R>> {
        self.by_key.get(key)
    }

    /// Puts a row in, or another in its place.
    pub fn put(&mut self, key: K, version: u64, data: R) {
        if let Some(before) = self.by_key.insert(key, Row { version, data }) {
            self.by_version.remove(&(before.version, key));
        }
        self.by_version.insert((version, key));
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Every row, in the order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Row<R>)> {
        self.by_key.iter()
    }

    /// Rows in the order of keys, those after `after`.
    pub fn in_order(&self, after: Option<K>) -> impl Iterator<Item = (K, &Row<R>)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_key.range((from, Bound::Unbounded)).map(|(key, row)| (*key, row))
    }

    /// Rows that changed last first, those after `after` in this order.
    pub fn newest_first(&self, after: Option<(u64, K)>) -> impl Iterator<Item = ((u64, K), &Row<R>)> {
        let until = after.map_or(Bound::Unbounded, Bound::Excluded);
        let places = self.by_version.range((Bound::Unbounded, until)).rev();
        places.filter_map(|place| Some((*place, self.by_key.get(&place.1)?)))
    }

    /// Rows with a version above `after` and up to `until`, oldest change first.
    pub fn changed(&self, after: u64, until: u64) -> impl Iterator<Item = (K, &Row<R>)> {
        let from = after
            .checked_add(1)
            .map_or(Bound::Excluded((u64::MAX, K::LOWEST)), |next| Bound::Included((next, K::LOWEST)));
        let places =
            self.by_version.range((from, Bound::Unbounded)).take_while(move |(version, _)| *version <= until);
        places.filter_map(|(_, key)| Some((*key, self.by_key.get(key)?)))
    }
}

impl<K: Key, R> FromIterator<(K, Row<R>)> for Rows<K, R> {
    fn from_iter<I: IntoIterator<Item = (K, Row<R>)>>(rows: I) -> Self {
        let mut kept = Self::default();
        rows.into_iter().for_each(|(key, row)| kept.put(key, row.version, row.data));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(changes: &[(u8, u64)]) -> Rows<u8, u64> {
        let mut rows = Rows::default();
        changes.iter().for_each(|(key, version)| rows.put(*key, *version, *version));
        rows
    }

    #[test]
    fn a_row_that_changed_again_stands_at_its_newest_place_only() {
        let rows = rows(&[(1, 10), (2, 20), (1, 30)]);
        let newest: Vec<_> = rows.newest_first(None).map(|(place, _)| place).collect();
        assert_eq!(newest, [(30, 1), (20, 2)]);
        assert_eq!(rows.get(&1).unwrap().data, 30);
    }

    #[test]
    fn lists_go_on_after_a_row_that_has_moved_or_is_gone() {
        let rows = rows(&[(1, 10), (2, 20), (3, 30)]);
        let after_gone = rows.newest_first(Some((25, 9))).map(|((_, key), _)| key);
        assert_eq!(after_gone.collect::<Vec<_>>(), [2, 1]);
        assert_eq!(rows.in_order(Some(1)).map(|(key, _)| key).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn changes_are_told_above_one_version_and_up_to_another() {
        let rows = rows(&[(1, 10), (2, 20), (3, 20), (4, 30)]);
        let changed = |after, until| rows.changed(after, until).map(|(key, _)| key).collect::<Vec<_>>();
        assert_eq!(changed(0, 20), [1, 2, 3]);
        assert_eq!(changed(10, 30), [2, 3, 4]);
        assert_eq!(changed(20, 25), [0_u8; 0]);
        assert_eq!(changed(u64::MAX, u64::MAX), [0_u8; 0]);
    }

    #[test]
    fn keys_read_back_from_exactly_their_bytes() {
        let key = (7_u64, waymark_domain::ids::ThreadId([0xa7; 16]));
        let mut bytes = key.to_bytes();
        assert_eq!(Key::from_bytes(&bytes), Some(key));
        bytes.push(0);
        assert_eq!(<(u64, waymark_domain::ids::ThreadId)>::from_bytes(&bytes), None);
        assert_eq!(u64::from_bytes(&[1, 2]), None);
    }
}
