//! The accounts of this office: a small sealed file, rewritten whole at every change.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use waymark_domain::ids::StaffId;
use waymark_seal::hash::sha256;
use waymark_seal::prefix;
use waymark_seal::rng::{self, System};
use waymark_seal::vault::SnapshotKey;

use super::Role;
use super::password::{self, Hashed};
use crate::setup::files::{self, Readers};

/// File in the data folder.
pub(crate) const FILE: &str = "staff";
/// Accounts of an office, at most.
const ACCOUNTS_MAX: usize = 2_000;
const NAME_MAX: usize = 64;
const VERSION: u32 = 1;
/// Wrong passwords after which an account waits.
const WRONG_MAX: u32 = 5;
/// Seconds of the first wait; each further one is twice as long, up to an hour.
const WAIT_SECONDS: u64 = 15;
const WAIT_SECONDS_MAX: u64 = 3_600;
/// Names whose tries are counted, at most.
const TRIES_MAX: usize = 4_096;

/// An account.
#[derive(Clone, Serialize, Deserialize)]
struct Account {
    id: [u8; 8],
    name: String,
    roles: Vec<Role>,
    open: bool,
    password: Hashed,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    accounts: Vec<Account>,
}

/// What others may know of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) id: StaffId,
    pub(crate) name: String,
    pub(crate) roles: Vec<Role>,
    pub(crate) open: bool,
}

/// Why an account is not made, changed or used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BookFault {
    /// Name and password do not belong together, or the account is closed.
    #[error("name and password do not belong together")]
    Wrong,
    /// Too many wrong passwords.
    #[error("this account waits for {0} seconds")]
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
        Ok(Self { path, key, inner: Mutex::new(Inner { accounts, tries: HashMap::new() }) })
    }

    /// Nobody has an account yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().accounts.is_empty()
    }

    /// Adds an account.
    pub(crate) fn add(&self, name: &str, roles: Vec<Role>, password: &str) -> Result<Member, BookFault> {
        let name = fit_name(name)?;
        let roles = fit_roles(roles)?;
        let hashed = fit_password(password)?;
        let mut inner = self.lock();
        if inner.accounts.iter().any(|account| account.has_name(&name)) {
            return Err(BookFault::Unfit("an account has this name"));
        }
        if inner.accounts.len() >= ACCOUNTS_MAX {
            return Err(BookFault::Unfit("the office has as many accounts as it can have"));
        }
        let account = Account { id: rng::bytes(&mut System), name, roles, open: true, password: hashed };
        let member = account.member();
        self.keep(&mut inner, |accounts| accounts.push(account))?;
        Ok(member)
    }

    /// Changes roles, and whether the account is open. One administrator always stays.
    pub(crate) fn change(
        &self,
        id: StaffId,
        roles: Vec<Role>,
        open: Option<bool>,
    ) -> Result<Member, BookFault> {
        let roles = if roles.is_empty() { None } else { Some(fit_roles(roles)?) };
        let mut inner = self.lock();
        let mut after = inner.accounts.clone();
        let account = after.iter_mut().find(|account| account.id == id.0).ok_or(BookFault::Unknown)?;
        account.roles = roles.unwrap_or_else(|| account.roles.clone());
        account.open = open.unwrap_or(account.open);
        let member = account.member();
        if !after.iter().any(|account| account.open && account.roles.contains(&Role::Administrator)) {
            return Err(BookFault::Unfit("the office would have no administrator"));
        }
        self.keep(&mut inner, |accounts| *accounts = after)?;
        Ok(member)
    }

    /// Sets a new password.
    pub(crate) fn set_password(&self, id: StaffId, password: &str) -> Result<(), BookFault> {
        let hashed = fit_password(password)?;
        let mut inner = self.lock();
        let account = inner.accounts.iter().find(|account| account.id == id.0);
        let tried = tried(&account.ok_or(BookFault::Unknown)?.name);
        self.keep(&mut inner, |accounts| {
            accounts
                .iter_mut()
                .filter(|account| account.id == id.0)
                .for_each(|account| account.password = hashed.clone());
        })?;
        inner.tries.remove(&tried);
        Ok(())
    }

    /// Who has this name and password. `now`: seconds of a clock that only goes forward.
    ///
    /// # Security
    /// A try counts before it is looked at, so that many at once are no more than one after the other; names that nobody has are treated
    /// alike.
    pub(crate) fn check(&self, name: &str, password: &str, now: u64) -> Result<Member, BookFault> {
        let of = tried(name);
        self.lock().count(of, now)?;
        let found = self.lock().accounts.iter().find(|account| account.has_name(name)).cloned();
        let Some(account) = found.filter(|_| password.len() <= password::BYTES_MAX) else {
            password::pretend("");
            return Err(BookFault::Wrong);
        };
        // Not under the lock: it takes a while, on purpose.
        let right = account.password.is(password) && account.open;
        let mut inner = self.lock();
        // Somebody may have set a new password or closed the account meanwhile.
        let unchanged = inner.accounts.iter().any(|now| now.id == account.id && now.is_as(&account));
        if !right || !unchanged {
            return Err(BookFault::Wrong);
        }
        inner.tries.remove(&of);
        Ok(account.member())
    }

    /// An account that is open, as it is now.
    pub(crate) fn member(&self, id: StaffId) -> Option<Member> {
        let inner = self.lock();
        inner.accounts.iter().find(|account| account.id == id.0 && account.open).map(Account::member)
    }

    /// Every account, by name.
    pub(crate) fn members(&self) -> Vec<Member> {
        let mut members: Vec<Member> = self.lock().accounts.iter().map(Account::member).collect();
        members.sort_by(|a, b| a.name.cmp(&b.name));
        members
    }

    /// Writes the file first: what is told as done is on disk.
    fn keep(&self, inner: &mut Inner, change: impl FnOnce(&mut Vec<Account>)) -> Result<(), BookFault> {
        let mut accounts = inner.accounts.clone();
        change(&mut accounts);
        let stored = Stored { version: VERSION, accounts };
        let plain = postcard::to_allocvec(&stored).map_err(|_| BookFault::Damaged)?;
        let sealed = self.key.seal(&mut System, prefix::STAFF_FILE.bytes(), &plain);
        files::write(&self.path, &sealed, Readers::Owner)?;
        inner.accounts = stored.accounts;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Counts a try, unless it has to wait.
    fn count(&mut self, of: [u8; 32], now: u64) -> Result<(), BookFault> {
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
        Ok(())
    }
}

impl Account {
    fn has_name(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.trim().to_lowercase()
    }

    fn is_as(&self, other: &Self) -> bool {
        self.open == other.open && self.password == other.password
    }

    fn member(&self) -> Member {
        Member { id: StaffId(self.id), name: self.name.clone(), roles: self.roles.clone(), open: self.open }
    }
}

fn read(key: &SnapshotKey, sealed: &[u8]) -> Option<Vec<Account>> {
    let plain = key.open(prefix::STAFF_FILE.bytes(), sealed)?;
    let stored: Stored = postcard::from_bytes(&plain).ok()?;
    (stored.version == VERSION).then_some(stored.accounts)
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
mod tests {
    use super::*;
    use waymark_seal::vault::{Cost, Passphrase, Vault};

    fn book(folder: &Path) -> Book {
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
            .add("Canary Testperson", vec![Role::CaseWorker], "four words by dice")
            .expect("added");
        let again = book(folder.path());
        assert_eq!(again.check("canary testperson", "four words by dice", 0).expect("opens"), added);
        for (name, password) in
            [("Canary Testperson", "four words by dicE"), ("nobody", "four words by dice")]
        {
            assert!(matches!(again.check(name, password, 0), Err(BookFault::Wrong)));
        }
        let bytes = std::fs::read(folder.path().join(FILE)).expect("read");
        assert!(!bytes.windows(6).any(|window| window == b"Canary"), "the file shows a name");
    }

    #[test]
    fn after_five_wrong_passwords_an_account_waits_longer_each_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = book(folder.path());
        book.add("anna", vec![Role::CaseWorker], "four words by dice").expect("added");
        for _ in 0..5 {
            assert!(matches!(book.check("anna", "guess guess guess", 100), Err(BookFault::Wrong)));
        }
        assert!(matches!(book.check("anna", "four words by dice", 110), Err(BookFault::Waits(5))));
        assert!(matches!(book.check("anna", "guess guess guess", 115), Err(BookFault::Wrong)));
        assert!(matches!(book.check("anna", "four words by dice", 130), Err(BookFault::Waits(15))));
        assert!(book.check("anna", "four words by dice", 145).is_ok());
        assert!(
            matches!(book.check("anna", "guess guess guess", 146), Err(BookFault::Wrong)),
            "counted anew"
        );
    }

    #[test]
    fn a_new_password_of_one_ends_nobody_elses_wait() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = book(folder.path());
        let anna = book.add("anna", vec![Role::CaseWorker], "four words by dice").expect("added");
        book.add("berta", vec![Role::CaseWorker], "four words by dice").expect("added");
        for name in ["anna", "berta"] {
            for _ in 0..5 {
                assert!(matches!(book.check(name, "guess guess guess", 100), Err(BookFault::Wrong)));
            }
        }
        book.set_password(anna.id, "five words by more dice").expect("set");
        assert!(book.check("anna", "five words by more dice", 101).is_ok());
        assert!(matches!(book.check("berta", "four words by dice", 101), Err(BookFault::Waits(_))));
    }

    #[test]
    fn the_last_administrator_stays_and_a_closed_account_does_not_open() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = book(folder.path());
        let first = book.add("root", vec![Role::Administrator], "four words by dice").expect("added");
        for (roles, open) in [(vec![Role::CaseWorker], None), (Vec::new(), Some(false))] {
            assert!(matches!(book.change(first.id, roles, open), Err(BookFault::Unfit(_))));
        }
        let second = book.add("anna", vec![Role::Administrator], "four words by dice").expect("added");
        book.change(first.id, Vec::new(), Some(false)).expect("closed");
        assert!(matches!(book.check("root", "four words by dice", 0), Err(BookFault::Wrong)));
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
            assert!(matches!(book.add(name, roles, password), Err(BookFault::Unfit(_))));
        }
        assert!(book.is_empty());
    }
}
