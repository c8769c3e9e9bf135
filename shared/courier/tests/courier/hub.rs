//! The courier on a real nats-server: what must survive crashes of either side, and a hub that loses
//! everything.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::stream::Config;
use futures::future::join_all;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use waymark_courier::hub::{ACK_WAIT, HubFault, Plan, STREAM, WAITING_MAX, provision};
use waymark_courier::testkit::{Server, slot, until_hub};
use waymark_courier::{
    Absence, Disposition, HubState, LETTER_BYTES_MAX, Nats, Parcel, Post, PostFault, Settings, SettingsFault,
    Slot, Taken,
};

use crate::desk::{Desk, Office, letters};

const PATIENCE: Duration = Duration::from_secs(60);

async fn connect(servers: Vec<String>, slot: Slot) -> Arc<Nats> {
    Arc::new(Nats::connect(&Settings { servers, slot }).await.expect("settings that can be used"))
}

async fn post(server: &Server, number: u16) -> Arc<Nats> {
    let post = connect(server.servers(), slot(number)).await;
    until_hub(&*post, HubState::is_connected).await;
    post
}

async fn office(server: &Server, number: u16) -> Office {
    Office::open(post(server, number).await, Arc::default())
}

/// Two boxes at a hub that delivers again soon.
fn impatient() -> Plan {
    Plan { ack_wait: Duration::from_secs(1), ..Plan::single([slot(1), slot(2)]) }
}

async fn next(post: &Nats) -> Parcel {
    let next = tokio::time::timeout(PATIENCE, post.next()).await.expect("a letter comes");
    next.expect("the post box can be read")
}

fn missing(wanted: Absence) -> impl FnMut(&HubState) -> bool {
    move |state| matches!(state, HubState::Missing { why, .. } if *why == wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_pass_between_three_offices() {
    let server = Server::with_boxes([slot(1), slot(2), slot(3)]).await;
    let (north, south) = (office(&server, 1).await, office(&server, 2).await);
    north.desk.post(slot(2), letters(0..200));
    north.desk.post(slot(3), letters(200..400));
    south.desk.post(slot(1), letters(400..500));
    south.desk.until_received(200).await;
    north.desk.until_received(100).await;
    let harbour = office(&server, 3).await;
    harbour.desk.until_received(200).await;
    assert_eq!(north.close().await.inside().received(), letters(400..500));
    let south = south.close().await;
    assert!(south.inside().delivered.iter().all(|(from, _)| *from == slot(1)));
    assert_eq!(south.inside().received(), letters(0..200));
    assert_eq!(harbour.close().await.inside().received(), letters(200..400));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_letter_passes_and_a_larger_one_is_refused() {
    let server = Server::with_boxes([slot(1), slot(2)]).await;
    let (north, south) = (post(&server, 1).await, post(&server, 2).await);
    let largest = vec![0xab; LETTER_BYTES_MAX];
    assert_eq!(north.send(slot(2), [1; 16], largest.clone()).await, Ok(Taken { duplicate: false }));
    assert_eq!(next(&south).await.bytes, largest);
    let larger = north.send(slot(2), [2; 16], vec![0xab; LETTER_BYTES_MAX + 1]).await;
    assert_eq!(larger, Err(PostFault::TooLarge { bytes: LETTER_BYTES_MAX + 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_not_settled_comes_again() {
    let server = Server::start().await;
    server.provision(&impatient()).await;
    let (north, south) = (post(&server, 1).await, post(&server, 2).await);
    assert!(north.send(slot(2), [1; 16], b"twice".to_vec()).await.is_ok());
    drop(next(&south).await);
    let again = next(&south).await;
    assert_eq!(again.bytes, b"twice");
    again.settle(Disposition::Kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_put_off_comes_again_and_a_refused_one_does_not() {
    let server = Server::with_boxes([slot(1), slot(2)]).await;
    let south: Arc<Desk> = Arc::default();
    south.inside().answers.insert(0, Disposition::Later(Duration::from_millis(100)));
    south.inside().answers.insert(1, Disposition::Refused("unknown office"));
    let north = office(&server, 1).await;
    let south = Office::open(post(&server, 2).await, south);
    north.desk.post(slot(2), letters(0..3));
    south.desk.until("the first comes again", |desk| desk.delivered.len() == 4).await;
    south.close().await;
    let south = post(&server, 2).await;
    north.desk.post(slot(2), letters(9..10));
    assert_eq!(next(&south).await.bytes, letters(9..10)[0], "nothing older is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_knows_when_it_has_read_everything_that_waited_for_it() {
    let server = Server::with_boxes([slot(1), slot(2)]).await;
    let north = office(&server, 1).await;
    north.desk.post(slot(2), letters(0..3));
    north.desk.until("all are taken", |desk| desk.taken() == 3).await;
    for _ in 0..2 {
        let south = post(&server, 2).await;
        let backlog = south.backlog();
        let first = next(&south).await;
        assert_eq!(*backlog.borrow(), Some(3));
        first.settle(Disposition::Later(Duration::ZERO)).await;
        assert_eq!(*backlog.borrow(), Some(3), "it comes again");
        south.close().await;
    }
    let south = post(&server, 2).await;
    let backlog = south.backlog();
    next(&south).await.settle(Disposition::Kept).await;
    next(&south).await.settle(Disposition::Refused("unknown office")).await;
    assert_eq!(*backlog.borrow(), Some(1));
    next(&south).await.settle(Disposition::Kept).await;
    assert_eq!(*backlog.borrow(), Some(0));
    north.desk.post(slot(2), letters(3..4));
    next(&south).await.settle(Disposition::Kept).await;
    assert_eq!(*backlog.borrow(), Some(0), "what came later does not count");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_comes_again_is_not_counted_off_by_one_that_came_later() {
    let server = Server::with_boxes([slot(1), slot(2)]).await;
    let north = office(&server, 1).await;
    north.desk.post(slot(2), letters(0..1));
    north.desk.until("it is taken", |desk| desk.taken() == 1).await;
    let south = post(&server, 2).await;
    let backlog = south.backlog();
    next(&south).await.settle(Disposition::Later(Duration::from_secs(1))).await;
    north.desk.post(slot(2), letters(1..2));
    let later = next(&south).await;
    assert_eq!(later.bytes, letters(1..2)[0]);
    later.settle(Disposition::Kept).await;
    assert_eq!(*backlog.borrow(), Some(1), "the first is still to be read");
    let first = next(&south).await;
    assert_eq!(first.bytes, letters(0..1)[0]);
    first.settle(Disposition::Kept).await;
    assert_eq!(*backlog.borrow(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_office_had_in_hand_when_it_stopped_waits_for_its_next_start() {
    let server = Server::with_boxes([slot(1), slot(2)]).await;
    let north = office(&server, 1).await;
    let south = post(&server, 2).await;
    north.desk.post(slot(2), letters(0..40));
    north.desk.until("all are taken", |desk| desk.taken() == 40).await;
    next(&south).await.settle(Disposition::Kept).await;
    south.close().await;
    // Before the acknowledgement time: whoever waits for that has not given them back.
    let south = office(&server, 2).await;
    let all = tokio::time::timeout(ACK_WAIT / 2, south.desk.until_received(39)).await;
    assert!(all.is_ok(), "the fetched letters were not given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_letter_sent_twice_comes_once_and_the_sender_is_told() {
    let server = Server::with_boxes([slot(1), slot(2)]).await;
    let (north, south) = (post(&server, 1).await, post(&server, 2).await);
    assert_eq!(north.send(slot(2), [1; 16], b"one".to_vec()).await, Ok(Taken { duplicate: false }));
    assert_eq!(north.send(slot(2), [1; 16], b"one".to_vec()).await, Ok(Taken { duplicate: true }));
    assert_eq!(north.send(slot(2), [2; 16], b"two".to_vec()).await, Ok(Taken { duplicate: false }));
    for expected in [b"one", b"two"] {
        let parcel = next(&south).await;
        assert_eq!((parcel.from, parcel.bytes.as_slice()), (slot(1), expected.as_slice()));
        parcel.settle(Disposition::Kept).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_hub_loses_nothing_and_mail_goes_on_when_it_is_back() {
    let mut server = Server::start().await;
    server.provision(&impatient()).await;
    let (north, south) = (office(&server, 1).await, office(&server, 2).await);
    for round in 0..3 {
        north.desk.post(slot(2), letters(round * 1000..round * 1000 + 500));
        let before = north.desk.inside().taken();
        north.desk.until("mail flows", |desk| desk.taken() > before + 50).await;
        server.kill();
        north.desk.post(slot(2), letters(round * 1000 + 500..round * 1000 + 1000));
        server.restart().await;
        south.desk.until_received((round as usize + 1) * 1000).await;
    }
    assert_eq!(south.close().await.inside().received(), letters(0..3000));
    north.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_hub_is_noticed_and_mail_goes_on_when_it_thaws() {
    let server = Server::start().await;
    server.provision(&impatient()).await;
    let north = post(&server, 1).await;
    let north_office = Office::open(Arc::clone(&north), Arc::default());
    let south = office(&server, 2).await;
    north_office.desk.post(slot(2), letters(0..10));
    south.desk.until_received(10).await;
    server.freeze();
    north_office.desk.post(slot(2), letters(10..20));
    until_hub(&*north, missing(Absence::Unreachable)).await;
    server.thaw();
    south.desk.until_received(20).await;
    assert!(north_office.desk.inside().attempts.contains(&(10, Err(PostFault::Unanswered))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crashed_office_gets_what_it_had_not_kept() {
    let server = Server::start().await;
    server.provision(&impatient()).await;
    let north = office(&server, 1).await;
    let mut south = office(&server, 2).await;
    for round in 0..3 {
        north.desk.post(slot(2), letters(round * 1000..round * 1000 + 1000));
        south.desk.until_received(round as usize * 1000 + 100).await;
        let desk = south.crash().await;
        south = Office::open(post(&server, 2).await, desk);
    }
    south.desk.until_received(3000).await;
    assert_eq!(south.close().await.inside().received(), letters(0..3000));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_starts_without_its_hub_and_posts_once_it_is_there() {
    let mut server = Server::with_boxes([slot(1), slot(2)]).await;
    server.kill();
    let north = connect(server.servers(), slot(1)).await;
    let fault = north.send(slot(2), [1; 16], b"too early".to_vec()).await;
    assert_eq!(fault, Err(PostFault::HubMissing(Absence::Unreachable)));
    let first = north.state().borrow().clone();
    let north = Office::open(north, Arc::default());
    north.desk.post(slot(2), letters(0..10));
    let south = connect(server.servers(), slot(2)).await;
    assert!(matches!(&first, HubState::Missing { why: Absence::Unreachable, .. }), "{first:?}");
    server.restart().await;
    let south = Office::open(south, Arc::default());
    south.desk.until_received(10).await;
    assert!(north.desk.inside().attempts.iter().all(|(_, outcome)| outcome.is_ok()));
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_lost_with_the_stream_while_the_recipient_was_away_arrive_when_sent_again() {
    let server = Server::with_boxes([slot(1), slot(2)]).await;
    let north = post(&server, 1).await;
    let state = Arc::clone(&north);
    let north = Office::open(north, Arc::default());
    north.desk.post(slot(2), letters(0..100));
    north.desk.until("the hub has them", |desk| desk.taken() == 100).await;
    server.delete_stream().await;
    north.desk.post(slot(2), letters(100..200));
    until_hub(&*state, missing(Absence::NoStream)).await;
    server.provision(&Plan::single([slot(1), slot(2)])).await;
    until_hub(&*state, HubState::is_connected).await;
    let south = office(&server, 2).await;
    south.desk.until_received(100).await;
    assert_eq!(south.desk.inside().received(), letters(100..200), "the first hundred went with the stream");
    north.desk.until("no letter is under way", |desk| desk.taken() == 200).await;
    north.desk.send_all_again();
    south.desk.until_received(200).await;
    assert_eq!(south.close().await.inside().received(), letters(0..200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_that_listens_recovers_from_the_loss_of_the_stream() {
    let server = Server::with_boxes([slot(1), slot(2)]).await;
    let (north, south) = (post(&server, 1).await, post(&server, 2).await);
    let south_office = Office::open(Arc::clone(&south), Arc::default());
    assert!(north.send(slot(2), [1; 16], b"before".to_vec()).await.is_ok());
    south_office.desk.until_received(1).await;
    server.delete_stream().await;
    until_hub(&*south, missing(Absence::NoStream)).await;
    server.provision(&Plan::single([slot(1), slot(2)])).await;
    until_hub(&*south, HubState::is_connected).await;
    assert!(north.send(slot(2), [2; 16], b"after".to_vec()).await.is_ok());
    south_office.desk.until_received(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_without_a_box_is_told_so_and_served_once_it_has_one() {
    let server = Server::with_boxes([slot(1)]).await;
    let south = connect(server.servers(), slot(2)).await;
    let office = Office::open(Arc::clone(&south), Arc::default());
    until_hub(&*south, missing(Absence::NoBox)).await;
    server.provision(&Plan::single([slot(1), slot(2)])).await;
    let north = post(&server, 1).await;
    assert!(north.send(slot(2), [1; 16], b"welcome".to_vec()).await.is_ok());
    office.desk.until_received(1).await;
    until_hub(&*south, HubState::is_connected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_box_refuses_one_author_and_takes_letters_of_another() {
    let server = Server::with_boxes([slot(1), slot(2), slot(3)]).await;
    let (north, south) = (post(&server, 1).await, post(&server, 2).await);
    let full = u16::try_from(WAITING_MAX).expect("a small number");
    let id = |number: u16| [number.to_le_bytes(); 8].concat().try_into().expect("16 bytes");
    for hundred in (0..full).step_by(100) {
        let sent =
            join_all((hundred..hundred + 100).map(|number| north.send(slot(3), id(number), vec![1]))).await;
        assert!(sent.iter().all(Result::is_ok));
    }
    assert_eq!(north.send(slot(3), id(full), vec![1]).await, Err(PostFault::BoxFull));
    assert!(north.send(slot(2), id(full + 1), vec![1]).await.is_ok());
    assert!(south.send(slot(3), id(full + 2), vec![1]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn provisioning_again_changes_nothing_and_different_settings_are_reported() {
    let server = Server::with_boxes([slot(1)]).await;
    server.provision(&Plan::single([slot(1), slot(2)])).await;
    let other = Plan { ack_wait: Duration::from_secs(7), ..Plan::single([slot(1)]) };
    let fault = provision(&server.servers(), &other).await;
    assert!(matches!(fault, Err(HubFault::BoxDiffers(differing)) if differing == slot(1)), "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_box_of_an_office_that_has_left_is_taken_away_and_no_other() {
    let server = Server::with_boxes([slot(1), slot(2)]).await;
    let (north, south) = (post(&server, 1).await, connect(server.servers(), slot(2)).await);
    let office = Office::open(Arc::clone(&south), Arc::default());
    until_hub(&*south, HubState::is_connected).await;
    // Twice: what is gone already is nobody's fault.
    for _ in 0..2 {
        server.provision(&Plan { gone: vec![slot(2)], ..Plan::single([slot(1)]) }).await;
    }
    until_hub(&*south, missing(Absence::NoBox)).await;
    until_hub(&*north, HubState::is_connected).await;
    drop(office);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_made_by_somebody_else_is_not_taken_for_ours() {
    let server = Server::start().await;
    let client = async_nats::connect(server.servers()).await.expect("the hub is reached");
    let foreign =
        Config { name: STREAM.to_owned(), subjects: vec!["ev.*.*".to_owned()], ..Config::default() };
    async_nats::jetstream::new(client).create_stream(foreign).await.expect("the stream is made");
    let fault = provision(&server.servers(), &Plan::single([slot(1)])).await;
    assert!(matches!(fault, Err(HubFault::StreamDiffers("retention"))), "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_server_is_refused_by_name() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let servers = vec![format!("nats://{}", listener.local_addr().expect("its address"))];
    let _old = tokio::task::JoinSet::from_iter([old_server(listener)]);
    let fault = provision(&servers, &Plan::single([slot(1)])).await;
    assert!(matches!(&fault, Err(HubFault::TooOld(version)) if version == "2.9.10"), "{fault:?}");
    let north = connect(servers, slot(1)).await;
    let office = Office::open(Arc::clone(&north), Arc::default());
    until_hub(&*north, missing(Absence::TooOld { version: "2.9.10".to_owned() })).await;
    office.desk.post(slot(2), letters(0..1));
    assert_eq!(
        north.send(slot(2), [1; 16], vec![1]).await,
        Err(PostFault::HubMissing(Absence::TooOld { version: "2.9.10".to_owned() }))
    );
    assert_eq!(office.close().await.inside().asked, 0, "nothing is taken from the desk for such a hub");
}

/// As much of a server as it takes to state a version.
async fn old_server(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        tokio::spawn(async move {
            let mut stream = BufReader::new(stream);
            let info = r#"{"server_id":"old","server_name":"old","version":"2.9.10","proto":1,"host":"127.0.0.1","port":0,"headers":true,"max_payload":262144}"#;
            stream.write_all(format!("INFO {info}\r\n").as_bytes()).await?;
            let mut line = String::new();
            while stream.read_line(&mut line).await? > 0 {
                if line.starts_with("PING") {
                    stream.write_all(b"PONG\r\n").await?;
                }
                line.clear();
            }
            std::io::Result::Ok(())
        });
    }
}

#[tokio::test]
async fn settings_without_a_usable_server_are_refused() {
    let settings = |servers| Settings { servers, slot: slot(1) };
    assert!(matches!(Nats::connect(&settings(vec![])).await, Err(SettingsFault::NoServer)));
    let fault = Nats::connect(&settings(vec!["nats://[".to_owned()])).await;
    assert!(matches!(fault, Err(SettingsFault::NotAnAddress(_))));
}
