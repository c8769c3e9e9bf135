//! The story of the auditor, asserted at every step: see `src/story/audit.rs`. Afterwards what was typed in is looked for in every file,
//! the bundle and the report among them.

mod common;

use waymark_tests::story::{Silent, audit, handover};

#[test]
fn an_auditor_who_trusts_nobody_verifies_a_bundle_of_all_offices() {
    let folder = tempfile::tempdir().expect("a folder");
    match audit::play(folder.path(), &mut Silent) {
        Ok(mut played) => {
            for office in ["north", "south", "harbour"] {
                played.network.office_mut(office).stop().expect("it ends cleanly");
            }
            for file in common::files(folder.path()) {
                common::shows_nobody(&file, handover::PLANTED);
            }
        }
        Err(fault) => {
            common::print_logs(folder.path());
            panic!("{fault:?}");
        }
    }
}
