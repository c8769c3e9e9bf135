//! Random trees of up to 5,000 leaves, checkpoints, cosignatures and keys, judged by other people's implementations of the same
//! standards: `ct-merkle`, `tlog_tiles` and `signed_note`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::HashMap;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use signed_note::{Note, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::{Checkpoint, HashReader};
use waymark_domain::ids::{Hash, NetworkId, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_seal::checkpoint::{Head, Origin, parse_checkpoint, sign_checkpoint};
use waymark_seal::cosign::{Cosigner, cosign};
use waymark_seal::merkle::{self, Frontier};
use waymark_seal::sign::{LogKey, WitnessKey};
use waymark_seal::vkey;

/// The hashes of a tree as `tlog_tiles` stores them.
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

/// One tree in three implementations.
struct Tree {
    size: u64,
    root: Hash,
    nodes: HashMap<(u8, u64), Hash>,
    stored: Stored,
    backed: MemoryBackedTree<Sha256, Vec<u8>>,
}

fn leaf(seed: u64, index: u64) -> Vec<u8> {
    [seed.to_le_bytes(), index.to_le_bytes()].concat()
}

fn tree(seed: u64, size: u64) -> Tree {
    let (mut frontier, mut nodes) = (Frontier::new(), HashMap::new());
    let (mut stored, mut backed) = (Stored(Vec::new()), MemoryBackedTree::new());
    for index in 0..size {
        let data = leaf(seed, index);
        frontier.push_with(merkle::leaf_hash(&data), |level, at, hash| {
            nodes.insert((level, at), hash);
        });
        let more = tlog_tiles::stored_hashes(index, &data, &stored).unwrap();
        stored.0.extend(more);
        backed.push(data);
    }
    Tree { size, root: frontier.root(), nodes, stored, backed }
}

impl Tree {
    fn node(&self) -> impl Fn(u8, u64) -> Option<Hash> {
        |level, index| self.nodes.get(&(level, index)).copied()
    }
}

fn theirs(path: &[Hash]) -> Vec<tlog_tiles::Hash> {
    path.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect()
}

fn ours(path: &[tlog_tiles::Hash]) -> Vec<Hash> {
    path.iter().map(|hash| Hash(hash.0)).collect()
}

const ORIGIN: Origin = Origin { network: NetworkId([0xab; 16]), office: OfficeId([1; 16]), log: 3 };

/// A verifier of cosignatures: the message is put together here once more, from the standard's text.
struct Cosignature {
    name: String,
    id: u32,
    key: ring::signature::UnparsedPublicKey<[u8; 32]>,
}

impl Verifier for Cosignature {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let Some((time, signature)) = signature.split_first_chunk::<8>() else { return false };
        let header = format!("cosignature/v1\ntime {}\n", u64::from_be_bytes(*time));
        self.key.verify(&[header.as_bytes(), text].concat(), signature).is_ok()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn trees_and_proofs_are_those_of_other_implementations(
        seed: u64,
        size in 1u64..=5_000,
        places in prop::collection::vec(0.0f64..1.0, 24),
    ) {
        let tree = tree(seed, size);
        let backed = tree.backed.root();
        prop_assert_eq!(tree.root.0.as_slice(), backed.as_bytes().as_slice());
        prop_assert_eq!(tree.root.0, tlog_tiles::tree_hash(size, &tree.stored).unwrap().0);
        for place in places {
            let index = (place * size as f64) as u64;
            let path = merkle::inclusion(size, index, &tree.node()).unwrap();
            prop_assert_eq!(&path, &ours(&tlog_tiles::prove_record(size, index, &tree.stored).unwrap()));
            let backed = tree.backed.prove_inclusion(index as usize);
            let bytes: Vec<u8> = path.iter().flat_map(|hash| hash.0).collect();
            prop_assert_eq!(backed.as_bytes(), bytes.as_slice());
            let root = tlog_tiles::Hash(tree.root.0);
            let record = tlog_tiles::record_hash(&leaf(seed, index));
            prop_assert!(tlog_tiles::check_record(&theirs(&path), size, root, index, record).is_ok());

            let from = index + 1;
            let growth = merkle::consistency(from, tree.size, &tree.node()).unwrap();
            prop_assert_eq!(&growth, &ours(&tlog_tiles::prove_tree(size, from, &tree.stored).unwrap()));
            let before = tlog_tiles::tree_hash(from, &tree.stored).unwrap();
            prop_assert!(tlog_tiles::check_tree(&theirs(&growth), size, root, from, before).is_ok());
            prop_assert!(merkle::verify_consistency(from, &Hash(before.0), size, &tree.root, &growth));
        }
    }

    #[test]
    fn checkpoints_and_cosignatures_verify_elsewhere(size: u64, root: [u8; 32], seed: [u8; 32], at in 1u64..4_000_000_000) {
        let head = Head { size, root: Hash(root) };
        let key = LogKey::from_seed(&seed);
        let signed = sign_checkpoint(&key, &ORIGIN, &head);
        let read = Checkpoint::from_bytes(Note::from_bytes(&signed).unwrap().text()).unwrap();
        let origin = ORIGIN.to_string();
        prop_assert_eq!((read.origin(), read.size(), read.hash().0), (origin.as_str(), size, root));
        let log = StandardVerifier::new(&vkey::encode(&ORIGIN.to_string(), vkey::LOG, &key.public())).unwrap();

        let witness_key = WitnessKey::from_seed(&root);
        let witness = Cosigner::of(&ORIGIN.network, &OfficeId([2; 16]), witness_key.public());
        let line = witness.line(&cosign(&witness_key, &ORIGIN, &head, Timestamp(at)));
        let note = Note::from_bytes(&[signed.as_slice(), line.as_bytes()].concat()).unwrap();
        let typed = [&[0x04], witness_key.public().as_bytes().as_slice()].concat();
        let (name, id) = (witness.name.clone(), signed_note::key_id(&witness.name, &typed));
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, *witness_key.public().as_bytes());
        let known = VerifierList::new(vec![Box::new(log), Box::new(Cosignature { name, id, key })]);
        let (verified, unknown) = note.verify(&known).unwrap();
        prop_assert_eq!((verified.len(), unknown.len()), (2, 0));
        prop_assert_eq!(parse_checkpoint(&note.to_bytes(), &ORIGIN, &LogKey::from_seed(&seed).public()), Ok(head));
    }
}
