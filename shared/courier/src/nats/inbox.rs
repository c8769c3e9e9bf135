//! The receiving side: one pull subscription on the office's durable consumer. It is thrown away and opened
//! anew after every lost connection and every complaint, because that is simpler to trust than a repaired
//! one.

use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull::{MessagesErrorKind, Stream};
use async_nats::jetstream::stream::ConsumerErrorKind;
use async_nats::jetstream::{AckKind, Context, ErrorCode, Message};
use futures::{FutureExt, StreamExt};
use tokio::time::timeout;

use super::standing::Standing;
use crate::hub::{STREAM, author};
use crate::{Absence, Disposition, Parcel, PostFault, Slot};

/// Letters asked for at once.
const FETCH: usize = 64;
/// How long the hub keeps such a request; short, because a lost one is noticed only when it ends.
const EXPIRES: Duration = Duration::from_secs(10);
/// How often the hub says that there is nothing; two missed ones mean that it is gone.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// After this long without a letter, none is under way.
const QUIET: Duration = Duration::from_millis(250);

pub(super) struct Inbox {
    slot: Slot,
    link: u64,
    letters: Stream,
}

impl Inbox {
    /// Opens the post box as soon as there is a connection.
    pub(super) async fn open(context: &Context, slot: Slot, standing: &Standing) -> Result<Self, PostFault> {
        let link = standing.link().await;
        let found = context.get_consumer_from_stream(slot.to_string(), STREAM).await;
        let consumer: PullConsumer = found.map_err(|fault| absent(&fault.kind(), standing))?;
        let info = consumer.cached_info();
        let waiting = info.num_pending + info.num_ack_pending as u64;
        let letters = consumer
            .stream()
            .max_messages_per_batch(FETCH)
            .expires(EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages()
            .await
            .map_err(|_| PostFault::Unanswered)?;
        standing.box_is_there();
        standing.waiting(Some(waiting));
        Ok(Self { slot, link, letters })
    }

    /// The next letter; nothing if the connection was lost, and with it this inbox.
    pub(super) async fn next(
        &mut self,
        client: &async_nats::Client,
        standing: &Standing,
    ) -> Result<Option<Parcel>, PostFault> {
        loop {
            // Letters that arrived before the connection broke come first: biased.
            let letter = tokio::select! {
                biased;
                letter = self.letters.next() => letter,
                () = standing.lost(self.link) => return Ok(None),
            };
            match letter {
                Some(Ok(message)) => match author(&message.subject, self.slot) {
                    Some(from) => return Ok(Some(parcel(from, message, client.clone(), standing.clone()))),
                    None => {
                        settle(&message, client, Disposition::Refused("not addressed to this box")).await;
                        standing.settled(place(&message));
                    }
                },
                Some(Err(fault)) => return Err(broken(fault.kind(), standing)),
                None => return Err(PostFault::Unanswered),
            }
        }
    }

    /// Returns fetched letters to the box, for the next start to find at once. Those still under way are
    /// awaited; the hub stops of itself when the office has as many unsettled ones as it may.
    pub(super) async fn give_back(mut self, client: &async_nats::Client) {
        let mut fetched = Vec::new();
        while let Ok(Some(Ok(message))) = timeout(QUIET, self.letters.next()).await {
            fetched.push(message);
        }
        // Closed first, or the hub would deliver them here again.
        drop(self.letters);
        for message in &fetched {
            settle(message, client, Disposition::Later(Duration::ZERO)).await;
        }
    }
}

fn absent(fault: &ConsumerErrorKind, standing: &Standing) -> PostFault {
    match fault {
        ConsumerErrorKind::JetStream(refused) if refused.error_code() == ErrorCode::STREAM_NOT_FOUND => {
            standing.stream_is_missing();
            PostFault::HubMissing(Absence::NoStream)
        }
        ConsumerErrorKind::JetStream(refused) if refused.error_code() == ErrorCode::CONSUMER_NOT_FOUND => {
            standing.stream_is_there();
            standing.box_is_missing();
            PostFault::HubMissing(Absence::NoBox)
        }
        ConsumerErrorKind::JetStream(refused) => PostFault::Refused { code: refused.error_code().0 },
        ConsumerErrorKind::Request => {
            standing.stream_is_missing();
            PostFault::HubMissing(Absence::NoStream)
        }
        ConsumerErrorKind::TimedOut
        | ConsumerErrorKind::InvalidConsumerType
        | ConsumerErrorKind::InvalidName
        | ConsumerErrorKind::Other => PostFault::Unanswered,
    }
}

fn broken(fault: MessagesErrorKind, standing: &Standing) -> PostFault {
    match fault {
        MessagesErrorKind::ConsumerDeleted
        | MessagesErrorKind::PushBasedConsumer
        | MessagesErrorKind::NoResponders => {
            standing.box_is_missing();
            PostFault::HubMissing(Absence::NoBox)
        }
        MessagesErrorKind::MissingHeartbeat
        | MessagesErrorKind::Pull
        | MessagesErrorKind::RequestLimitExceeded
        | MessagesErrorKind::Other => PostFault::Unanswered,
    }
}

fn parcel(from: Slot, message: Message, client: async_nats::Client, standing: Standing) -> Parcel {
    let bytes = message.payload.to_vec();
    Parcel::new(from, bytes, move |disposition| {
        async move {
            let comes_again = matches!(disposition, Disposition::Later(_));
            settle(&message, &client, disposition).await;
            let place = place(&message);
            if comes_again { standing.put_off(place) } else { standing.settled(place) }
        }
        .boxed()
    })
}

/// Where a letter stands in the stream.
fn place(message: &Message) -> u64 {
    message.info().map(|info| info.stream_sequence).unwrap_or_default()
}

/// Enqueues the word for the hub. Asking the hub to confirm it would prove nothing (it confirms even for a
/// consumer that is gone); a lost word only brings the letter again.
async fn settle(message: &Message, client: &async_nats::Client, disposition: Disposition) {
    let word = match disposition {
        Disposition::Kept => AckKind::Ack.into(),
        Disposition::Refused(reason) => {
            tracing::warn!(reason, "a letter is refused");
            format!("+TERM {reason}").into()
        }
        Disposition::Later(delay) => AckKind::Nak((!delay.is_zero()).then_some(delay)).into(),
    };
    let Some(reply) = message.reply.clone() else { return };
    if client.publish(reply, word).await.is_err() {
        tracing::debug!("the post is closed; the letter comes again");
    }
}
