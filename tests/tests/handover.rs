//! The main story, asserted at every step: see `src/story/handover/`. Afterwards what was typed in is looked for in every file.

mod common;

use waymark_tests::story::handover::PLANTED;
use waymark_tests::story::{Silent, handover};

#[test]
fn a_return_case_goes_from_north_to_south_while_a_node_and_the_hub_are_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    match handover::play(folder.path(), &mut Silent) {
        Ok(mut played) => {
            let hub = common::files(played.network.hub.folder());
            assert!(hub.iter().any(|file| file.to_string_lossy().contains("store")), "the hub kept nothing");
            for office in ["north", "south", "harbour"] {
                // What the demo tells afterwards, also of the node that was killed.
                let accounts = played.network.office(office).accounts().expect("its accounts are told");
                assert_eq!(accounts.len(), 2, "{office}: {accounts:?}");
                played.network.office_mut(office).stop().expect("it ends cleanly");
            }
            for file in common::files(folder.path()).into_iter().chain(hub) {
                common::shows_nobody(&file, PLANTED);
            }
        }
        Err(fault) => {
            common::print_logs(folder.path());
            panic!("{fault:?}");
        }
    }
}
