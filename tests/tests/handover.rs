//! The main story, asserted at every step: see `src/story/handover.rs`.

use waymark_tests::story::{Silent, handover};

#[test]
fn a_return_case_goes_from_north_to_south_while_a_node_and_the_hub_are_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    if let Err(fault) = handover::play(folder.path(), &mut Silent) {
        for office in ["north", "south", "harbour"] {
            let log =
                std::fs::read_to_string(folder.path().join(office).with_extension("log")).unwrap_or_default();
            let end: Vec<&str> = log.lines().rev().take(15).collect();
            eprintln!("--- {office} (newest first)\n{}", end.join("\n"));
        }
        panic!("{fault:?}");
    }
}
