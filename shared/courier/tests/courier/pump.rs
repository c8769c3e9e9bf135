//! The pump between a desk and a hub in memory, in paused time: what it waits for, and what it does about
//! faults.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use tokio::sync::Notify;

use waymark_courier::hub::ACK_WAIT;
use waymark_courier::memory::{Hub, Weather};
use waymark_courier::testkit::slot;
use waymark_courier::{
    Absence, Correspondent, Disposition, LETTER_BYTES_MAX, Outgoing, Post, PostFault, Slot, Taken, run,
};

use crate::desk::{Desk, Office, letters};

fn office(hub: &Hub, number: u16) -> Office {
    Office::open(Arc::new(hub.mailbox(slot(number))), Arc::default())
}

#[tokio::test(start_paused = true)]
async fn letters_pass_both_ways_and_none_stays_at_the_hub() {
    let hub = Hub::new(1, Weather::default());
    let (north, south) = (office(&hub, 1), office(&hub, 2));
    north.desk.post(slot(2), letters(0..300));
    south.desk.post(slot(1), letters(300..400));
    south.desk.until_received(300).await;
    north.desk.until_received(100).await;
    assert_eq!(north.close().await.inside().received(), letters(300..400));
    assert_eq!(south.close().await.inside().received(), letters(0..300));
    assert_eq!(hub.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_waking_desk_is_served_without_a_clock() {
    let hub = Hub::new(1, Weather::default());
    let (north, south) = (office(&hub, 1), office(&hub, 2));
    let began = tokio::time::Instant::now();
    for number in 0..50 {
        north.desk.post(slot(2), letters(number..number + 1));
        south.desk.until_received(number as usize + 1).await;
    }
    assert_eq!(began.elapsed(), Duration::ZERO, "paused time moves only if something waits for it");
}

#[tokio::test(start_paused = true)]
async fn an_idle_pump_asks_the_desk_for_nothing() {
    let hub = Hub::new(1, Weather::default());
    let north = office(&hub, 1);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(north.desk.inside().asked <= 2, "asked {} times", north.desk.inside().asked);
    north.desk.post(slot(2), letters(0..1));
    north.desk.until("it leaves", |desk| desk.taken() == 1).await;
}

#[tokio::test(start_paused = true)]
async fn letters_of_one_sender_stay_in_order() {
    let hub = Hub::new(1, Weather::default());
    let north = office(&hub, 1);
    north.desk.post(slot(3), letters(0..200));
    let south = office(&hub, 2);
    south.desk.post(slot(3), letters(200..400));
    let harbour = office(&hub, 3);
    harbour.desk.until_received(400).await;
    let inside = harbour.desk.inside();
    for (sender, sent) in [(1, letters(0..200)), (2, letters(200..400))] {
        let of_sender = inside.delivered.iter().filter(|(from, _)| *from == slot(sender));
        assert_eq!(of_sender.map(|(_, bytes)| bytes.clone()).collect::<Vec<_>>(), sent);
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_hub_is_out_of_reach_nothing_is_taken_from_the_desk() {
    let hub = Hub::new(1, Weather::default());
    hub.cut_off(slot(1));
    let (north, south) = (office(&hub, 1), office(&hub, 2));
    north.desk.post(slot(2), letters(0..10));
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(north.desk.inside().asked, 0);
    hub.reconnect(slot(1));
    south.desk.until_received(10).await;
    // The last acknowledgements may still be on their way back.
    north.desk.until("every letter is acknowledged", |desk| desk.taken() == 10).await;
    assert_eq!(north.desk.inside().attempts.len(), 10);
}

#[tokio::test(start_paused = true)]
async fn without_a_stream_one_letter_tries_now_and_then_and_all_follow_once_it_is_back() {
    let hub = Hub::new(1, Weather::default());
    hub.lose_stream();
    let (north, south) = (office(&hub, 1), office(&hub, 2));
    north.desk.post(slot(2), letters(0..1000));
    tokio::time::sleep(Duration::from_secs(3600)).await;
    {
        let inside = north.desk.inside();
        let missing = Err(PostFault::HubMissing(Absence::NoStream));
        assert!(inside.attempts.iter().all(|(_, outcome)| *outcome == missing));
        let tries = inside.attempts.len();
        assert!((700..3000).contains(&tries), "{tries} tries in an hour");
    }
    hub.provision();
    south.desk.until_received(1000).await;
    // The last acknowledgements may still be on their way back.
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(north.desk.inside().taken(), 1000);
}

#[tokio::test(start_paused = true)]
async fn through_silence_and_doubling_every_letter_arrives() {
    let weather = Weather { silence: 300, double: 200, overtake: 200, ..Weather::default() };
    let hub = Hub::new(7, weather);
    let (north, south) = (office(&hub, 1), office(&hub, 2));
    north.desk.post(slot(2), letters(0..500));
    south.desk.until_received(500).await;
    let inside = south.desk.inside();
    assert_eq!(inside.received(), letters(0..500));
    assert!(inside.delivered.len() > 500, "the weather doubled none");
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_one_letter_holds_up_no_other() {
    let hub = Hub::new(1, Weather::default());
    let (north, south) = (office(&hub, 1), office(&hub, 2));
    let began = tokio::time::Instant::now();
    north.desk.post(slot(2), [vec![0; LETTER_BYTES_MAX + 1], b"after".to_vec()]);
    south.desk.until_received(1).await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    let too_large = Err(PostFault::TooLarge { bytes: LETTER_BYTES_MAX + 1 });
    north.desk.until("both are reported", |desk| desk.attempts.len() == 2).await;
    assert!(north.desk.inside().attempts.contains(&(0, too_large)));
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_breaks_off_comes_again_and_holds_up_no_other() {
    let hub = Hub::new(1, Weather::default());
    let south: Arc<Desk> = Arc::default();
    south.inside().panics.push(0);
    let (north, south) = (office(&hub, 1), Office::open(Arc::new(hub.mailbox(slot(2))), south));
    north.desk.post(slot(2), letters(0..3));
    south.desk.until_received(3).await;
    hub.advance(ACK_WAIT);
    south.desk.until("the first comes again", |desk| desk.delivered.len() == 4).await;
    assert_eq!(south.close().await.inside().delivered[3], (slot(1), letters(0..1).remove(0)));
    assert_eq!(hub.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_letter_put_off_comes_again_and_a_refused_one_does_not() {
    let hub = Hub::new(1, Weather::default());
    let south: Arc<Desk> = Arc::default();
    south.inside().answers.insert(0, Disposition::Later(Duration::from_secs(9)));
    south.inside().answers.insert(1, Disposition::Refused("unknown office"));
    let (north, south) = (office(&hub, 1), Office::open(Arc::new(hub.mailbox(slot(2))), south));
    north.desk.post(slot(2), letters(0..2));
    south.desk.until_received(2).await;
    hub.advance(Duration::from_secs(9));
    south.desk.until("the first comes again", |desk| desk.delivered.len() == 3).await;
    assert_eq!(south.close().await.inside().delivered[2].1, letters(0..1)[0]);
    assert_eq!(hub.waiting(), 0);
    assert_eq!(hub.refusals().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_what_was_in_hand_comes_again() {
    let hub = Hub::new(1, Weather::default());
    let south = hub.mailbox(slot(2));
    let north = office(&hub, 1);
    north.desk.post(slot(2), letters(0..5));
    north.desk.until("all are taken", |desk| desk.taken() == 5).await;
    let in_hand: Vec<_> = std::iter::from_fn(|| south.try_next()).collect();
    assert_eq!(in_hand.len(), 5);
    drop(in_hand);
    hub.advance(ACK_WAIT);
    let south = Office::open(Arc::new(hub.mailbox(slot(2))), Arc::default());
    south.desk.until_received(5).await;
}

#[tokio::test(start_paused = true)]
async fn stopping_reports_what_is_in_flight_and_takes_nothing_more() {
    let hub = Hub::new(1, Weather::default());
    let north = office(&hub, 1);
    north.desk.post(slot(2), letters(0..100));
    let desk = north.close().await;
    let reported = desk.inside().attempts.len();
    desk.post(slot(2), letters(100..200));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(desk.inside().attempts.len(), reported);
    assert_eq!(hub.waiting(), desk.inside().taken());
    assert!(hub.mailbox(slot(1)).state().borrow().is_connected());
}

/// A desk that makes its letter only once the runtime has done something else meanwhile.
struct Slow {
    others: Mutex<mpsc::Receiver<()>>,
    made: AtomicBool,
    heard: Notify,
}

impl Correspondent for Slow {
    fn outgoing(&self, _: usize) -> Vec<Outgoing> {
        if self.made.swap(true, Ordering::SeqCst) {
            return Vec::new();
        }
        let others = self.others.lock().expect("no panic").recv_timeout(Duration::from_secs(20));
        others.expect("the runtime stood still while the desk was at work");
        vec![Outgoing { to: slot(2), msg_id: [1; 16], bytes: vec![7], ticket: 1 }]
    }

    fn sent(&self, _: u64, outcome: Result<Taken, PostFault>) {
        assert!(outcome.is_ok());
        self.heard.notify_one();
    }

    async fn deliver(&self, _: Slot, _: Vec<u8>) -> Disposition {
        Disposition::Kept
    }

    async fn wait_outgoing(&self) {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_desk_that_takes_long_over_a_letter_holds_up_nothing_else() {
    let hub = Hub::new(1, Weather::default());
    let (others, receiver) = mpsc::channel();
    let (others_receiver, made) = (Mutex::new(receiver), AtomicBool::new(false));
    let desk = Arc::new(Slow { others: others_receiver, made, heard: Notify::new() });
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let post = Arc::new(hub.mailbox(slot(1)));
    let pump = tokio::spawn(run(post, Arc::clone(&desk), async {
        let _ = stopped.await;
    }));
    // One thread serves all: this is reached only if the desk at work does not block it.
    while !desk.made.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    others.send(()).expect("the desk waits");
    desk.heard.notified().await;
    stop.send(()).expect("the pump runs");
    pump.await.expect("without panic");
}
