//! Drafts become entries: sections sealed, keys wrapped, names of events turned into places in logs.

use std::collections::HashMap;

use waymark_domain::draft::{self, BasisOn, Draft, GrantTo, SectionDraft, Source};
use waymark_domain::event::Event;
use waymark_domain::ids::{EventId, KemPublic, KeyId, OfficeId, Ref, StaffId, ThreadId};
use waymark_domain::refusal::Refusal;
use waymark_domain::section::Content;
use waymark_domain::time::{Day, Timestamp};
use waymark_domain::words::Category;
use waymark_seal::actor::RequestMark;
use waymark_seal::entry::{Audience, Basis, GrantRef, SectionRef};
use waymark_seal::grant::{GrantContext, wrap};
use waymark_seal::kem::{KemSecret, kem_hash};
use waymark_seal::section::{SectionContext, SectionKey, seal_section};
use waymark_seal::unplaced::{BasisTo, RefTo, Unplaced};
use waymark_seal::vault::{ImportedSection, KeyRecord, OwnSection, ThreadSecret};

use crate::desk::Desk;
use crate::order::{Failure, SubmitError};
use crate::seen::Seen;

/// Days for which a key wrapped as a reply may be used.
const REPLY_DAYS: u32 = 365;

/// One command, sealed: what to commit, which keys to keep first, and what it will look like once placed.
pub(crate) struct SealedDrafts {
    pub(crate) entries: Vec<Unplaced>,
    /// To keep before the commit: what is sealed under a key that is lost is lost.
    pub(crate) keys: Vec<KeyRecord>,
    /// To keep after it: to which keys section keys were wrapped. What the log does not hold was granted to nobody.
    pub(crate) granted: Vec<KeyRecord>,
    pub(crate) seen: Vec<Seen>,
}

/// What the drafts of one command share while they are sealed.
struct Batch<'a> {
    desk: &'a Desk,
    now: Timestamp,
    positions: HashMap<EventId, usize>,
    untils: HashMap<EventId, Day>,
    made: HashMap<(ThreadId, Category), OwnSection>,
    keys: Vec<KeyRecord>,
    granted: Vec<KeyRecord>,
}

struct SealedSections {
    sections: Vec<SectionRef>,
    grants: Vec<GrantRef>,
    bodies: Vec<Vec<u8>>,
}

/// On whose word drafts are written.
pub(crate) struct By {
    /// Who acts.
    pub staff: StaffId,
    /// The request that is carried out.
    pub request: Option<RequestMark>,
}

impl Desk {
    pub(crate) fn seal_drafts(
        &self,
        drafts: Vec<Draft>,
        secrets: Vec<(ThreadId, KemSecret)>,
        by: &By,
        now: Timestamp,
    ) -> Result<SealedDrafts, SubmitError> {
        let mut batch = Batch::new(self, &drafts, now);
        let kept = |(thread, secret): (ThreadId, KemSecret)| {
            KeyRecord::ThreadSecret(ThreadSecret { thread, public: secret.public(), secret })
        };
        batch.keys.extend(secrets.into_iter().map(kept));
        let mut entries = Vec::with_capacity(drafts.len());
        let mut seen = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let (entry, look) = batch.seal(draft, by)?;
            entries.push(entry);
            seen.push(look);
        }
        Ok(SealedDrafts { entries, keys: batch.keys, granted: batch.granted, seen })
    }
}

impl<'a> Batch<'a> {
    fn new(desk: &'a Desk, drafts: &[Draft], now: Timestamp) -> Self {
        let mut batch = Self {
            desk,
            now,
            positions: HashMap::new(),
            untils: HashMap::new(),
            made: HashMap::new(),
            keys: Vec::new(),
            granted: Vec::new(),
        };
        for (position, draft) in drafts.iter().enumerate() {
            batch.positions.insert(draft.event_id, position);
            if let Event::ConsentReleased(released) = &draft.event {
                batch.untils.insert(draft.event_id, released.until);
            }
        }
        batch
    }

    fn seal(&mut self, draft: Draft, by: &By) -> Result<(Unplaced, Seen), SubmitError> {
        let desk = self.desk;
        desk.may_be_sealed(&draft)?;
        let sealed = self.seal_sections(&draft)?;
        let basis = self.basis(&draft)?;
        let causes = draft
            .causes
            .iter()
            .map(|event| self.find(draft.thread, *event))
            .collect::<Result<Vec<_>, _>>()?;
        let audience = match draft.audience {
            draft::Audience::Nobody => Audience::Nobody,
            draft::Audience::Office(office) => Audience::Office(office),
            draft::Audience::Network => Audience::Network,
        };
        let public = draft.event.encode();
        let actor = desk.actors.seal(&draft.event_id, &by.staff, by.request.as_ref());
        let seen = Seen {
            index: 0,
            recorded_at: self.now,
            at: Ref { office: desk.me, log: desk.log, index: 0, leaf: waymark_domain::ids::Hash([0; 32]) },
            event_id: draft.event_id,
            thread: draft.thread,
            claimed_at: self.now,
            audience,
            basis: Basis::None,
            kind: draft.event.kind(),
            event: Ok(draft.event),
            sections: sealed.sections.clone(),
            grants: sealed.grants.clone(),
            actor: actor.clone(),
        };
        let entry = Unplaced {
            network: desk.network,
            office: desk.me,
            log: desk.log,
            event: draft.event_id,
            roster: desk.roster().newest().version,
            claimed_at: self.now,
            audience,
            kind: seen.kind,
            thread: draft.thread,
            basis,
            causes,
            public,
            actor,
            sections: sealed.sections,
            grants: sealed.grants,
            bodies: sealed.bodies,
            keep: None,
            to: desk.recipients(audience),
        };
        Ok((entry, seen))
    }

    fn seal_sections(&mut self, draft: &Draft) -> Result<SealedSections, SubmitError> {
        let mut sealed = SealedSections { sections: Vec::new(), grants: Vec::new(), bodies: Vec::new() };
        let mut wraps = Vec::new();
        let chain = basis_event(draft.basis);
        for SectionDraft { category, source } in &draft.sections {
            let content = self.content(draft.thread, *category, source)?;
            let made = match lives_apart(draft) {
                true => self.key_apart(draft.thread, *category),
                false => self.key(draft.thread, *category)?,
            };
            let context = SectionContext {
                network: self.desk.network,
                office: self.desk.me,
                thread: draft.thread,
                basis: chain,
                category: *category,
                event: draft.event_id,
                key: made.id,
            };
            let plain = zeroize::Zeroizing::new(
                postcard::to_allocvec(&content)
                    .map_err(|_| Failure::Inconsistent("a section does not serialise"))?,
            );
            let (ciphertext, padded) = seal_section(&mut self.desk.randomness(), &made.key, &context, &plain)
                .map_err(|_| Failure::Inconsistent("a section is over its limit"))?;
            sealed.sections.push(SectionRef::new(*category, made.id, &ciphertext, padded));
            sealed.bodies.push(ciphertext);
            if let Some(grant_to) = draft.grant_to
                && let Some((grant, wrapped)) = self.grant(draft, *category, &made, grant_to, chain)?
            {
                sealed.grants.push(grant);
                wraps.push(wrapped);
            }
        }
        sealed.bodies.extend(wraps);
        Ok(sealed)
    }
}

impl Batch<'_> {
    fn content(&self, thread: ThreadId, category: Category, source: &Source) -> Result<Content, SubmitError> {
        match source {
            Source::Given(content) => Ok(content.clone()),
            Source::OfCase(case) => match self.desk.latest_section(*case, category) {
                Ok(Some((_, content))) => Ok(content),
                Ok(None) => Err(Failure::Inconsistent("a section to disclose is not in the case").into()),
                Err(_) => Err(Failure::Inconsistent("a section of the case does not open").into()),
            },
            Source::OfEvent(event) => {
                let opened = self.desk.open_section(thread, *event, category);
                opened.map_err(|_| Failure::Inconsistent("a section to disclose again does not open").into())
            }
        }
    }

    /// This office's key for a category of a thread; made when there is none.
    fn key(&mut self, thread: ThreadId, category: Category) -> Result<OwnSection, SubmitError> {
        if let Some(made) = self.made.get(&(thread, category)) {
            return Ok(made.clone());
        }
        let made = match self.desk.vault.own_section(&thread, category).map_err(Failure::from)? {
            Some(own) => own,
            None => {
                let made = self.fresh(thread, category);
                self.keys.push(KeyRecord::OwnSection(made.clone()));
                made
            }
        };
        self.made.insert((thread, category), made.clone());
        Ok(made)
    }

    fn fresh(&self, thread: ThreadId, category: Category) -> OwnSection {
        OwnSection {
            thread,
            category,
            id: KeyId(self.desk.random()),
            epoch: 0,
            key: SectionKey::random(&mut self.desk.randomness()),
            granted_to: Vec::new(),
        }
    }

    /// A key for what is disclosed in one emergency, or for one release of an address.
    fn key_apart(&mut self, thread: ThreadId, category: Category) -> OwnSection {
        let made = self.fresh(thread, category);
        self.keys.push(KeyRecord::ImportedSection(ImportedSection {
            thread,
            category,
            id: made.id,
            from: self.desk.me,
            expires: self.now.day().plus(REPLY_DAYS),
            key: made.key.clone(),
        }));
        made
    }

    /// Wraps the key for the other party, unless it was wrapped to the same key of that party before. One that says it has lost
    /// keys gets it again.
    fn grant(
        &mut self,
        draft: &Draft,
        category: Category,
        made: &OwnSection,
        to: GrantTo,
        chain: Option<EventId>,
    ) -> Result<Option<(GrantRef, Vec<u8>)>, SubmitError> {
        let draft::Audience::Office(recipient) = draft.audience else { return Ok(None) };
        let (public, inbox_until) = self.recipient_key(draft.thread, recipient, to)?;
        let again = matches!(draft.event, Event::SectionsRegranted(_));
        let wrapped_to = kem_hash(&public);
        if !again && made.granted_to.contains(&wrapped_to) {
            return Ok(None);
        }
        let context = GrantContext {
            network: self.desk.network,
            sender: self.desk.me,
            recipient,
            thread: draft.thread,
            basis: chain,
            category,
            event: draft.event_id,
            key: made.id,
            expires: self.expiry(draft, inbox_until)?,
        };
        let wrapped = wrap(&mut self.desk.randomness(), &public, &made.key, &context)
            .map_err(|_| Refusal::KeyUnusable { office: recipient })?;
        if lives_apart(draft) {
            return Ok(Some(wrapped));
        }
        let mut granted = made.clone();
        if !granted.granted_to.contains(&wrapped_to) {
            granted.granted_to.push(wrapped_to);
        }
        self.granted.push(KeyRecord::OwnSection(granted.clone()));
        self.made.insert((draft.thread, category), granted);
        Ok(Some(wrapped))
    }

    fn recipient_key(
        &self,
        thread: ThreadId,
        recipient: OfficeId,
        to: GrantTo,
    ) -> Result<(KemPublic, Option<Day>), SubmitError> {
        match to {
            GrantTo::Inbox(office) => {
                let core = self.desk.core();
                let key = core.view.inbox_key(office, self.now.day(), self.now);
                let key = key.ok_or(Failure::Inconsistent("an offer was decided without an inbox key"))?;
                Ok((key.key, Some(key.until)))
            }
            GrantTo::Thread => {
                let known = self.desk.thread(thread)?;
                let referral = known.as_deref().and_then(crate::threads::Thread::referral);
                let party = referral.and_then(|referral| Some((referral, referral.party(recipient)?)));
                let key = party.and_then(|(referral, party)| referral.thread_key(party));
                Ok((
                    key.ok_or(Failure::Inconsistent("the other party has no key for this thread yet"))?,
                    None,
                ))
            }
        }
    }

    /// The last day on which a wrapped key may be used.
    fn expiry(&self, draft: &Draft, inbox_until: Option<Day>) -> Result<Day, SubmitError> {
        let consent_until = match draft.basis {
            BasisOn::Consent(chain) => match self.untils.get(&chain) {
                Some(until) => Some(*until),
                None => {
                    let known = self.desk.thread(draft.thread)?;
                    known
                        .as_deref()
                        .and_then(crate::threads::Thread::referral)
                        .and_then(|referral| referral.sender.consent.as_ref().map(|chain| chain.scope.until))
                }
            },
            BasisOn::None | BasisOn::Reply(_) | BasisOn::OwnData | BasisOn::Emergency(_) => None,
        };
        let latest = consent_until.unwrap_or_else(|| self.now.day().plus(REPLY_DAYS));
        Ok(inbox_until.map_or(latest, |until| until.min(latest)))
    }

    fn basis(&self, draft: &Draft) -> Result<BasisTo, SubmitError> {
        Ok(match draft.basis {
            BasisOn::None => BasisTo::None,
            BasisOn::OwnData => BasisTo::OwnData,
            BasisOn::Consent(event) => BasisTo::Consent(self.find(draft.thread, event)?),
            BasisOn::Reply(event) => BasisTo::Reply(self.find(draft.thread, event)?),
            BasisOn::Emergency(event) => BasisTo::Emergency(self.find(draft.thread, event)?),
        })
    }

    /// Where an event stands: earlier in this command, or in a log.
    fn find(&self, thread: ThreadId, event: EventId) -> Result<RefTo, SubmitError> {
        if let Some(position) = self.positions.get(&event) {
            return Ok(RefTo::Batch(*position));
        }
        let known = self.desk.thread(thread)?;
        let at = known.as_deref().and_then(|thread| thread.newest_place(event));
        let at = at.ok_or(Failure::Inconsistent("a decision names an event that is not in its thread"))?;
        let seen = self.desk.seen_at(at.index)?;
        let found = seen.iter().find(|seen| seen.event_id == event);
        Ok(RefTo::Known(found.ok_or(Failure::Inconsistent("the index names the wrong entry"))?.at))
    }
}

/// Whether what a draft seals is destroyed apart from what else is shared in its thread.
fn lives_apart(draft: &Draft) -> bool {
    matches!(draft.basis, BasisOn::Emergency(_)) || matches!(draft.event, Event::AddressReleased(_))
}

impl Desk {
    /// To whom an entry is sent.
    pub(crate) fn recipients(&self, audience: Audience) -> Vec<OfficeId> {
        match audience {
            Audience::Nobody => Vec::new(),
            Audience::Office(office) => vec![office],
            Audience::Network => self.others(),
        }
    }
}

pub(crate) fn basis_event(basis: BasisOn) -> Option<EventId> {
    match basis {
        BasisOn::None | BasisOn::OwnData => None,
        BasisOn::Consent(event) | BasisOn::Reply(event) | BasisOn::Emergency(event) => Some(event),
    }
}
