//! The office's own inbox keys: a new one before the old one ends, each destroyed on its stated day.

use waymark_domain::command::{Command, PublishInboxKey};
use waymark_domain::event::notice::InboxKey;
use waymark_domain::time::Day;
use waymark_seal::kem::KemSecret;
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
        self.vault.destroy_inbox(today).map_err(Failure::from)?;
        let newest =
            self.core().view.offices.get(&self.me).and_then(|peer| peer.inbox.last().map(|key| key.until));
        if newest.is_some_and(|until| until > today.plus(AHEAD_DAYS)) {
            return Ok(());
        }
        self.guard.ready(self.now())?;
        let (secret, key) = self.new_inbox_key(today);
        self.vault.put_inbox(&secret).map_err(Failure::from)?;
        self.submit(Order::new(Command::PublishInboxKey(PublishInboxKey { key }), NODE))?;
        Ok(())
    }

    fn new_inbox_key(&self, today: Day) -> (InboxSecret, InboxKey) {
        let secret = KemSecret::random(&mut self.randomness());
        let (until, destroyed_on) = (today.plus(USED_DAYS), today.plus(USED_DAYS + KEPT_DAYS));
        let key = InboxKey { key: secret.public(), from: today, until, destroyed_on };
        (InboxSecret { from: today, until, destroyed_on, secret }, key)
    }
}
