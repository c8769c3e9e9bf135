//! The office's own inbox keys: a new one before the old one ends, each destroyed on its stated day.

use std::sync::PoisonError;

use waymark_domain::command::{Command, PublishInboxKey};
use waymark_domain::event::notice::InboxKey;
use waymark_domain::time::Day;
use waymark_seal::entry::Audience;
use waymark_seal::kem::{KemSecret, kem_hash};
use waymark_seal::vault::InboxSecret;

use crate::desk::Desk;
use crate::order::{Failure, Order, SubmitError};
use crate::receive::NODE;

/// Days on which a key may be wrapped to.
const USED_DAYS: u32 = 30;
/// Days after that until its secret is destroyed: an offer wrapped on the last day still has time to be answered.
const KEPT_DAYS: u32 = 30;
/// A new key is told this many days before the old one ends.
const AHEAD_DAYS: u32 = 7;

impl Desk {
    /// Tells a new inbox key when the newest one ends soon, and destroys the secrets whose day has come.
    ///
    /// # Errors
    /// [`SubmitError`]; it is tried again.
    pub fn keep_inbox_keys(&self) -> Result<(), SubmitError> {
        let today = self.now().day();
        // What is destroyed is gone: the clock here alone does not decide it, another office must have seen that day.
        let seen_by_others = self.core().others_say.day();
        self.vault.destroy_inbox(today.min(seen_by_others)).map_err(Failure::from)?;
        let newest = self.core().view.offices.get(&self.me).and_then(|peer| peer.inbox.last().cloned());
        let newest = newest.filter(|key| key.until > today.plus(AHEAD_DAYS));
        let held = newest.map(|key| self.vault.inbox_secret(&kem_hash(&key.key))).transpose();
        // The others may know a key that was told in a log of this office that is closed, and whose secret is not here.
        let told = self.log == 0 || self.ledger.sent_up_to(Audience::Network) > 0;
        if told && held.map_err(Failure::from)?.flatten().is_some() {
            return Ok(());
        }
        self.may_write()?;
        let key = self.next_inbox_key(today)?;
        self.submit(Order::new(Command::PublishInboxKey(PublishInboxKey { key }), NODE))?;
        *self.next_inbox_key.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// A key whose secret is kept. One that could not be told is offered again, so that a fault does not fill the vault.
    fn next_inbox_key(&self, today: Day) -> Result<InboxKey, SubmitError> {
        let mut next = self.next_inbox_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = next.as_ref().filter(|key| key.from == today) {
            return Ok(kept.clone());
        }
        let secret = KemSecret::random(&mut self.randomness());
        let (until, destroyed_on) = (today.plus(USED_DAYS), today.plus(USED_DAYS + KEPT_DAYS));
        let key = InboxKey { key: secret.public(), from: today, until, destroyed_on };
        self.vault
            .put_inbox(&InboxSecret { from: today, until, destroyed_on, secret })
            .map_err(Failure::from)?;
        *next = Some(key.clone());
        Ok(key)
    }
}
