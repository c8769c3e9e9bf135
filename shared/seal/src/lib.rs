//! Keys, entries, sections, grants, roster, checkpoints, Merkle proofs and the vault
