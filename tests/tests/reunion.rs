//! Offices and the hub go away and come back: see `src/story/reunion.rs`.

use waymark_tests::story::reunion;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn what_the_hub_lost_while_an_office_was_away_is_sent_again_once_and_in_order() {
    reunion::lost_stream(folder().path()).expect("the story");
}

#[test]
fn an_office_that_was_away_sees_the_end_when_it_returns() {
    reunion::away(folder().path()).expect("the story");
}

#[test]
fn an_office_started_from_an_old_copy_of_its_folder_writes_nothing_and_says_why() {
    reunion::old_copy(folder().path()).expect("the story");
}

#[test]
fn a_removed_index_is_made_again_with_its_rows_and_its_outbox() {
    reunion::without_index(folder().path()).expect("the story");
}

#[test]
fn an_office_that_lost_its_newest_folder_goes_on_in_a_new_log_with_what_the_others_give_back() {
    reunion::recovered(folder().path()).expect("the story");
}
