//! The desk as the courier sees it.

use std::sync::Arc;
use std::time::Duration;

use waymark_courier::{Correspondent, Disposition, Outgoing, PostFault, Slot, Taken};

use crate::desk::Desk;
use crate::receive::Taking;

/// How long the courier sleeps at most before it asks again: rows whose back-off has run out make no noise.
const ASK_AGAIN: Duration = Duration::from_secs(1);
const BRING_AGAIN: Duration = Duration::from_secs(2);

/// Joins one desk to one post.
pub struct Mailroom(pub Arc<Desk>);

impl Correspondent for Mailroom {
    fn outgoing(&self, limit: usize) -> Vec<Outgoing> {
        self.0.outgoing_letters(limit)
    }

    fn sent(&self, ticket: u64, outcome: Result<Taken, PostFault>) {
        self.0.letter_sent(ticket, outcome);
    }

    async fn deliver(&self, from: Slot, bytes: Vec<u8>) -> Disposition {
        let desk = Arc::clone(&self.0);
        match tokio::task::spawn_blocking(move || desk.receive(from, &bytes)).await {
            Ok(Taking::Kept) => Disposition::Kept,
            Ok(Taking::Refused(why)) => Disposition::Refused(why),
            Ok(Taking::Later) => Disposition::Later(BRING_AGAIN),
            Err(_) => {
                tracing::error!("a letter stopped its reader; it is put aside");
                Disposition::Refused("reader stopped")
            }
        }
    }

    async fn wait_outgoing(&self) {
        // A timeout is the ordinary way on.
        let _ = tokio::time::timeout(ASK_AGAIN, self.0.to_send.notified()).await;
    }
}
