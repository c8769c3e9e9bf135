//! Creating an office's folder, opening it, and closing it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::Notify;
use waymark_domain::event::Event;
use waymark_domain::event::log::{ClosedHead, LogOpened};
use waymark_domain::ids::{Country, NetworkId, OfficeId};
use waymark_domain::world::{OfficeView, Peer, Standing};
use waymark_ledger::{HeadSigner, Identity, Ledger};
use waymark_seal::checkpoint::{Claimed, Head};
use waymark_seal::letter::LetterKind;
use waymark_seal::merkle::verify_consistency;
use waymark_seal::rng::Rng;
use waymark_seal::roster::{OfficeState, RosterChain};
use waymark_seal::sign::PublicKey;
use waymark_seal::vault::{Cost, HighWater, Passphrase, Vault, VaultFault};

use crate::applying::OnMiss;
use crate::clock::Clock;
use crate::correspondence::Correspondence;
use crate::desk::{Core, Desk, Heads};
use crate::erasing::Keeping;
use crate::feed::Feed;
use crate::findings::Findings;
use crate::guard::StartGuard;
use crate::incarnation::{enter, identity, is_carried, open_closed};
use crate::office_file::{FolderFault, OfficeFile, make_private, read_roster, write_durably};
use crate::order::Failure;
use crate::projection::Projection;
use crate::receive::NODE;
use crate::rules::Rules;
use crate::schedule::Schedule;
use crate::signer::Signer;
use crate::stripes::Stripes;
use crate::threads::{Thread, Threads, notices_of};

/// Entries between two calls of a progress report.
const PROGRESS_STEP: u64 = 4_096;

/// What is needed to open an office.
pub struct Options<'a> {
    /// Its data folder.
    pub data: PathBuf,
    /// Opens its vault.
    pub passphrase: Passphrase,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What decides: [`DomainRules`](crate::DomainRules).
    pub rules: Arc<dyn Rules>,
    /// Randomness.
    pub rng: Box<dyn Rng>,
    /// What the office has decided about erasing beforehand.
    pub keeping: Keeping,
    /// What services derive.
    pub projections: Vec<Arc<dyn Projection>>,
    /// Called with entries replayed and entries in all.
    pub progress: &'a dyn Fn(u64, u64),
}

/// Why an office cannot be created or opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// Its folder.
    #[error(transparent)]
    Folder(#[from] FolderFault),
    /// Its keys.
    #[error(transparent)]
    Vault(#[from] VaultFault),
    /// Its log.
    #[error(transparent)]
    Ledger(#[from] waymark_ledger::OpenFault),
    /// Its log, at creation.
    #[error(transparent)]
    Create(#[from] waymark_ledger::CreateFault),
    /// Reading it back.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The roster does not know it.
    #[error(
        "the roster does not name this office: give its join file to the root holders, then adopt the roster they sign"
    )]
    NotInRoster,
    /// The roster has another log for this office than this folder continues.
    #[error(
        "the roster has closed the log of this folder: another folder of this office continues it, or this one came too late"
    )]
    Closed,
    /// The head at which its log is to end is not one of this folder's log, or lies before its key was in use.
    #[error(
        "the log in this folder has no head of that many entries under the key in use, which begins at {from}"
    )]
    NoSuchHead {
        /// The smallest size under the key in use.
        from: u64,
    },
}

/// The public half of a new office, for its join file.
#[derive(Debug, Clone, Copy)]
pub struct NewOffice {
    /// The office.
    pub office: OfficeId,
    /// The key that signs its log.
    pub log_key: PublicKey,
    /// The key that witnesses others.
    pub witness_key: PublicKey,
    /// The incarnation of its log.
    pub log: u32,
}

/// Makes the folder, the keys and the empty log of a new office.
///
/// # Errors
/// [`OpenFault`]; an existing office is never touched.
pub fn create_office(
    data: &Path,
    network: NetworkId,
    passphrase: &Passphrase,
    cost: Cost,
    rng: &mut dyn Rng,
) -> Result<NewOffice, OpenFault> {
    let office = OfficeId(waymark_seal::rng::bytes(rng));
    let file = OfficeFile { network, office, log: 0 };
    file.create(data)?;
    let vault = Vault::create(&data.join("vault"), passphrase, cost, waymark_seal::rng::System)?;
    Ledger::create(data, Identity { network, office, log: file.log })?;
    Ok(NewOffice {
        office,
        log_key: vault.log_key()?.public(),
        witness_key: vault.witness_key()?.public(),
        log: file.log,
    })
}

impl Desk {
    /// Opens an office: keys, roster, log; replays it; asks the others for its newest head.
    ///
    /// # Errors
    /// [`OpenFault`] says what stands in the way; nothing is changed.
    pub fn open(options: Options<'_>) -> Result<Arc<Self>, OpenFault> {
        let Options { data, passphrase, clock, rules, rng, keeping, projections, progress } = options;
        let file = OfficeFile::read(&data)?;
        if make_private(&data)? {
            tracing::warn!("others on this machine could enter the data folder; they no longer can");
        }
        let now = clock.now();
        let roster = read_roster(&data, now)?;
        let vault = Vault::open(&data.join("vault"), &passphrase, waymark_seal::rng::System)?;
        let (file, renewed) = enter(&data, file, &vault, &roster)?;
        let signer = Arc::new(Signer::new(vault.log_key()?, file, Some(&roster)));
        let view = office_view(&roster);
        let others = others_than(file.office, &view);
        let (ledger, report) = Ledger::open(&data, identity(file), signer.clone(), &others)?;
        // A mark of a closed incarnation says nothing of this one.
        let mark = vault.high_water()?.filter(|mark| mark.log == file.log);
        let clean = report.clean && mark.is_none_or(|mark| mark.clean && mark.size == ledger.size());
        let active = others.iter().filter(|office| takes_part(**office, &view)).copied().collect();
        let first_start = mark.is_none() && ledger.size() == 0;
        let guard = match file.log {
            1.. if ledger.size() == 0 => StartGuard::of_next_log(now, active),
            _ => StartGuard::new(now, clean || first_start, active),
        };
        let against = first_against(&guard, &ledger, mark, &roster);
        let closed = open_closed(&data, file, &vault, &others, &roster)?;
        let carrying = file.log > 0 && !is_carried(&data, file.log - 1);
        let desk = Arc::new(Self {
            network: file.network,
            me: file.office,
            log: file.log,
            actors: vault.actor_key()?.ready(),
            request_secret: request_secret(&vault)?,
            guard,
            feed: Feed::new(ledger.size()),
            roster: RwLock::new(Arc::new(roster)),
            core: RwLock::new(Core { view, ..Core::default() }),
            threads: Threads::new(),
            schedule: Schedule::default(),
            stripes: Stripes::new(),
            many_threads: RwLock::new(()),
            counting: Mutex::new(()),
            receiving: Mutex::new(()),
            unanswered: Mutex::default(),
            next_inbox_key: Mutex::default(),
            damaged: AtomicBool::new(false),
            correspondence: Correspondence::new(),
            recovery: Mutex::new(None),
            carrying: AtomicBool::new(carrying),
            keeping,
            findings: Findings::default(),
            heads: Heads::default(),
            to_send: Notify::new(),
            started_at: now,
            rng: Mutex::new(rng),
            data,
            clock,
            rules,
            ledger,
            vault,
            signer,
            projections,
        });
        desk.check_log_in_use(&desk.roster());
        // What speaks against this folder stays known however often it is started.
        desk.mark(against.unwrap_or(desk.ledger.head()), false)?;
        desk.replay(progress)?;
        if let Err(fault) = desk.erase_what_came_back() {
            tracing::error!(%fault, "not everything could be looked at that was erased; it is looked at again at the next start");
        }
        desk.await_what_others_hold(closed)?;
        desk.tell_and_ask(renewed);
        Ok(desk)
    }

    fn replay(&self, progress: &dyn Fn(u64, u64)) -> Result<(), Failure> {
        let size = self.ledger.size();
        let from = self.restore_snapshot();
        // Without a snapshot every thread begins here; with one, its earlier entries are read from the log.
        let on_miss = if from == 0 { OnMiss::Begin } else { OnMiss::Load };
        let read = |index, bytes: &[u8], leaf| self.seen_in(index, bytes, leaf);
        let mut touched = HashSet::new();
        self.schedule.hold(true);
        let read = self.read_ahead(from, size, read, |index, seen| {
            self.apply_entry(index, &seen, on_miss);
            self.await_answers(&seen);
            touched.extend(seen.first().map(|seen| seen.thread));
            if index % PROGRESS_STEP == 0 {
                progress(index, size);
            }
            Ok(())
        });
        self.schedule.hold(false);
        read?;
        for id in touched {
            let thread = self.thread(id)?;
            if let Some(referral) = thread.as_deref().and_then(Thread::referral) {
                self.schedule_referral(id, referral);
            }
        }
        self.schedule_cases();
        progress(size, size);
        self.threads.bound();
        self.recall_witnessed();
        Ok(())
    }

    /// At a start: tells that this office has other keys, and asks which head of its log everybody holds.
    fn tell_and_ask(&self, renewed: bool) {
        if renewed {
            self.renewed(&self.roster());
        }
        self.ask_heads();
    }

    /// Asks every office which head of this log it holds.
    pub fn ask_heads(&self) {
        for office in self.others() {
            self.send_note(office, LetterKind::HeadAsked { log: self.log });
        }
    }

    /// The root that this office signed at a size, when `checkpoint` is one of its own.
    pub(crate) fn own_head(&self, checkpoint: &[u8]) -> Option<Head> {
        let head = self.signer.verify(checkpoint)?;
        // A key that was ended is somebody else's by now, perhaps: of its heads only those count that this log has.
        let origin = self.own_origin();
        let in_use =
            Claimed::parse(checkpoint, &origin).is_ok_and(|it| it.names(&self.signer.newest_known()));
        (in_use || continues(&self.ledger, head)).then_some(head)
    }

    /// Writes the first entry of the log, once the start guard allows it.
    ///
    /// # Errors
    /// [`crate::order::SubmitError`].
    pub fn begin_log(&self) -> Result<(), crate::order::SubmitError> {
        let now = self.now();
        self.guard.ready(now)?;
        if self.ledger.size() > 0 {
            return Ok(self.carry_over()?);
        }
        let mut ids = crate::new_ids::NewIds::new(self, None);
        let draft = waymark_domain::draft::Draft {
            event_id: waymark_domain::draft::Ids::event(&mut ids),
            thread: notices_of(self.me),
            audience: waymark_domain::draft::Audience::Nobody,
            event: Event::LogOpened(LogOpened { previous: self.closed_head() }),
            basis: waymark_domain::draft::BasisOn::None,
            causes: Vec::new(),
            sections: Vec::new(),
            grant_to: None,
        };
        self.write(vec![draft], ids, NODE, now)?;
        Ok(self.carry_over()?)
    }

    /// Where the roster closed the incarnation before this one.
    fn closed_head(&self) -> Option<ClosedHead> {
        let log = self.log.checked_sub(1)?;
        let roster = self.roster();
        let last = roster.office(&self.me)?.logs.iter().rfind(|range| range.log == log)?;
        last.end.map(|Head { size, root }| ClosedHead { log, size, root })
    }

    /// Takes roster versions that another office told.
    pub(crate) fn roster_told(&self, from: OfficeId, versions: &[Vec<u8>]) -> Result<(), Failure> {
        let now = self.now();
        // What a letter says is judged and kept under one version.
        let _no_letter_meanwhile = self.receiving.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.roster();
        let mut chain = RosterChain::clone(&held);
        for bytes in versions {
            if let Some(version) = chain.contradicted_by(bytes) {
                self.note_other_roster(from, version, bytes)?;
                continue;
            }
            let version = chain.newest().version + 1;
            match chain.accept(bytes, now) {
                Ok(_) => write_durably(&self.data.join("roster").join(version.to_string()), bytes)
                    .map_err(|_| Failure::Inconsistent("a roster version could not be written"))?,
                Err(fault) => tracing::debug!(%fault, "a roster version that was told was not accepted"),
            }
        }
        let newer = chain.newest().version > held.newest().version;
        if !newer {
            return Ok(());
        }
        let mut current = self.roster.write().unwrap_or_else(PoisonError::into_inner);
        self.renew_keys(&chain)?;
        let mut core = self.core_mut();
        core.view.take_roster(&chain);
        core.freeze(&chain);
        drop(core);
        self.check_log_in_use(&chain);
        *current = Arc::new(chain);
        drop(current);
        self.ledger.set_offices(&self.others());
        if self.guard.ready(now).is_err() {
            // A head that could not be read may be one by a key that is known now.
            self.ask_heads();
        }
        Ok(())
    }

    /// Stops writing when the roster has closed the log that this folder continues.
    fn check_log_in_use(&self, roster: &RosterChain) {
        let (key, office) = (self.signer.public(), roster.office(&self.me));
        // Who has left signs nothing more, and has no log to begin.
        let has_left = office.is_some_and(|office| office.state == OfficeState::Left);
        if !has_left && !office.is_some_and(|office| office.signs(self.log, &key)) {
            self.guard.closed();
        }
    }

    /// Notes in the vault how far the log has come, and whether this is a clean stop.
    pub(crate) fn mark(&self, head: Head, clean: bool) -> Result<(), Failure> {
        let mark = HighWater { log: self.log, size: head.size, root: head.root, clean };
        self.vault.note_high_water(&mark)?;
        self.vault.sync()?;
        Ok(())
    }

    /// Stops cleanly: everything durable, and marked so for the next start.
    ///
    /// # Errors
    /// [`Failure`] when the mark cannot be written; the next start then asks the others first.
    pub fn close(&self) -> Result<(), Failure> {
        if let Err(fault) = self.store_snapshot() {
            tracing::warn!(%fault, "no snapshot was stored; the next start replays the log");
        }
        self.note_erasures()?;
        let head = self.ledger.head();
        self.ledger.settle()?;
        // What is in doubt now is in doubt at the next start: its mark stays as it is.
        if self.guard.leaves_no_doubt() { self.mark(head, true) } else { Ok(()) }
    }
}

/// The first head that this office is known to have signed and that its log does not continue.
fn first_against(
    guard: &StartGuard,
    ledger: &Ledger,
    mark: Option<HighWater>,
    roster: &RosterChain,
) -> Option<Head> {
    let marked = mark.map(|HighWater { size, root, .. }| Head { size, root });
    let Identity { office, log, .. } = ledger.identity();
    // Where an earlier key of this log ended, the root holders have signed, too.
    let ends = roster.log_ranges(&office, log).filter_map(|range| range.end);
    let ours = |head| continues(ledger, head);
    marked.into_iter().chain(ends).find(|known| guard.marked(*known, ledger.size(), ours))
}

fn takes_part(office: OfficeId, view: &OfficeView) -> bool {
    view.offices.get(&office).is_some_and(|peer| peer.standing == Standing::Active)
}

/// Whether a log continues a head.
pub(crate) fn continues(ledger: &Ledger, head: Head) -> bool {
    let now = ledger.head();
    let proof = ledger.consistency(head.size, now.size);
    proof.is_ok_and(|path| verify_consistency(head.size, &head.root, now.size, &now.root, &path))
}

const REQUEST_SECRET: &str = "request ids";

/// The secret from which ids of repeated requests are derived; made at the first start.
fn request_secret(vault: &Vault) -> Result<[u8; 32], VaultFault> {
    let kept = vault.named(REQUEST_SECRET)?;
    if let Some(secret) = kept.and_then(|secret| <[u8; 32]>::try_from(secret.as_slice()).ok()) {
        return Ok(secret);
    }
    let secret = waymark_seal::rng::bytes(&mut waymark_seal::rng::System);
    vault.set_named(REQUEST_SECRET, &secret)?;
    Ok(secret)
}

fn others_than(me: OfficeId, view: &OfficeView) -> Vec<OfficeId> {
    view.offices.keys().copied().filter(|office| *office != me).collect()
}

/// The offices of a roster, before any notice.
fn office_view(roster: &RosterChain) -> OfficeView {
    let mut view = OfficeView::default();
    view.take_roster(roster);
    view
}

/// Taking the roster into the domain's view.
trait TakeRoster {
    fn take_roster(&mut self, roster: &RosterChain);
}

impl TakeRoster for OfficeView {
    fn take_roster(&mut self, roster: &RosterChain) {
        for office in &roster.newest().offices {
            let standing = match office.state {
                OfficeState::Active => Standing::Active,
                OfficeState::Suspended => Standing::Suspended,
                OfficeState::Left => Standing::Left,
            };
            let before = self.offices.remove(&office.id);
            let (profile, inbox) = before.map_or((None, Vec::new()), |peer| (peer.profile, peer.inbox));
            let roles = office.roles.clone();
            let peer = Peer {
                country: Country(office.country),
                institution: office.institution,
                roles,
                standing,
                profile,
                inbox,
            };
            self.offices.insert(office.id, peer);
        }
    }
}
