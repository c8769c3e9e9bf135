//! What a decision may look at: the office's view of its network, the case and the referral concerned, its own places.

use std::collections::BTreeMap;

use crate::calendar::DeadlineRules;
use crate::case::CaseState;
use crate::event::Event;
use crate::event::notice::{InboxKey, OfficeProfile};
use crate::ids::{Country, EventId, OfficeId, Ref};
use crate::places::PlacesState;
use crate::referral::ReferralState;
use crate::refusal::Refusal;
use crate::time::{Day, Timestamp};
use crate::words::{Institution, OfficeRole};

/// The states that one decision sees. Nothing else exists for it.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The network as this office knows it.
    pub office: &'a OfficeView,
    /// The case that the command names, or to which its referral is linked.
    pub case: Option<&'a CaseState>,
    /// The referral that the command names.
    pub referral: Option<&'a ReferralState>,
    /// Every referral linked to the case, when [`Command::needs_linked`](crate::command::Command::needs_linked) says so.
    pub linked: &'a [&'a ReferralState],
    /// The places of this office's own units.
    pub places: &'a PlacesState,
    /// Whether another office has witnessed the consent of the referral.
    pub witness: Witness,
}

/// Whether another office has witnessed an entry of this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Witness {
    /// One has.
    #[default]
    Witnessed,
    /// None has, and the entry was written then.
    WaitingSince(Timestamp),
}

/// An event as it is applied: who wrote it, where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Its id.
    pub event_id: EventId,
    /// Which half of the thread it belongs to. In a case: always [`Party::Sender`].
    pub author: Party,
    /// Its entry.
    pub at: Ref,
    /// When its writer says it was written.
    pub claimed_at: Timestamp,
    /// When this office came to know it, by its own clock.
    pub known_at: Timestamp,
}

impl Applied {
    /// When it was written at the latest: a clock ahead of this office's counts for no more than clocks differ. Only for the watch
    /// over a person on the way, where a time to come would silence an alarm; what both offices must see alike goes by what is
    /// claimed.
    #[must_use]
    pub fn written_by(&self) -> Timestamp {
        self.claimed_at.min(self.known_at.plus(CLOCKS_APART_SECONDS))
    }
}

/// The clocks of two offices may differ by this much.
pub(crate) const CLOCKS_APART_SECONDS: u64 = 5 * 60;

/// The two writers of a referral thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The office that offered it.
    Sender,
    /// The office to which it was offered.
    Receiver,
}

impl Party {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Sender => Self::Receiver,
            Self::Receiver => Self::Sender,
        }
    }
}

/// The network as this office knows it: roster and notices.
#[derive(Debug, Clone, Default)]
pub struct OfficeView {
    /// Every office of the roster, this one included.
    pub offices: BTreeMap<OfficeId, Peer>,
    /// How long things may take.
    pub rules: DeadlineRules,
}

/// An office of the network.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Its country.
    pub country: Country,
    /// What kind of institution it is.
    pub institution: Institution,
    /// What it is in the network.
    pub roles: Vec<OfficeRole>,
    /// Whether it takes part.
    pub standing: Standing,
    /// Its newest profile.
    pub profile: Option<OfficeProfile>,
    /// Its inbox keys that may still be wrapped to, oldest first.
    pub inbox: Vec<InboxKey>,
}

/// Whether an office takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Active,
    /// Suspended by the roster: nothing is disclosed to it.
    Suspended,
    /// It has left.
    Left,
    /// It signed two histories of the log that it still writes: nothing is disclosed to it before it begins a new one.
    Frozen,
}

impl OfficeView {
    /// Takes a notice of `author`. Anything but a notice, or from an office that is not in the roster, changes nothing.
    pub fn apply_notice(&mut self, author: OfficeId, event: &Event) {
        let Some(peer) = self.offices.get_mut(&author) else { return };
        if let Event::OfficeProfile(profile) = event {
            peer.profile = Some(profile.clone());
        } else if let Event::InboxKey(key) = event {
            peer.inbox.retain(|kept| kept.key != key.key);
            peer.inbox.push(key.clone());
            let newest = peer.inbox.len().saturating_sub(INBOX_KEYS_KEPT);
            peer.inbox.drain(..newest);
        }
    }

    /// The one question before anything is disclosed to `office`: whether it takes part in the network.
    ///
    /// # Errors
    /// [`Refusal::UnknownOffice`], [`Refusal::OfficeNotActive`] or [`Refusal::OfficeFrozen`].
    pub fn may_disclose_to(&self, office: OfficeId) -> Result<&Peer, Refusal> {
        let peer = self.offices.get(&office).ok_or(Refusal::UnknownOffice { office })?;
        match peer.standing {
            Standing::Active => Ok(peer),
            Standing::Suspended | Standing::Left => Err(Refusal::OfficeNotActive { office }),
            Standing::Frozen => Err(Refusal::OfficeFrozen { office }),
        }
    }

    /// The inbox key of `office` to which an offer that ends at `expires_at` is wrapped on `today`.
    #[must_use]
    pub fn inbox_key(&self, office: OfficeId, today: Day, expires_at: Timestamp) -> Option<&InboxKey> {
        let peer = self.offices.get(&office)?;
        peer.inbox
            .iter()
            .rev()
            .find(|key| key.from <= today && today <= key.until && expires_at < key.destroyed_on.start())
    }
}

const INBOX_KEYS_KEPT: usize = 4;
