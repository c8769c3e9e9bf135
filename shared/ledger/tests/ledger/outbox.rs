//! What has to reach other offices, through commits and restarts.

use waymark_domain::ids::{OfficeId, ThreadId};
use waymark_domain::time::Timestamp;
use waymark_ledger::OutboxRow;
use waymark_seal::entry::Audience;

use crate::office::{Drafts, HARBOUR, NORTH, SOUTH, commit, create, kept, open};

const REFERRAL: ThreadId = ThreadId([8; 16]);

fn to(rows: &[OutboxRow], office: OfficeId) -> Vec<u64> {
    rows.iter().filter(|row| row.to == office).map(|row| row.index).collect()
}

#[test]
fn each_recipient_gets_its_entries_until_it_receipts_them() {
    let (north_folder, south_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    create(north_folder.path(), NORTH);
    create(south_folder.path(), SOUTH);
    let (north, _) = open(north_folder.path(), NORTH).unwrap();
    let (south, _) = open(south_folder.path(), SOUTH).unwrap();
    let (ours, theirs) = (Drafts::new(NORTH, 1), Drafts::new(SOUTH, 2));
    let audiences = [
        Audience::Nobody,
        Audience::Office(SOUTH),
        Audience::Network,
        Audience::Office(HARBOUR),
        Audience::Office(SOUTH),
    ];
    commit(&north, audiences.iter().map(|audience| ours.bare(REFERRAL, *audience)).collect());
    let rows = north.outbox(Timestamp(0), 100);
    assert_eq!((to(&rows, SOUTH), to(&rows, HARBOUR)), (vec![1, 2, 4], vec![2, 3]));
    assert!(north.outbox(Timestamp(0), 100).is_empty());
    north.outbox_sent(&rows, Timestamp(0));
    let receipts = commit(&south, vec![theirs.received(kept(&north, 1)), theirs.received(kept(&north, 2))]);
    let receipts: Vec<_> = receipts.iter().map(|placed| kept(&south, placed.index)).collect();
    commit(&north, vec![ours.receipted(&receipts)]);
    let rows = north.outbox(Timestamp(100_000), 100);
    assert_eq!((to(&rows, SOUTH), to(&rows, HARBOUR)), (vec![4], vec![2, 3]));
    assert!(rows.iter().all(|row| row.attempts == 1 && row.receipt_wanted));
    north.outbox_receipted(HARBOUR, 2);
    assert_eq!(to(&north.outbox(Timestamp(200_000), 100), HARBOUR), [3]);
    // South's receipts wait to be taken by the broker, nothing more.
    let rows = south.outbox(Timestamp(0), 100);
    assert_eq!((to(&rows, NORTH), rows[0].receipt_wanted), (vec![0, 1], false));
    south.outbox_taken(&rows);
    assert!(south.outbox(Timestamp(100_000), 100).is_empty());
    assert_eq!(south.outbox_next_at(Timestamp(0)), None);
}

#[test]
fn a_receipt_that_names_another_leaf_settles_nothing() {
    let (north_folder, south_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    create(north_folder.path(), NORTH);
    create(south_folder.path(), SOUTH);
    let (north, _) = open(north_folder.path(), NORTH).unwrap();
    let (south, _) = open(south_folder.path(), SOUTH).unwrap();
    let (ours, theirs) = (Drafts::new(NORTH, 1), Drafts::new(SOUTH, 2));
    commit(
        &north,
        vec![ours.bare(REFERRAL, Audience::Office(SOUTH)), ours.bare(REFERRAL, Audience::Office(SOUTH))],
    );
    let mut lie = theirs.received(kept(&north, 0));
    let event = waymark_domain::event::Event::decode(2, &lie.public).unwrap();
    let waymark_domain::event::Event::Received(mut received) = event else { panic!("it is a receipt") };
    received.entry.index = 1;
    lie.public = waymark_domain::event::Event::from(received).encode();
    let placed = commit(&south, vec![lie]);
    commit(&north, vec![ours.receipted(&[kept(&south, placed[0].index)])]);
    assert_eq!(to(&north.outbox(Timestamp(0), 100), SOUTH), [0, 1]);
}

#[test]
fn rows_and_message_ids_survive_a_restart_and_a_newcomer_gets_all_notices() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), NORTH);
    let drafts = Drafts::new(NORTH, 1);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    commit(&ledger, (0..5).map(|_| drafts.bare(REFERRAL, Audience::Office(SOUTH))).collect());
    commit(&ledger, vec![drafts.bare(REFERRAL, Audience::Network)]);
    let first = ledger.outbox(Timestamp(0), 100);
    ledger.outbox_sent(&first, Timestamp(0));
    drop(ledger);
    let (ledger, _) = open(folder.path(), NORTH).unwrap();
    assert!(ledger.outbox(Timestamp(1), 100).is_empty());
    assert!(ledger.outbox_next_at(Timestamp(1)).is_some_and(|at| at > Timestamp(10)));
    let newcomer = OfficeId([77; 16]);
    ledger.set_offices(&[NORTH, SOUTH, HARBOUR, newcomer]);
    assert_eq!(to(&ledger.outbox(Timestamp(1), 100), newcomer), [5]);
    let again = ledger.outbox(Timestamp(100_000), 100);
    for row in &first {
        let same = again.iter().find(|other| (other.to, other.index) == (row.to, row.index)).unwrap();
        assert_eq!((same.msg_id, same.attempts), (row.msg_id, 1));
    }
    let mut ids: Vec<_> = again.iter().map(|row| row.msg_id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), again.len());
}
