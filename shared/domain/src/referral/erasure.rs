//! What the receiver owes after a withdrawal or an expiry: `notified → acknowledged → erased | retained`.

use super::crossing::{Ending, settled, word_of_end};
use super::{Answer, Emergency, ReferralState};
use crate::consent::Standing;
use crate::ids::EventId;
use crate::sets::Categories;
use crate::time::Day;
use crate::words::{Category, RetentionGround};

/// Something that asks the receiver to erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The entry that asks.
    pub because: EventId,
    /// Which categories.
    pub categories: Categories,
}

/// How far the receiver has come with one [`Ask`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureStanding {
    /// It was sent.
    Notified,
    /// It has arrived; access is locked.
    Acknowledged,
    /// Part is kept on a legal ground.
    Retained {
        /// The ground.
        ground: RetentionGround,
        /// Until when.
        until: Day,
    },
    /// Done.
    Erased,
}

/// Everything that is shared in a thread.
const ALL: fn() -> Categories = || Category::ALL.iter().copied().filter(|c| *c != Category::Office).collect();

impl ReferralState {
    /// Everything in this thread that asks the receiver to erase.
    pub fn erasure_asks(&self) -> impl Iterator<Item = Ask> {
        let chain = self.sender.consent.as_ref();
        let ended = chain.and_then(|chain| match chain.standing {
            Standing::Withdrawn { event, .. } | Standing::Expired { event } => {
                Some(Ask { because: event, categories: ALL() })
            }
            Standing::InForce => None,
        });
        let narrowed = chain.and_then(|chain| chain.narrowed);
        let narrowed = narrowed.filter(|(_, taken)| !taken.is_empty());
        let narrowed = narrowed.map(|(because, categories)| Ask { because, categories });
        let emergencies = self.sender.emergencies.iter().filter_map(|emergency| match emergency.reviewed {
            Some((because, false)) => Some(Ask { because, categories: emergency.categories }),
            Some((_, true)) | None => None,
        });
        ended.into_iter().chain(narrowed).chain(self.ask_of_end()).chain(emergencies)
    }

    /// The end of a referral asks too, unless she was met or served.
    fn ask_of_end(&self) -> Option<Ask> {
        let declined = match self.receiver.answer {
            Some(Answer::Declined { event, .. }) => Some(event),
            Some(Answer::Accepted { .. }) | None => None,
        };
        let because = word_of_end(&self.sender, &self.receiver).or(declined)?;
        match settled(&self.sender, &self.receiver)? {
            Ending::HandedOver | Ending::Completed(_) => None,
            Ending::EnteredInError
            | Ending::Withdrawn(_)
            | Ending::Cancelled
            | Ending::Declined(_)
            | Ending::Expired
            | Ending::JourneyOver => Some(Ask { because, categories: ALL() }),
        }
    }

    /// How far the receiver has come with `because`, on `today`.
    #[must_use]
    pub fn erasure_standing(&self, because: EventId, today: Day) -> ErasureStanding {
        let receiver = &self.receiver;
        match receiver.retained {
            Some(kept) if kept.because == because && today <= kept.until => {
                return ErasureStanding::Retained { ground: kept.ground, until: kept.until };
            }
            // The ground has ended: what was kept is to be erased now.
            Some(kept) if kept.because == because => return ErasureStanding::Acknowledged,
            Some(_) | None => {}
        }
        if receiver.erased.contains(&because) {
            ErasureStanding::Erased
        } else if receiver.told.contains(&because) {
            ErasureStanding::Acknowledged
        } else {
            ErasureStanding::Notified
        }
    }

    /// What asks for an erasure and was not acknowledged yet. The receiver's own decline needs no acknowledgement.
    pub fn unacknowledged(&self, today: Day) -> impl Iterator<Item = Ask> {
        self.erasure_asks().filter(move |ask| {
            let own =
                matches!(self.receiver.answer, Some(Answer::Declined { event, .. }) if event == ask.because);
            !own && self.erasure_standing(ask.because, today) == ErasureStanding::Notified
        })
    }

    /// The first entry that asks this thread's receiver for an erasure which it has not yet done, or may do now.
    #[must_use]
    pub fn erasure_due(&self, today: Day) -> Option<Ask> {
        self.erasure_asks().find(|ask| match self.erasure_standing(ask.because, today) {
            ErasureStanding::Notified | ErasureStanding::Acknowledged => true,
            ErasureStanding::Retained { .. } | ErasureStanding::Erased => false,
        })
    }

    /// Whether the receiver may still read what was disclosed in `category`: under the consent, or because an emergency that
    /// was not turned down covers it. What a holder keeps on a legal ground is kept, not read.
    #[must_use]
    pub fn may_read(&self, category: Category, today: Day) -> bool {
        let stands = |emergency: &Emergency| !matches!(emergency.reviewed, Some((_, false)));
        let mut emergencies = self.sender.emergencies.iter().filter(|emergency| stands(emergency));
        emergencies.any(|emergency| emergency.categories.contains(category))
            || self.consent_reads(category, today)
    }

    fn consent_reads(&self, category: Category, today: Day) -> bool {
        if let Some(chain) = self.sender.consent.as_ref()
            && chain.scope.until < today
        {
            return false;
        }
        !self.erasure_asks().any(|ask| ask.categories.contains(category))
    }
}
