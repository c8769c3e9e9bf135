use super::*;

fn slot(number: u16) -> Slot {
    Slot::numbered(number.try_into().expect("slots count from 1"))
}

fn hub(weather: Weather) -> (Hub, Mailbox, Mailbox) {
    let hub = Hub::new(1, weather);
    (hub.clone(), hub.mailbox(slot(1)), hub.mailbox(slot(2)))
}

async fn send(from: &Mailbox, number: u8) -> Result<Taken, PostFault> {
    from.send(slot(2), [number; 16], vec![number]).await
}

/// Takes everything that is due and keeps it.
async fn keep_all(mailbox: &Mailbox) -> Vec<u8> {
    let mut got = Vec::new();
    while let Some(parcel) = mailbox.try_next() {
        got.extend(parcel.bytes.iter().copied());
        parcel.settle(Disposition::Kept).await;
    }
    got
}

#[tokio::test]
async fn in_calm_weather_letters_come_once_and_in_order() {
    let (hub, north, south) = hub(Weather::default());
    for number in 0..5 {
        assert_eq!(send(&north, number).await, Ok(Taken { duplicate: false }));
    }
    assert_eq!(keep_all(&south).await, [0, 1, 2, 3, 4]);
    assert_eq!(hub.waiting(), 0);
    assert!(north.try_next().is_none());
}

#[tokio::test]
async fn the_same_id_is_taken_once() {
    let (hub, north, south) = hub(Weather::default());
    assert_eq!(send(&north, 7).await, Ok(Taken { duplicate: false }));
    assert_eq!(send(&north, 7).await, Ok(Taken { duplicate: true }));
    assert_eq!(keep_all(&south).await, [7]);
    hub.advance(DUPLICATE_WINDOW);
    assert_eq!(send(&north, 7).await, Ok(Taken { duplicate: false }));
}

#[tokio::test]
async fn an_unsettled_letter_comes_again_and_a_late_word_still_counts() {
    let (hub, north, south) = hub(Weather::default());
    assert!(send(&north, 1).await.is_ok());
    let first = south.try_next().expect("due");
    assert!(south.try_next().is_none());
    hub.advance(ACK_WAIT);
    let again = south.try_next().expect("due again");
    assert_eq!(again.bytes, [1]);
    first.settle(Disposition::Kept).await;
    assert_eq!(hub.waiting(), 0);
}

#[tokio::test]
async fn later_means_later_and_refused_means_never() {
    let (hub, north, south) = hub(Weather::default());
    assert!(send(&north, 1).await.is_ok());
    south.try_next().expect("due").settle(Disposition::Later(Duration::from_secs(5))).await;
    assert!(south.try_next().is_none());
    assert_eq!(hub.next_due(), Some(Duration::from_secs(5)));
    hub.advance(Duration::from_secs(5));
    south.try_next().expect("due").settle(Disposition::Refused("unknown office")).await;
    assert_eq!(hub.waiting(), 0);
    assert_eq!(hub.refusals(), [Refusal { from: slot(1), to: slot(2), reason: "unknown office" }]);
}

#[tokio::test]
async fn an_office_that_is_cut_off_sends_and_receives_nothing() {
    let (hub, north, south) = hub(Weather::default());
    let state = south.state();
    assert!(send(&north, 1).await.is_ok());
    hub.cut_off(slot(2));
    assert!(matches!(&*state.borrow(), HubState::Missing { why: Absence::Unreachable, .. }));
    assert!(south.try_next().is_none());
    let refused = south.send(slot(1), [9; 16], vec![9]).await;
    assert_eq!(refused, Err(PostFault::HubMissing(Absence::Unreachable)));
    assert!(send(&north, 2).await.is_ok());
    hub.reconnect(slot(2));
    assert!(state.borrow().is_connected());
    assert_eq!(keep_all(&south).await, [1, 2]);
}

#[tokio::test]
async fn a_lost_stream_takes_its_letters_along() {
    let (hub, north, south) = hub(Weather::default());
    assert!(send(&north, 1).await.is_ok());
    hub.lose_stream();
    assert_eq!(send(&north, 1).await, Err(PostFault::HubMissing(Absence::NoStream)));
    hub.provision();
    assert!(south.try_next().is_none());
    assert_eq!(send(&north, 1).await, Ok(Taken { duplicate: false }));
    assert_eq!(keep_all(&south).await, [1]);
}

/// Sends a hundred letters, each until it is taken, and returns what came.
async fn through(seed: u64, weather: Weather) -> Vec<u8> {
    let hub = Hub::new(seed, weather);
    let (north, south) = (hub.mailbox(slot(1)), hub.mailbox(slot(2)));
    for number in 0..100 {
        while send(&north, number).await.is_err() {}
    }
    let mut got = keep_all(&south).await;
    while let Some(due) = hub.next_due() {
        hub.advance(due - hub.now());
        got.extend(keep_all(&south).await);
    }
    got
}

#[tokio::test]
async fn each_kind_of_weather_does_what_it_says() {
    let all: Vec<u8> = (0..100).collect();
    let sorted = |mut got: Vec<u8>| {
        got.sort_unstable();
        got
    };
    let doubled = through(1, Weather { double: 300, ..Weather::default() }).await;
    assert!(doubled.len() > 110 && doubled.len() < 150, "{}", doubled.len());
    let lost = through(1, Weather { lose: 300, ..Weather::default() }).await;
    assert!(lost.len() > 50 && lost.len() < 90, "{}", lost.len());
    let silent = through(1, Weather { silence: 500, ..Weather::default() }).await;
    assert_eq!(silent, all, "repeated under the same id, nothing is doubled");
    let overtaken = through(1, Weather { overtake: 500, ..Weather::default() }).await;
    assert_ne!(overtaken, all);
    assert_eq!(sorted(overtaken), all);
    let late = Weather { delay_most: Duration::from_secs(3), ..Weather::default() };
    let delayed = through(1, late).await;
    assert_ne!(delayed, all);
    assert_eq!(sorted(delayed), all);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_mail() {
    let storm = Weather {
        delay_least: Duration::from_millis(1),
        delay_most: Duration::from_secs(90),
        double: 100,
        overtake: 200,
        lose: 50,
        silence: 200,
    };
    assert_eq!(through(42, storm).await, through(42, storm).await);
    assert_ne!(through(42, storm).await, through(43, storm).await);
}
