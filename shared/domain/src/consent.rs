//! A consent as released to one recipient: a chain of entries of the sender, and the evidence that it is in force.
//!
//! `given → narrowed | renewed | expired | withdrawn`. Nothing widens a chain; what is more needs a new consent.

use crate::anomaly::Anomaly;
use crate::event::consent::{ConsentNarrowed, ConsentReleased, ConsentRenewed};
use crate::ids::EventId;
use crate::refusal::Refusal;
use crate::sets::{Categories, Purposes};
use crate::time::Day;
use crate::words::{Category, EndedBy, Purpose};

/// A consent lasts at most this many days after its first day, or after a renewal: twelve months.
pub const CONSENT_DAYS_MAX: u32 = 366;

/// The consent of one referral thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The `ConsentReleased`: bases name it.
    pub head: EventId,
    /// What holds.
    pub scope: Scope,
    /// Whether it holds.
    pub standing: Standing,
    /// The newest `ConsentNarrowed`, and what it took away in all.
    pub narrowed: Option<(EventId, Categories)>,
}

/// What a consent covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// For what.
    pub purposes: Purposes,
    /// Which data.
    pub categories: Categories,
    /// May refer onward.
    pub onward: bool,
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
}

/// Whether a consent holds, but for the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was not ended.
    InForce,
    /// She, or the sender, ended it.
    Withdrawn {
        /// The `ConsentWithdrawn` (in a case: the `ConsentEnded`).
        event: EventId,
        /// Who.
        by: EndedBy,
    },
    /// Its last day has passed.
    Expired {
        /// The `ConsentExpired`.
        event: EventId,
    },
}

/// Evidence that a consent was in force on a day. Only [`Scope::in_force`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentInForce {
    scope: Scope,
    on: Day,
}

impl ConsentInForce {
    /// What it covers.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The day for which this was found.
    #[must_use]
    pub const fn on(&self) -> Day {
        self.on
    }

    /// That every one of `categories` is covered.
    ///
    /// # Errors
    /// The first that is not.
    pub fn covers(&self, categories: &[Category]) -> Result<(), Refusal> {
        match categories.iter().find(|category| !self.scope.categories.contains(**category)) {
            Some(category) => Err(Refusal::CategoryNotConsented { category: *category }),
            None => Ok(()),
        }
    }

    /// That every one of `purposes` is covered.
    ///
    /// # Errors
    /// The first that is not.
    pub fn serves(&self, purposes: &[Purpose]) -> Result<(), Refusal> {
        match purposes.iter().find(|purpose| !self.scope.purposes.contains(**purpose)) {
            Some(purpose) => Err(Refusal::PurposeNotConsented { purpose: *purpose }),
            None => Ok(()),
        }
    }
}

impl Scope {
    /// Evidence that this scope with this standing is in force on `today`.
    ///
    /// # Errors
    /// Withdrawn, expired, or not yet begun.
    pub fn in_force(&self, standing: Standing, today: Day) -> Result<ConsentInForce, Refusal> {
        match standing {
            Standing::Withdrawn { .. } => Err(Refusal::ConsentWithdrawn {}),
            Standing::Expired { .. } => Err(Refusal::ConsentExpired { until: self.until }),
            Standing::InForce if today > self.until => Err(Refusal::ConsentExpired { until: self.until }),
            Standing::InForce if today < self.from => Err(Refusal::ConsentNotYet { from: self.from }),
            Standing::InForce => Ok(ConsentInForce { scope: *self, on: today }),
        }
    }
}

impl Chain {
    /// A chain begins.
    #[must_use]
    pub fn released(head: EventId, body: &ConsentReleased) -> Self {
        let scope = Scope {
            purposes: (&body.purposes).into(),
            categories: (&body.categories).into(),
            onward: body.onward,
            from: body.from,
            // A longer term is void beyond the twelve months, whatever a peer writes.
            until: body.until.min(body.from.plus(CONSENT_DAYS_MAX)),
        };
        Self { head, scope, standing: Standing::InForce, narrowed: None }
    }

    /// Evidence that it is in force on `today`.
    ///
    /// # Errors
    /// Withdrawn, expired, or not yet begun.
    pub fn in_force(&self, today: Day) -> Result<ConsentInForce, Refusal> {
        self.scope.in_force(self.standing, today)
    }

    pub(crate) fn narrow(&mut self, event: EventId, body: &ConsentNarrowed) -> Result<(), Anomaly> {
        self.extendable(body.chain)?;
        let before = self.scope;
        let (purposes, categories) = (Purposes::from(&body.purposes), Categories::from(&body.categories));
        self.scope.purposes = before.purposes.intersection(purposes);
        self.scope.categories = before.categories.intersection(categories);
        self.scope.onward = before.onward && body.onward;
        self.scope.until = before.until.min(body.until);
        let taken = before.categories.minus(categories);
        let taken_before = self.narrowed.map_or(Categories::EMPTY, |(_, taken)| taken);
        self.narrowed = Some((event, taken_before.union(taken)));
        let narrower = purposes.is_subset(before.purposes)
            && categories.is_subset(before.categories)
            && (before.onward || !body.onward)
            && body.until <= before.until;
        if narrower { Ok(()) } else { Err(Anomaly::Widened) }
    }

    pub(crate) fn renew(&mut self, today: Day, body: &ConsentRenewed) -> Result<(), Anomaly> {
        self.extendable(body.chain)?;
        let longest = today.plus(CONSENT_DAYS_MAX);
        if body.until > longest {
            return Err(Anomaly::Widened);
        }
        self.scope.until = self.scope.until.max(body.until);
        Ok(())
    }

    pub(crate) fn end(&mut self, chain: EventId, standing: Standing) -> Result<(), Anomaly> {
        self.extendable(chain)?;
        self.standing = standing;
        Ok(())
    }

    fn extendable(&self, chain: EventId) -> Result<(), Anomaly> {
        if chain != self.head {
            return Err(Anomaly::OtherChain);
        }
        match self.standing {
            Standing::InForce => Ok(()),
            Standing::Withdrawn { .. } | Standing::Expired { .. } => Err(Anomaly::AfterEnd),
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::words::EndedBy;

    const HEAD: EventId = EventId([1; 16]);
    const EVENT: EventId = EventId([2; 16]);

    fn chain() -> Chain {
        let body = ConsentReleased {
            purposes: vec![Purpose::SafeReturn],
            categories: vec![Category::Triage, Category::Contact],
            onward: false,
            from: Day(100),
            until: Day(200),
        };
        Chain::released(HEAD, &body)
    }

    fn narrowed(categories: Vec<Category>, onward: bool, until: Day) -> ConsentNarrowed {
        ConsentNarrowed { chain: HEAD, purposes: vec![Purpose::SafeReturn], categories, onward, until }
    }

    #[test]
    fn a_consent_is_in_force_from_its_first_to_its_last_day() {
        let chain = chain();
        assert_eq!(chain.in_force(Day(99)), Err(Refusal::ConsentNotYet { from: Day(100) }));
        assert!(chain.in_force(Day(100)).is_ok() && chain.in_force(Day(200)).is_ok());
        assert_eq!(chain.in_force(Day(201)), Err(Refusal::ConsentExpired { until: Day(200) }));
    }

    #[test]
    fn a_peer_cannot_widen_a_chain() {
        let mut chain = chain();
        let wider = narrowed(vec![Category::Contact, Category::Health], true, Day(900));
        assert_eq!(chain.narrow(EVENT, &wider), Err(Anomaly::Widened));
        assert_eq!(
            chain.scope.categories.to_vec(),
            [Category::Contact],
            "what is narrower holds all the same"
        );
        assert_eq!((chain.scope.onward, chain.scope.until), (false, Day(200)));
        let ages = ConsentRenewed { chain: HEAD, until: Day(9_999) };
        assert_eq!(chain.renew(Day(150), &ages), Err(Anomaly::Widened));
        let released = ConsentReleased {
            purposes: Vec::new(),
            categories: Vec::new(),
            onward: false,
            from: Day(100),
            until: Day(u32::MAX),
        };
        assert_eq!(Chain::released(HEAD, &released).scope.until, Day(100 + CONSENT_DAYS_MAX));
    }

    #[test]
    fn nothing_revives_a_consent_that_ended() {
        let mut chain = chain();
        let withdrawn = Standing::Withdrawn { event: EVENT, by: EndedBy::Person };
        assert_eq!(chain.end(EVENT, withdrawn), Err(Anomaly::OtherChain));
        assert_eq!(chain.end(HEAD, withdrawn), Ok(()));
        assert_eq!(
            chain.renew(Day(150), &ConsentRenewed { chain: HEAD, until: Day(300) }),
            Err(Anomaly::AfterEnd)
        );
        assert_eq!(chain.end(HEAD, Standing::Expired { event: EVENT }), Err(Anomaly::AfterEnd));
        assert_eq!(chain.in_force(Day(150)), Err(Refusal::ConsentWithdrawn {}));
    }
}
