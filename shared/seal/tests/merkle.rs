//! The tree against an independent implementation (`ct-merkle`), and proofs against every single change.

use std::collections::HashMap;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{InclusionProof, RootHash};
use sha2::Sha256;
use waymark_domain::ids::Hash;
use waymark_seal::merkle::{self, Frontier};

const LEAVES: u64 = 70;

struct Tree {
    nodes: HashMap<(u8, u64), Hash>,
    roots: Vec<Hash>,
    oracle: Vec<MemoryBackedTree<Sha256, Vec<u8>>>,
}

fn leaf(index: u64) -> Vec<u8> {
    format!("leaf {index}").into_bytes()
}

/// Trees of 0..=LEAVES leaves, ours and the other implementation's.
fn trees() -> Tree {
    let (mut frontier, mut nodes) = (Frontier::new(), HashMap::new());
    let mut tree = MemoryBackedTree::new();
    let (mut roots, mut oracle) = (vec![frontier.root()], vec![tree.clone()]);
    for index in 0..LEAVES {
        frontier.push_with(merkle::leaf_hash(&leaf(index)), |level, at, hash| {
            assert_eq!(nodes.insert((level, at), hash), None);
        });
        tree.push(leaf(index));
        roots.push(frontier.root());
        oracle.push(tree.clone());
        assert_eq!(frontier.size(), index + 1);
    }
    Tree { nodes, roots, oracle }
}

impl Tree {
    fn node(&self) -> impl Fn(u8, u64) -> Option<Hash> {
        |level, index| self.nodes.get(&(level, index)).copied()
    }
}

#[test]
fn roots_and_frontiers_agree_with_the_other_implementation() {
    let tree = trees();
    assert_eq!(tree.roots[0], merkle::empty_root());
    for size in 1..=LEAVES as usize {
        assert_eq!(
            tree.roots[size].0.as_slice(),
            tree.oracle[size].root().as_bytes().as_slice(),
            "size {size}"
        );
        let stored = Frontier::from_nodes(size as u64, &tree.node()).unwrap();
        assert_eq!(stored.root(), tree.roots[size]);
        assert_eq!(Frontier::from_edge(size as u64, stored.edge().to_vec()), Some(stored.clone()));
        assert_eq!(Frontier::from_edge(size as u64 + 1, stored.edge().to_vec()).is_some(), {
            (size + 1).count_ones() == size.count_ones()
        });
    }
}

#[test]
fn every_inclusion_path_agrees_and_holds_only_where_it_belongs() {
    let tree = trees();
    for size in 1..=LEAVES {
        let oracle = &tree.oracle[size as usize];
        let root = tree.roots[size as usize];
        for index in 0..size {
            let path = merkle::inclusion(size, index, &tree.node()).unwrap();
            let theirs = oracle.prove_inclusion(index as usize);
            assert_eq!(
                path.iter().flat_map(|hash| hash.0).collect::<Vec<_>>(),
                theirs.as_bytes(),
                "{index} of {size}"
            );
            let ours = InclusionProof::<Sha256>::from_bytes(path.iter().flat_map(|hash| hash.0).collect());
            oracle.root().verify_inclusion(&leaf(index), index, &ours).unwrap();
            let hash = merkle::leaf_hash(&leaf(index));
            let holds =
                |index, size, path: &[Hash]| merkle::verify_inclusion(&hash, index, size, path, &root);
            assert!(holds(index, size, &path));
            assert!(!holds(index + 1, size, &path), "another index");
            assert!(!holds(index, index, &path), "index outside the tree");
            assert!(!holds(index, size, &[path.as_slice(), &[root]].concat()), "a step too many");
            if let Some((_, shorter)) = path.split_last() {
                assert!(!holds(index, size, shorter), "a step too few");
            }
            for step in 0..path.len() {
                let mut spoilt = path.clone();
                spoilt[step].0[7] ^= 1;
                assert!(!holds(index, size, &spoilt), "step {step} changed");
            }
            assert!(!merkle::verify_inclusion(&root, index, size, &path, &root) || size == 1, "another leaf");
        }
        assert_eq!(merkle::inclusion(size, size, &tree.node()), None);
    }
}

#[test]
fn every_consistency_proof_agrees_and_holds_only_between_its_heads() {
    let tree = trees();
    for to in 1..=LEAVES {
        for from in 1..=to {
            let path = merkle::consistency(from, to, &tree.node()).unwrap();
            let theirs = tree.oracle[to as usize].prove_consistency((to - from) as usize);
            assert_eq!(
                path.iter().flat_map(|hash| hash.0).collect::<Vec<_>>(),
                theirs.as_bytes(),
                "{from} to {to}"
            );
            let (old, new) = (tree.roots[from as usize], tree.roots[to as usize]);
            let holds =
                |old: &Hash, new: &Hash, path: &[Hash]| merkle::verify_consistency(from, old, to, new, path);
            assert!(holds(&old, &new, &path));
            assert!(!holds(&Hash([1; 32]), &new, &path) && !holds(&old, &Hash([1; 32]), &path));
            assert!(!holds(&old, &new, &[path.as_slice(), &[new]].concat()), "a step too many");
            for step in 0..path.len() {
                let mut spoilt = path.clone();
                spoilt[step].0[7] ^= 1;
                assert!(!holds(&old, &new, &spoilt), "step {step} of {from} to {to} changed");
                spoilt.remove(step);
                assert!(!holds(&old, &new, &spoilt), "step {step} of {from} to {to} missing");
            }
            if from < to {
                assert!(!merkle::verify_consistency(to, &new, from, &old, &path), "shrinking");
            }
        }
        assert!(merkle::verify_consistency(0, &tree.roots[0], to, &tree.roots[to as usize], &[]));
        assert!(!merkle::verify_consistency(0, &Hash([0; 32]), to, &tree.roots[to as usize], &[]));
        assert_eq!(merkle::consistency(0, to, &tree.node()), Some(Vec::new()));
        assert_eq!(merkle::consistency(to + 1, to, &tree.node()), None);
    }
}

#[test]
fn huge_trees_neither_overflow_nor_loop() {
    let node = |_: u8, _: u64| Some(Hash([3; 32]));
    for size in [1 << 40, u64::MAX, (1 << 63) + 5] {
        let path = merkle::inclusion(size, size - 1, &node).unwrap();
        assert!(path.len() <= merkle::PATH_MAX);
        assert!(!merkle::verify_inclusion(&Hash([1; 32]), size - 1, size, &path, &Hash([2; 32])));
        let path = merkle::consistency(size - 1, size, &node).unwrap();
        assert!(path.len() <= merkle::CONSISTENCY_MAX);
        assert!(!merkle::verify_consistency(size - 1, &Hash([1; 32]), size, &Hash([2; 32]), &path));
    }
    assert_eq!(merkle::inclusion(8, 3, &|_, _| None), None, "a missing node is told");
    let _: RootHash<Sha256> = MemoryBackedTree::<Sha256, Vec<u8>>::new().root();
}
