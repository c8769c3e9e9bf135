//! A case as its own office knows it: the fold of the case's thread. Audience of every entry: nobody.

use crate::anomaly::{Anomalies, Anomaly, push};
use crate::consent::{CONSENT_DAYS_MAX, ConsentInForce, Scope, Standing};
use crate::event::Event;
use crate::event::case::{
    CaseErased, CaseLinked, CaseOpened, ConsentChanged, ConsentEnded, ConsentScope, LinkSide,
};
use crate::event::referral::ReferralKind;
use crate::ids::{Country, EventId, OfficeId, ThreadId};
use crate::refusal::Refusal;
use crate::sets::Categories;
use crate::time::{Day, Timestamp};
use crate::words::{CaseOutcome, ErasureReason};
use crate::world::Applied;

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseState {
    /// Its thread.
    pub thread: ThreadId,
    /// Where it stands.
    pub phase: CasePhase,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// She is, or is presumed, a minor.
    pub minor: bool,
    /// Countries whose embassies and authorities are never recipients.
    pub barred: Vec<Country>,
    /// The referral by which she came to this office.
    pub came_by: Option<ThreadId>,
    /// The categories of which a section is recorded.
    pub recorded: Categories,
    /// What she consented to, in the order she did.
    pub consents: Vec<Consent>,
    /// With whom she refused sharing, newest last.
    pub refused: Vec<OfficeId>,
    /// Its referrals, in the order in which they were linked.
    pub links: Vec<Link>,
    /// What did not fit.
    pub anomalies: Anomalies,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CasePhase {
    /// Nothing of it was applied yet.
    Unknown,
    /// Open.
    Open,
    /// Closed.
    Closed(CaseOutcome),
    /// To be erased: nothing of it is read, written or shared any more.
    ErasureOrdered(Erasure),
    /// Erased.
    Erased(Erasure),
}

/// The erasure of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasure {
    /// How the case had ended.
    pub outcome: CaseOutcome,
    /// The `CaseErasureOrdered`.
    pub order: EventId,
    /// Why.
    pub reason: ErasureReason,
}

/// A consent to sharing with one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The `ConsentGiven`.
    pub id: EventId,
    /// The one recipient.
    pub recipient: OfficeId,
    /// What it covers now.
    pub scope: Scope,
    /// Whether it was ended.
    pub standing: Standing,
    /// It was given for a minor, with a guardian on record.
    pub guarded: bool,
}

/// A referral of the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Its thread.
    pub referral: ThreadId,
    /// The other party.
    pub other: OfficeId,
    /// This office's side.
    pub side: LinkSide,
    /// Service or hand-over.
    pub kind: ReferralKind,
    /// The `ConsentGiven` under which it was offered.
    pub consent: Option<EventId>,
    /// The `ConsentReleased` of its thread.
    pub released: Option<EventId>,
}

/// A case holds at most this many consents, and as many links.
pub const CASE_LIST_MAX: usize = 512;

impl Consent {
    /// Evidence that it is in force on `today`.
    ///
    /// # Errors
    /// Withdrawn, expired, or not yet begun.
    pub fn in_force(&self, today: Day) -> Result<ConsentInForce, Refusal> {
        self.scope.in_force(self.standing, today)
    }
}

impl Consent {
    /// Whether it is in force on `today`, or will be.
    #[must_use]
    pub fn may_hold(&self, today: Day) -> bool {
        self.standing == Standing::InForce && today <= self.scope.until
    }
}

impl CaseState {
    /// A case of which nothing was applied yet.
    #[must_use]
    pub fn new(thread: ThreadId) -> Self {
        Self {
            thread,
            phase: CasePhase::Unknown,
            opened_at: Timestamp::default(),
            minor: false,
            barred: Vec::new(),
            came_by: None,
            recorded: Categories::EMPTY,
            consents: Vec::new(),
            refused: Vec::new(),
            links: Vec::new(),
            anomalies: Anomalies::default(),
        }
    }

    /// Its erasure, once that was ordered.
    #[must_use]
    pub const fn erasure(&self) -> Option<&Erasure> {
        match &self.phase {
            CasePhase::ErasureOrdered(erasure) | CasePhase::Erased(erasure) => Some(erasure),
            CasePhase::Unknown | CasePhase::Open | CasePhase::Closed(_) => None,
        }
    }

    /// The consent `id`.
    #[must_use]
    pub fn consent(&self, id: EventId) -> Option<&Consent> {
        self.consents.iter().find(|consent| consent.id == id)
    }

    /// The link to `referral`.
    #[must_use]
    pub fn link(&self, referral: ThreadId) -> Option<&Link> {
        self.links.iter().find(|link| link.referral == referral)
    }

    /// Whether `consent` will do for her: she is of age, or it was given with a guardian.
    #[must_use]
    pub const fn accepts(&self, consent: &Consent) -> bool {
        !self.minor || consent.guarded
    }

    /// Whether the consent under which `referral` was offered will still do for her. Who is found to be a minor afterwards gives
    /// another one, with a guardian.
    #[must_use]
    pub fn accepts_consent_of(&self, referral: ThreadId) -> bool {
        let consent = self.link(referral).and_then(|link| self.consent(link.consent?));
        consent.is_none_or(|consent| self.accepts(consent))
    }

    /// Whether her newest word on sharing with `office` is no: a consent given later takes it back.
    #[must_use]
    pub fn says_no_to(&self, office: OfficeId) -> bool {
        self.refused.contains(&office)
    }

    /// Takes one event of the thread. What does not fit is recorded and changes nothing.
    pub fn apply(&mut self, applied: &Applied, event: &Event) {
        if let Err(anomaly) = self.take(applied, event) {
            self.anomalies.record(applied.event_id, anomaly);
        }
    }

    fn take(&mut self, applied: &Applied, event: &Event) -> Result<(), Anomaly> {
        if self.erasure().is_some() && !matches!(event, Event::CaseErased(_)) {
            return Err(Anomaly::AfterEnd);
        }
        match event {
            Event::CaseOpened(body) => self.open(applied, body),
            Event::SectionRecorded(body) => {
                self.recorded = self.recorded.with(body.category);
                Ok(())
            }
            Event::SafeguardsChanged(body) => {
                self.minor = body.minor;
                self.barred.clone_from(&body.barred);
                Ok(())
            }
            Event::ConsentGiven(body) => {
                let (recipient, scope) = (body.scope.recipient, scope_of(&body.scope));
                let (id, standing) = (applied.event_id, Standing::InForce);
                // None is given for a minor without a guardian on record.
                let consent = Consent { id, recipient, scope, standing, guarded: self.minor };
                self.refused.retain(|office| *office != recipient);
                push(&mut self.consents, consent, CASE_LIST_MAX)
            }
            Event::ConsentRefused(body) => {
                self.refused.retain(|office| *office != body.recipient);
                push(&mut self.refused, body.recipient, CASE_LIST_MAX)
            }
            Event::ConsentChanged(body) => self.change_consent(body),
            Event::ConsentEnded(body) => self.end_consent(applied.event_id, body),
            Event::CaseLinked(body) => self.take_link(body),
            Event::CaseClosed(body) => match self.phase {
                CasePhase::Open => {
                    self.phase = CasePhase::Closed(body.outcome);
                    Ok(())
                }
                CasePhase::Unknown => Err(Anomaly::OutOfOrder),
                CasePhase::Closed(_) | CasePhase::ErasureOrdered(_) | CasePhase::Erased(_) => {
                    Err(Anomaly::Repeated)
                }
            },
            Event::CaseReopened(_) => {
                self.closed()?;
                self.phase = CasePhase::Open;
                Ok(())
            }
            Event::CaseErasureOrdered(body) => self.order_erasure(applied.event_id, body.reason),
            Event::CaseErased(body) => self.erase(body),
            // Every other kind, also one added later, belongs to another kind of thread.
            _other => Err(Anomaly::WrongThread),
        }
    }

    fn open(&mut self, applied: &Applied, body: &CaseOpened) -> Result<(), Anomaly> {
        if self.phase != CasePhase::Unknown {
            return Err(Anomaly::Repeated);
        }
        self.phase = CasePhase::Open;
        self.opened_at = applied.claimed_at;
        self.minor = body.minor;
        self.barred.clone_from(&body.barred);
        self.came_by = body.referral;
        Ok(())
    }

    /// How the case was closed, while it is closed and nothing more.
    const fn closed(&self) -> Result<CaseOutcome, Anomaly> {
        match self.phase {
            CasePhase::Closed(outcome) => Ok(outcome),
            CasePhase::Unknown | CasePhase::Open | CasePhase::ErasureOrdered(_) | CasePhase::Erased(_) => {
                Err(Anomaly::OutOfOrder)
            }
        }
    }

    /// What is to be erased is there for nobody: only who was told what of her stays known.
    fn order_erasure(&mut self, order: EventId, reason: ErasureReason) -> Result<(), Anomaly> {
        let outcome = self.closed()?;
        self.phase = CasePhase::ErasureOrdered(Erasure { outcome, order, reason });
        self.minor = false;
        self.barred.clear();
        self.recorded = Categories::EMPTY;
        Ok(())
    }

    fn erase(&mut self, body: &CaseErased) -> Result<(), Anomaly> {
        match self.phase {
            CasePhase::ErasureOrdered(erasure) if erasure.order == body.because => {
                self.phase = CasePhase::Erased(erasure);
                Ok(())
            }
            CasePhase::Erased(_) => Err(Anomaly::Repeated),
            CasePhase::Unknown | CasePhase::Open | CasePhase::Closed(_) | CasePhase::ErasureOrdered(_) => {
                Err(Anomaly::OutOfOrder)
            }
        }
    }

    fn change_consent(&mut self, body: &ConsentChanged) -> Result<(), Anomaly> {
        let consent =
            self.consents.iter_mut().find(|consent| consent.id == body.consent).ok_or(Anomaly::OutOfOrder)?;
        if consent.standing != Standing::InForce {
            return Err(Anomaly::AfterEnd);
        }
        if consent.recipient != body.scope.recipient {
            return Err(Anomaly::OtherChain);
        }
        consent.scope = Scope {
            purposes: (&body.scope.purposes).into(),
            categories: (&body.scope.categories).into(),
            onward: body.scope.onward,
            from: body.scope.from,
            until: body.scope.until,
        };
        Ok(())
    }

    fn end_consent(&mut self, event: EventId, body: &ConsentEnded) -> Result<(), Anomaly> {
        let consent =
            self.consents.iter_mut().find(|consent| consent.id == body.consent).ok_or(Anomaly::OutOfOrder)?;
        if consent.standing != Standing::InForce {
            return Err(Anomaly::Repeated);
        }
        consent.standing = Standing::Withdrawn { event, by: body.by };
        Ok(())
    }

    fn take_link(&mut self, body: &CaseLinked) -> Result<(), Anomaly> {
        if self.link(body.referral).is_some() {
            return Err(Anomaly::Repeated);
        }
        let link = Link {
            referral: body.referral,
            other: body.other,
            side: body.side,
            kind: body.kind,
            consent: body.consent,
            released: body.released,
        };
        push(&mut self.links, link, CASE_LIST_MAX)
    }
}

fn scope_of(scope: &ConsentScope) -> Scope {
    Scope {
        purposes: (&scope.purposes).into(),
        categories: (&scope.categories).into(),
        onward: scope.onward,
        from: scope.from,
        until: scope.until.min(scope.from.plus(CONSENT_DAYS_MAX)),
    }
}
