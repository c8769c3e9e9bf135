//! The accounts of this office: a small sealed file, rewritten whole at every change.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use waymark_domain::ids::StaffId;
use waymark_seal::hash::sha256;
use waymark_seal::prefix;
use waymark_seal::rng::{self, System};
use waymark_seal::vault::SnapshotKey;

use super::Role;
use super::account::{self, Account, Mark, NotTwo};
use super::password::{self, Hashed};
use crate::setup::files::{self, Readers};

/// File in the data folder.
pub(crate) const FILE: &str = "staff";
/// Accounts of an office, at most.
const ACCOUNTS_MAX: usize = 2_000;
const NAME_MAX: usize = 64;
/// Wrong passwords after which an account waits.
const WRONG_MAX: u32 = 5;
/// Seconds of the first wait; each further one is twice as long, up to an hour.
const WAIT_SECONDS: u64 = 15;
const WAIT_SECONDS_MAX: u64 = 3_600;
/// Names whose tries are counted, at most.
const TRIES_MAX: usize = 4_096;

/// What others may know of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) id: StaffId,
    pub(crate) name: String,
    pub(crate) roles: Vec<Role>,
    pub(crate) open: bool,
    /// Who made the account.
    pub(crate) made: Mark,
    /// Who set its password last.
    pub(crate) set: Mark,
}

/// Why an account is not made, changed or used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BookFault {
    /// Name and password do not belong together, or the account is closed.
    #[error("name and password do not belong together")]
    Wrong {
        /// Wrong passwords until the name waits.
        left: u32,
        /// Seconds that it waits now.
        waits: u64,
    },
    /// Too many wrong passwords.
    #[error("this name waits for {0} seconds")]
    Waits(u64),
    /// There is no such account.
    #[error("there is no such account")]
    Unknown,
    /// What was given does not do.
    #[error("{0}")]
    Unfit(&'static str),
    /// The file cannot be read or written.
    #[error("the accounts could not be kept: {0}")]
    Disk(#[from] std::io::Error),
    /// The file does not open with this office's key.
    #[error("the file of accounts is damaged, or of another office")]
    Damaged,
}

/// The accounts, open.
pub(crate) struct Book {
    path: PathBuf,
    key: SnapshotKey,
    /// Held while the file is written, which takes a while; changes are made one after the other.
    writing: Mutex<()>,
    /// Held for a moment: every call looks here.
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    accounts: Vec<Account>,
    /// Tries since the last right one by the hash of the name, known or not, and when the wait ends.
    tries: HashMap<[u8; 32], Tries>,
}

#[derive(Clone, Copy, Default)]
struct Tries {
    count: u32,
    /// Seconds of a clock that only goes forward.
    wait_until: u64,
}

impl Book {
    /// The accounts in a data folder; none when there is no file yet.
    pub(crate) fn open(folder: &Path, key: SnapshotKey) -> Result<Self, BookFault> {
        let path = folder.join(FILE);
        let accounts = match std::fs::read(&path) {
            Ok(sealed) => read(&key, &sealed).ok_or(BookFault::Damaged)?,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(fault) => return Err(fault.into()),
        };
        Ok(Self {
            path,
            key,
            writing: Mutex::default(),
            inner: Mutex::new(Inner { accounts, tries: HashMap::new() }),
        })
    }

    /// Nobody has an account yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().accounts.is_empty()
    }

    /// Adds an account, as `made` says by whom and when.
    pub(crate) fn add(
        &self,
        name: &str,
        roles: Vec<Role>,
        password: &str,
        made: Mark,
    ) -> Result<Member, BookFault> {
        let name = fit_name(name)?;
        let roles = fit_roles(roles)?;
        let hashed = fit_password(password)?;
        self.keep(|accounts| {
            if accounts.iter().any(|account| has_name(account, &name)) {
                return Err(BookFault::Unfit("an account has this name"));
            }
            if accounts.len() >= ACCOUNTS_MAX {
                return Err(BookFault::Unfit("the office has as many accounts as it can have"));
            }
            let account = Account::new(rng::bytes(&mut System), name, roles, hashed, made);
            let member = member(&account);
            accounts.push(account);
            Ok(member)
        })
    }

    /// Changes roles, and whether the account is open. One administrator always stays.
    pub(crate) fn change(
        &self,
        id: StaffId,
        roles: Vec<Role>,
        open: Option<bool>,
    ) -> Result<Member, BookFault> {
        let roles = if roles.is_empty() { None } else { Some(fit_roles(roles)?) };
        self.keep(|accounts| {
            let account = accounts.iter_mut().find(|account| account.id == id.0).ok_or(BookFault::Unknown)?;
            account.roles = roles.unwrap_or_else(|| account.roles.clone());
            account.open = open.unwrap_or(account.open);
            let member = member(account);
            if !accounts.iter().any(|account| account.open && account.roles.contains(&Role::Administrator)) {
                return Err(BookFault::Unfit("the office would have no administrator"));
            }
            Ok(member)
        })
    }

    /// Sets a new password, as `set` says by whom and when.
    pub(crate) fn set_password(&self, id: StaffId, password: &str, set: Mark) -> Result<(), BookFault> {
        let hashed = fit_password(password)?;
        let tried = self.keep(|accounts| {
            let account = accounts.iter_mut().find(|account| account.id == id.0).ok_or(BookFault::Unknown)?;
            account.set_password(hashed, set);
            Ok(tried(&account.name))
        })?;
        self.lock().tries.remove(&tried);
        Ok(())
    }

    /// Who has this name and password. `now`: seconds of a clock that only goes forward.
    ///
    /// # Security
    /// A try counts before it is looked at, so that many at once are no more than one after the other; names that nobody has are treated
    /// alike.
    pub(crate) fn check(&self, name: &str, password: &str, now: u64) -> Result<Member, BookFault> {
        if name.chars().nth(NAME_MAX).is_some() {
            // Nobody has such a name: not worth a lock or a place among the tries.
            password::pretend("");
            return Err(BookFault::Wrong { left: WRONG_MAX, waits: 0 });
        }
        let of = tried(name);
        let wrong = self.lock().count(of, now)?;
        let found = self.lock().accounts.iter().find(|account| has_name(account, name)).cloned();
        let Some(account) = found.filter(|_| password.len() <= password::BYTES_MAX) else {
            password::pretend("");
            return Err(wrong);
        };
        // Not under the lock: it takes a while, on purpose.
        let right = account.password.is(password) && account.open;
        let mut inner = self.lock();
        // Somebody may have set a new password or closed the account meanwhile.
        let is_as = |now: &Account| now.open == account.open && now.password == account.password;
        let unchanged = inner.accounts.iter().any(|now| now.id == account.id && is_as(now));
        if !right || !unchanged {
            return Err(wrong);
        }
        inner.tries.remove(&of);
        Ok(member(&account))
    }

    /// Whether `second`, who gives her password, and `first` are two people as far as the accounts say.
    pub(crate) fn decide_together(&self, first: StaffId, second: StaffId) -> Result<(), NotTwo> {
        let inner = self.lock();
        let of = |id: StaffId| inner.accounts.iter().find(|account| account.id == id.0);
        match (of(first), of(second)) {
            (Some(first), Some(second)) => first.decides_with(second),
            _ => Err(NotTwo::NotOwn),
        }
    }

    /// An account that is open, as it is now.
    pub(crate) fn member(&self, id: StaffId) -> Option<Member> {
        let inner = self.lock();
        inner.accounts.iter().find(|account| account.id == id.0 && account.open).map(member)
    }

    /// Every account, by name.
    pub(crate) fn members(&self) -> Vec<Member> {
        let mut members: Vec<Member> = self.lock().accounts.iter().map(member).collect();
        members.sort_by(|a, b| a.name.cmp(&b.name));
        members
    }

    /// Changes the accounts. Writes the file first: what is told as done is on disk. Whoever only looks does not wait for the disk.
    fn keep<T>(
        &self,
        change: impl FnOnce(&mut Vec<Account>) -> Result<T, BookFault>,
    ) -> Result<T, BookFault> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut accounts = self.lock().accounts.clone();
        let done = change(&mut accounts)?;
        let plain = account::to_bytes(&accounts).ok_or(BookFault::Damaged)?;
        let sealed = self.key.seal(&mut System, prefix::STAFF_FILE.bytes(), &plain);
        files::write(&self.path, &sealed, Readers::Owner)?;
        self.lock().accounts = accounts;
        Ok(done)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Counts a try, unless it has to wait; gives what it is told when it is wrong.
    fn count(&mut self, of: [u8; 32], now: u64) -> Result<BookFault, BookFault> {
        if self.tries.len() >= TRIES_MAX && !self.tries.contains_key(&of) {
            // Whoever tries thousands of names waits with all of them.
            let oldest = self.tries.iter().min_by_key(|(_, tries)| tries.wait_until).map(|(of, _)| *of);
            oldest.and_then(|oldest| self.tries.remove(&oldest));
        }
        let tries = self.tries.entry(of).or_default();
        if tries.wait_until > now {
            return Err(BookFault::Waits(tries.wait_until - now));
        }
        tries.count = tries.count.saturating_add(1);
        tries.wait_until = wait_from(tries.count, now);
        Ok(BookFault::Wrong { left: WRONG_MAX.saturating_sub(tries.count), waits: tries.wait_until - now })
    }
}

fn has_name(account: &Account, name: &str) -> bool {
    account.name.to_lowercase() == name.trim().to_lowercase()
}

fn member(account: &Account) -> Member {
    let Account { id, name, roles, open, made, set, .. } = account;
    Member { id: StaffId(*id), name: name.clone(), roles: roles.clone(), open: *open, made: *made, set: *set }
}

fn read(key: &SnapshotKey, sealed: &[u8]) -> Option<Vec<Account>> {
    account::from_bytes(&key.open(prefix::STAFF_FILE.bytes(), sealed)?)
}

/// Under what the tries of a name are counted.
fn tried(name: &str) -> [u8; 32] {
    sha256(&[name.trim().to_lowercase().as_bytes()]).0
}

/// When an account may be tried again after so many wrong passwords.
fn wait_from(wrong: u32, now: u64) -> u64 {
    match wrong.checked_sub(WRONG_MAX) {
        Some(more) => {
            now + WAIT_SECONDS.checked_shl(more.min(16)).unwrap_or(WAIT_SECONDS_MAX).min(WAIT_SECONDS_MAX)
        }
        None => now,
    }
}

fn fit_name(name: &str) -> Result<String, BookFault> {
    let name = name.trim();
    let fits = (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits {
        Ok(name.to_owned())
    } else {
        Err(BookFault::Unfit("the name is empty, longer than 64 characters, or not on one line"))
    }
}

fn fit_roles(mut roles: Vec<Role>) -> Result<Vec<Role>, BookFault> {
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() { Err(BookFault::Unfit("a member of staff needs a role")) } else { Ok(roles) }
}

fn fit_password(password: &str) -> Result<Hashed, BookFault> {
    if password.chars().count() < password::LENGTH_MIN {
        return Err(BookFault::Unfit("the password has fewer than 12 characters"));
    }
    if password.len() > password::BYTES_MAX {
        return Err(BookFault::Unfit("the password is longer than 1024 bytes"));
    }
    Hashed::of(password).ok_or(BookFault::Unfit("the password cannot be taken"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use waymark_seal::vault::{Cost, Passphrase, Vault};

    /// Whose hand it is does not matter here.
    fn by() -> Mark {
        Mark::new(None, waymark_domain::time::Timestamp(1))
    }

    pub(crate) fn book(folder: &Path) -> Book {
        let (vault, passphrase) = (folder.join("vault"), Passphrase::new(b"a passphrase for tests".to_vec()));
        if !vault.exists() {
            drop(Vault::create(&vault, &passphrase, Cost::TEST, System).expect("created"));
        }
        let key = Vault::open(&vault, &passphrase, System).expect("opens").snapshot_key().expect("a key");
        Book::open(folder, key).expect("opens")
    }

    #[test]
    fn an_account_opens_with_its_own_password_and_is_there_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let added = book(folder.path())
            .add("Canary Testperson", vec![Role::CaseWorker], "four words by dice", by())
            .expect("added");
        let again = book(folder.path());
        assert_eq!(again.check("canary testperson", "four words by dice", 0).expect("opens"), added);
        for (name, password) in
            [("Canary Testperson", "four words by dicE"), ("nobody", "four words by dice")]
        {
            assert!(matches!(again.check(name, password, 0), Err(BookFault::Wrong { .. })));
        }
        let bytes = std::fs::read(folder.path().join(FILE)).expect("read");
        assert!(!bytes.windows(6).any(|window| window == b"Canary"), "the file shows a name");
    }

    #[test]
    fn after_five_wrong_passwords_an_account_waits_longer_each_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = book(folder.path());
        book.add("anna", vec![Role::CaseWorker], "four words by dice", by()).expect("added");
        for _ in 0..5 {
            assert!(matches!(book.check("anna", "guess guess guess", 100), Err(BookFault::Wrong { .. })));
        }
        assert!(matches!(book.check("anna", "four words by dice", 110), Err(BookFault::Waits(5))));
        assert!(matches!(book.check("anna", "guess guess guess", 115), Err(BookFault::Wrong { .. })));
        assert!(matches!(book.check("anna", "four words by dice", 130), Err(BookFault::Waits(15))));
        assert!(book.check("anna", "four words by dice", 145).is_ok());
        assert!(
            matches!(book.check("anna", "guess guess guess", 146), Err(BookFault::Wrong { .. })),
            "counted anew"
        );
    }

    #[test]
    fn a_new_password_of_one_ends_nobody_elses_wait() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = book(folder.path());
        let anna = book.add("anna", vec![Role::CaseWorker], "four words by dice", by()).expect("added");
        book.add("berta", vec![Role::CaseWorker], "four words by dice", by()).expect("added");
        for name in ["anna", "berta"] {
            for _ in 0..5 {
                assert!(matches!(book.check(name, "guess guess guess", 100), Err(BookFault::Wrong { .. })));
            }
        }
        book.set_password(anna.id, "five words by more dice", by()).expect("set");
        assert!(book.check("anna", "five words by more dice", 101).is_ok());
        assert!(matches!(book.check("berta", "four words by dice", 101), Err(BookFault::Waits(_))));
    }

    #[test]
    fn the_last_administrator_stays_and_a_closed_account_does_not_open() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = book(folder.path());
        let first = book.add("root", vec![Role::Administrator], "four words by dice", by()).expect("added");
        for (roles, open) in [(vec![Role::CaseWorker], None), (Vec::new(), Some(false))] {
            assert!(matches!(book.change(first.id, roles, open), Err(BookFault::Unfit(_))));
        }
        let second = book.add("anna", vec![Role::Administrator], "four words by dice", by()).expect("added");
        book.change(first.id, Vec::new(), Some(false)).expect("closed");
        assert!(matches!(book.check("root", "four words by dice", 0), Err(BookFault::Wrong { .. })));
        assert!(book.member(first.id).is_none() && book.member(second.id).is_some());
    }

    #[test]
    fn what_does_not_do_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = book(folder.path());
        let long = "x".repeat(2_000);
        for (name, roles, password) in [
            ("", vec![Role::CaseWorker], "four words by dice"),
            ("two\nlines", vec![Role::CaseWorker], "four words by dice"),
            (long.as_str(), vec![Role::CaseWorker], "four words by dice"),
            ("anna", Vec::new(), "four words by dice"),
            ("anna", vec![Role::CaseWorker], "short"),
            ("anna", vec![Role::CaseWorker], long.as_str()),
        ] {
            assert!(matches!(book.add(name, roles, password, by()), Err(BookFault::Unfit(_))));
        }
        assert!(book.is_empty());
    }

    #[test]
    fn whoever_mistypes_is_told_how_many_tries_are_left_and_how_long_the_name_waits() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = book(folder.path());
        book.add("anna", vec![Role::CaseWorker], "four words by dice", by()).expect("added");
        for name in ["anna", "nobody"] {
            let told = (0..5).map(|_| match book.check(name, "guess guess guess", 100) {
                Err(BookFault::Wrong { left, waits }) => (left, waits),
                _ => panic!("not told as wrong"),
            });
            assert_eq!(told.collect::<Vec<_>>(), [(4, 0), (3, 0), (2, 0), (1, 0), (0, 15)], "{name}");
        }
    }

    #[test]
    fn a_name_that_nobody_can_have_takes_no_place_among_the_tries() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = book(folder.path());
        let long = "x".repeat(NAME_MAX + 1);
        for _ in 0..WRONG_MAX * 2 {
            assert!(matches!(book.check(&long, "guess guess guess", 100), Err(BookFault::Wrong { .. })));
        }
        assert!(book.lock().tries.is_empty());
    }

    #[test]
    fn nobody_who_only_looks_waits_for_the_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = book(folder.path());
        let anna = book.add("anna", vec![Role::CaseWorker], "four words by dice", by()).expect("added");
        let looked = book.keep(|_| Ok(book.member(anna.id))).expect("kept");
        assert_eq!(looked, Some(anna.clone()));
        // Two who change something at once lose nothing of each other.
        std::thread::scope(|both| {
            let name = |number: usize| format!("staff {number}");
            for number in 0..4 {
                let book = &book;
                both.spawn(move || {
                    book.add(&name(number), vec![Role::CaseWorker], "four words by dice", by())
                        .expect("added");
                });
            }
        });
        assert_eq!(book.members().len(), 5);
    }
}
