//! The story of a withdrawal, asserted at every step: see `src/story/withdrawal/`. Afterwards what was typed in is looked for in every
//! file, the broker's among them.

mod common;

use waymark_tests::story::Silent;
use waymark_tests::story::withdrawal::{self, PLANTED};

#[test]
fn a_withdrawal_reaches_everyone_also_who_was_away() {
    let folder = tempfile::tempdir().expect("a folder");
    match withdrawal::play(folder.path(), &mut Silent) {
        Ok(mut played) => {
            let hub = common::files(played.network.hub.folder());
            for office in ["north", "south", "harbour"] {
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
