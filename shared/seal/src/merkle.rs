//! The Merkle tree of a log (RFC 6962, section 2): its right edge, proofs and their verification.
//!
//! A node is named by level and index: level 0 holds the leaf hashes, and node `i` of level `l` covers the leaves
//! `i·2^l .. (i+1)·2^l`. Only nodes of complete subtrees are asked for; who stores them is not known here.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::Hash;

pub use crate::hash::leaf_hash;
use crate::hash::sha256;
use crate::prefix;

/// Steps in a proof, at most: one for each level of a tree of 2^64 leaves.
pub const PATH_MAX: usize = 64;
/// Steps in a consistency proof, at most.
pub const CONSISTENCY_MAX: usize = 2 * PATH_MAX;

/// Hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[prefix::NODE.bytes(), &left.0, &right.0])
}

/// Root of the empty tree: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// The right edge of a tree: what is needed to append and to know the root.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees, largest (leftmost) first: one for each set bit of `size`.
    edge: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, edge: Vec::new() }
    }

    /// A frontier from its size and edge; `None` when the edge does not fit the size.
    #[must_use]
    pub fn from_edge(size: u64, edge: Vec<Hash>) -> Option<Self> {
        (edge.len() == size.count_ones() as usize).then_some(Self { size, edge })
    }

    /// The frontier of the first `size` leaves of a stored tree; `None` when a node is missing.
    pub fn from_nodes(size: u64, nodes: &impl Fn(u8, u64) -> Option<Hash>) -> Option<Self> {
        let edge =
            complete_subtrees(0, size).map(|(level, index)| nodes(level, index)).collect::<Option<_>>()?;
        Some(Self { size, edge })
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, largest first.
    #[must_use]
    pub fn edge(&self) -> &[Hash] {
        &self.edge
    }

    /// Appends a leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        self.push_with(leaf, |_, _, _| ());
    }

    /// Appends a leaf hash and tells each node that became complete: level, index, hash; the leaf first.
    pub fn push_with(&mut self, leaf: Hash, mut complete: impl FnMut(u8, u64, Hash)) {
        let mut node = leaf;
        let mut level = 0_u8;
        complete(level, self.size, node);
        while self.size >> level & 1 == 1 {
            let Some(left) = self.edge.pop() else { break };
            node = node_hash(&left, &node);
            level += 1;
            complete(level, self.size >> level, node);
        }
        self.edge.push(node);
        self.size += 1;
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.edge
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(empty_root)
    }
}

/// Complete subtrees that cover the leaves `start..end`, largest first, for a `start` aligned to the largest of them.
fn complete_subtrees(start: u64, end: u64) -> impl Iterator<Item = (u8, u64)> {
    let mut at = start;
    core::iter::from_fn(move || {
        let left = end.checked_sub(at).filter(|left| *left > 0)?;
        let level = 63 - left.leading_zeros();
        let node = (level as u8, at >> level);
        at += 1 << level;
        Some(node)
    })
}

/// Root of the leaves `start..end` of the tree: a subtree on the way of a proof.
fn range_root(start: u64, end: u64, nodes: &impl Fn(u8, u64) -> Option<Hash>) -> Option<Hash> {
    let mut roots = Vec::with_capacity(PATH_MAX);
    for (level, index) in complete_subtrees(start, end) {
        roots.push(nodes(level, index)?);
    }
    roots.into_iter().rev().reduce(|right, left| node_hash(&left, &right))
}

/// Largest power of two smaller than `size`, for `size` ≥ 2.
const fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// The path that proves leaf `index` in the tree of `size` leaves (RFC 6962, 2.1.1).
/// `None` when the index is outside the tree or a node is missing.
pub fn inclusion(size: u64, index: u64, nodes: &impl Fn(u8, u64) -> Option<Hash>) -> Option<Vec<Hash>> {
    if index >= size {
        return None;
    }
    let mut path = Vec::with_capacity(PATH_MAX);
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range_root(middle, end, nodes)?);
            end = middle;
        } else {
            path.push(range_root(start, middle, nodes)?);
            start = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// The proof that the tree of `to` leaves begins with the tree of `from` leaves (RFC 6962, 2.1.2).
/// `None` when `from` is larger than `to` or a node is missing. From nothing, and from itself, the proof is empty.
pub fn consistency(from: u64, to: u64, nodes: &impl Fn(u8, u64) -> Option<Hash>) -> Option<Vec<Hash>> {
    if from > to {
        return None;
    }
    let mut path = Vec::new();
    if from == 0 || from == to {
        return Some(path);
    }
    let (mut start, mut end) = (0, to);
    // As long as the old tree ends inside start..end, go down on its right edge.
    while from < end {
        let middle = start + split(end - start);
        if from <= middle {
            path.push(range_root(middle, end, nodes)?);
            end = middle;
        } else {
            path.push(range_root(start, middle, nodes)?);
            start = middle;
        }
    }
    // A subtree that is the whole old tree needs no hash: the verifier holds the old root.
    if start != 0 {
        path.push(range_root(start, end, nodes)?);
    }
    path.reverse();
    Some(path)
}

/// Whether `path` leads from `leaf` at `index` to `root` in a tree of `size` leaves (RFC 9162, 2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut position, mut last) = (index, size - 1);
    let mut node = *leaf;
    for step in path {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            node = node_hash(step, &node);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            node = node_hash(&node, step);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && node == *root
}

/// Whether `path` proves that the tree (`to_size`, `to_root`) begins with the tree (`from_size`, `from_root`)
/// (RFC 9162, 2.1.4.2). From the empty tree only its own root and an empty path are accepted.
#[must_use]
pub fn verify_consistency(
    from_size: u64,
    from_root: &Hash,
    to_size: u64,
    to_root: &Hash,
    path: &[Hash],
) -> bool {
    if from_size > to_size {
        return false;
    }
    if from_size == to_size {
        return path.is_empty() && from_root == to_root;
    }
    if from_size == 0 {
        return path.is_empty() && *from_root == empty_root();
    }
    // A complete old tree is itself the first node of the proof.
    let mut steps = path.iter();
    let first = if from_size.is_power_of_two() { Some(from_root) } else { steps.next() };
    let Some(first) = first else { return false };
    let (mut position, mut last) = (from_size - 1, to_size - 1);
    while position & 1 == 1 {
        position >>= 1;
        last >>= 1;
    }
    let (mut from_node, mut to_node) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            from_node = node_hash(step, &from_node);
            to_node = node_hash(step, &to_node);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            to_node = node_hash(&to_node, step);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && from_node == *from_root && to_node == *to_root
}
