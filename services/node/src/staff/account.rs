//! An account as the file keeps it: who has it, what she may do, and in whose hands it was.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::StaffId;
use waymark_domain::time::Timestamp;

use super::Role;
use super::password::Hashed;

const VERSION: u32 = 2;
/// Without marks.
const VERSION_BEFORE: u32 = 1;

/// Who did something to an account, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    by: Option<[u8; 8]>,
    at: u64,
}

impl Mark {
    /// Before marks were kept.
    const UNKNOWN: Self = Self { by: None, at: 0 };

    /// By a member of staff, or with the office's passphrase when it is nobody.
    pub(crate) fn new(by: Option<StaffId>, at: Timestamp) -> Self {
        Self { by: by.map(|by| by.0), at: at.0 }
    }

    /// Who; none: somebody with the office's passphrase, or not known.
    pub(crate) fn by(self) -> Option<StaffId> {
        self.by.map(StaffId)
    }

    /// When, if that is known.
    pub(crate) fn at(self) -> Option<Timestamp> {
        (self != Self::UNKNOWN).then_some(Timestamp(self.at))
    }
}

/// Why two accounts are not taken for two people who decide together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTwo {
    /// It is one account.
    Same,
    /// One has made the account of the other.
    Made,
    /// One has set the password of the other, and could be both.
    Given,
    /// The second one's password is one that somebody else has set.
    NotOwn,
}

/// An account.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) id: [u8; 8],
    pub(super) name: String,
    pub(super) roles: Vec<Role>,
    pub(super) open: bool,
    pub(super) password: Hashed,
    /// Who made it.
    pub(super) made: Mark,
    /// Who set its password last.
    pub(super) set: Mark,
    /// Who set it last of those whose account it is not.
    given: Mark,
}

impl Account {
    /// A new account.
    pub(super) fn new(id: [u8; 8], name: String, roles: Vec<Role>, password: Hashed, made: Mark) -> Self {
        Self { id, name, roles, open: true, password, made, set: made, given: made }
    }

    /// Sets its password.
    pub(super) fn set_password(&mut self, password: Hashed, set: Mark) {
        (self.password, self.set) = (password, set);
        if !self.is_own() {
            self.given = set;
        }
    }

    /// Its password is one that its owner has set herself.
    fn is_own(&self) -> bool {
        self.set.by == Some(self.id)
    }

    /// Whether `second`, who gives her password, and this one are two people as far as the accounts say.
    ///
    /// # Security
    /// Whoever makes two accounts and uses both is not found out here: who made an account stands beside it in every list.
    pub(super) fn decides_with(&self, second: &Self) -> Result<(), NotTwo> {
        let either = |of: fn(&Self) -> Mark| of(self).by == Some(second.id) || of(second).by == Some(self.id);
        if self.id == second.id {
            Err(NotTwo::Same)
        } else if either(|account| account.made) {
            Err(NotTwo::Made)
        } else if either(|account| account.given) {
            Err(NotTwo::Given)
        } else if second.is_own() {
            Ok(())
        } else {
            Err(NotTwo::NotOwn)
        }
    }
}

/// An account before marks were kept.
#[derive(Deserialize)]
struct AccountBefore {
    id: [u8; 8],
    name: String,
    roles: Vec<Role>,
    open: bool,
    password: Hashed,
}

/// The bytes of a file of accounts, to be sealed.
pub(super) fn to_bytes(accounts: &[Account]) -> Option<Vec<u8>> {
    postcard::to_allocvec(&(VERSION, accounts)).ok()
}

/// The accounts in the bytes of a file.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<Vec<Account>> {
    let (version, accounts): (u32, &[u8]) = postcard::take_from_bytes(bytes).ok()?;
    match version {
        VERSION => postcard::from_bytes(accounts).ok(),
        VERSION_BEFORE => {
            let before: Vec<AccountBefore> = postcard::from_bytes(accounts).ok()?;
            Some(before.into_iter().map(AccountBefore::now).collect())
        }
        _ => None,
    }
}

impl AccountBefore {
    fn now(self) -> Account {
        let Self { id, name, roles, open, password } = self;
        let known = Account::new(id, name, roles, password, Mark::UNKNOWN);
        Account { open, ..known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: u8, made_by: Option<u8>) -> Account {
        let password = Hashed::of("four words by dice").expect("hashed");
        let made = Mark::new(made_by.map(|by| StaffId([by; 8])), Timestamp(5));
        Account::new([id; 8], format!("staff {id}"), vec![Role::CaseWorker], password, made)
    }

    fn sets(account: &mut Account, by: u8) {
        let password = account.password.clone();
        account.set_password(password, Mark::new(Some(StaffId([by; 8])), Timestamp(6)));
    }

    #[test]
    fn two_who_have_set_their_own_passwords_decide_together() {
        let (mut anna, mut berta) = (account(1, Some(9)), account(2, Some(9)));
        sets(&mut berta, 2);
        assert_eq!(anna.decides_with(&berta), Ok(()));
        assert_eq!(berta.decides_with(&berta), Err(NotTwo::Same));
        assert_eq!(berta.decides_with(&anna), Err(NotTwo::NotOwn), "the administrator knows Anna's password");
        sets(&mut anna, 1);
        assert_eq!(berta.decides_with(&anna), Ok(()));
    }

    #[test]
    fn who_made_the_account_of_the_other_or_set_its_password_could_be_both() {
        let (mut anna, mut berta) = (account(1, None), account(2, Some(1)));
        sets(&mut anna, 1);
        sets(&mut berta, 2);
        for (first, second) in [(&anna, &berta), (&berta, &anna)] {
            assert_eq!(first.decides_with(second), Err(NotTwo::Made));
        }
        let mut clara = account(3, Some(9));
        sets(&mut clara, 1);
        // Signed in as Clara, she gives her a password of "her own".
        sets(&mut clara, 3);
        for (first, second) in [(&anna, &clara), (&clara, &anna)] {
            assert_eq!(first.decides_with(second), Err(NotTwo::Given));
        }
        // An administrator who is neither sets it anew, and Clara changes it.
        sets(&mut clara, 9);
        sets(&mut clara, 3);
        assert_eq!(anna.decides_with(&clara), Ok(()));
    }

    #[test]
    fn accounts_of_before_are_read_and_nobody_is_known_to_have_set_their_passwords() {
        let known = account(1, Some(9));
        let before = vec![(known.id, &known.name, &known.roles, false, &known.password)];
        let bytes = postcard::to_allocvec(&(VERSION_BEFORE, before)).expect("bytes");
        let read = from_bytes(&bytes).expect("read");
        let [account] = read.as_slice() else { panic!("one account") };
        assert_eq!(
            (account.id, account.open, account.made.by(), account.made.at()),
            (known.id, false, None, None)
        );
        let again = from_bytes(&to_bytes(&read).expect("bytes")).expect("read");
        assert_eq!(again.len(), 1);
        assert!(from_bytes(&postcard::to_allocvec(&(3_u32, 0_u8)).expect("bytes")).is_none());
    }
}
