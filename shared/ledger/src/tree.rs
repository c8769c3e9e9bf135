//! Nodes of the log's Merkle tree out of its tiles: for proofs, and for the right edge when a ledger is opened.
//!
//! The inner nodes of a tile are computed once and kept while it is asked for; the last tile of a level grows in place.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use waymark_domain::ids::Hash;
use waymark_seal::merkle::node_hash;

use crate::tiles::{Tiles, WIDTH};

const KEPT_MAX: usize = 96;
/// Levels of the binary tree that one tile spans.
const SPAN: u8 = 8;

/// All complete nodes above the hashes of one tile; level 0 are the hashes.
#[derive(Clone, Default)]
struct TileTree {
    levels: [Vec<Hash>; SPAN as usize + 1],
}

impl TileTree {
    fn len(&self) -> usize {
        let [hashes, ..] = &self.levels;
        hashes.len()
    }

    fn push(&mut self, hash: Hash) {
        let mut node = hash;
        for level in &mut self.levels {
            level.push(node);
            let count = level.len();
            let Some([left, right]) = (count % 2 == 0).then(|| level.last_chunk::<2>()).flatten() else {
                return;
            };
            node = node_hash(left, right);
        }
    }

    fn node(&self, level: u8, index: usize) -> Option<Hash> {
        self.levels.get(usize::from(level))?.get(index).copied()
    }
}

/// Computed tiles.
#[derive(Default)]
pub(crate) struct Tree {
    kept: Mutex<HashMap<(u8, u64), Arc<TileTree>>>,
}

impl Tree {
    /// Node `index` of binary level `level` among the first `size` leaves. `memory` gives the leaves
    /// of a range that are in no tile yet.
    pub(crate) fn node(
        &self,
        tiles: &Tiles,
        size: u64,
        memory: &impl Fn(Range<u64>) -> Vec<(u64, Hash)>,
        level: u8,
        index: u64,
    ) -> Option<Hash> {
        let (span, within) = (level / SPAN, level % SPAN);
        let position = index.checked_shl(u32::from(within))?;
        let tree = self.tile(tiles, size, memory, span, position / WIDTH)?;
        tree.node(within, (position % WIDTH) as usize >> within)
    }

    fn tile(
        &self,
        tiles: &Tiles,
        size: u64,
        memory: &impl Fn(Range<u64>) -> Vec<(u64, Hash)>,
        level: u8,
        number: u64,
    ) -> Option<Arc<TileTree>> {
        let hashes = size.checked_shr(u32::from(level * SPAN)).unwrap_or(0);
        let count = hashes.checked_sub(number * WIDTH)?.min(WIDTH) as usize;
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&(level, number)).cloned();
        let mut tree = match kept {
            Some(tree) if tree.len() >= count => return Some(tree),
            Some(tree) => TileTree::clone(&tree),
            None => TileTree::default(),
        };
        if tree.len() < count {
            // Memory is asked first: what the settler takes out of it meanwhile is in the file by then.
            let first = number * WIDTH;
            let leaves =
                if level == 0 { memory(first + tree.len() as u64..first + count as u64) } else { Vec::new() };
            // What is in the file, then what is not there yet: leaves in memory, or roots of the tiles below.
            let stored = tiles.hashes(level, number, count).ok()?;
            while let Some(hash) = stored.get(tree.len()) {
                tree.push(*hash);
            }
            while tree.len() < count {
                let position = first + tree.len() as u64;
                let hash = match level {
                    0 => {
                        let from = leaves.first()?.0;
                        leaves.get(usize::try_from(position.checked_sub(from)?).ok()?)?.1
                    }
                    _ => self.tile(tiles, size, memory, level - 1, position)?.node(SPAN, 0)?,
                };
                tree.push(hash);
            }
        }
        let tree = Arc::new(tree);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert((level, number), Arc::clone(&tree));
        Some(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waymark_seal::merkle::{Frontier, inclusion, verify_inclusion};

    #[test]
    fn nodes_out_of_tiles_memory_or_both_give_the_paths_of_the_tree() {
        let folder = tempfile::tempdir().unwrap();
        Tiles::create(folder.path()).unwrap();
        let tiles = Tiles::open(folder.path().to_path_buf()).unwrap();
        let leaf = |index: u64| Hash([(index % 251) as u8; 32]);
        for size in [1, 2, 255, 256, 257, 1_000, 66_000] {
            let mut frontier = Frontier::new();
            (0..size).for_each(|index| frontier.push(leaf(index)));
            let tree = Tree::default();
            let nodes = |level, index| {
                tree.node(
                    &tiles,
                    size,
                    &|range| range.map(|index| (index, leaf(index))).collect(),
                    level,
                    index,
                )
            };
            for index in [0, size / 3, size - 1] {
                let path = inclusion(size, index, &nodes).unwrap();
                assert!(
                    verify_inclusion(&leaf(index), index, size, &path, &frontier.root()),
                    "{index} of {size}"
                );
            }
        }
    }

    #[test]
    fn a_missing_leaf_is_no_node() {
        let folder = tempfile::tempdir().unwrap();
        Tiles::create(folder.path()).unwrap();
        let tiles = Tiles::open(folder.path().to_path_buf()).unwrap();
        assert_eq!(Tree::default().node(&tiles, 4, &|_| Vec::new(), 2, 0), None);
    }
}
