//! Who works at this office: accounts, passwords, sessions, and which role may call which method.
//!
//! Accounts lie in one file of the data folder, sealed under a key of the vault; sessions live in memory and end with the node.
//! Nothing of it is in the office's log, which names staff by pseudonym. Read [`book`], then [`methods`].

pub(crate) mod account;
pub(crate) mod book;
pub(crate) mod methods;
mod password;
pub(crate) mod sessions;

use serde::{Deserialize, Serialize};
use waymark_api::v1;

/// What a member of staff may do. The number in the file is the position here: never reorder, only append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Role {
    /// Works on cases.
    CaseWorker,
    /// The same; also overdue answers, reviews, legal grounds, reports.
    Coordinator,
    /// Reads history; opens no section.
    Auditor,
    /// Accounts and what the office tells the network; opens no section.
    Administrator,
    /// Receives referrals and gives places; opens sections of referrals, none of a case.
    Partner,
}

impl Role {
    /// Every role.
    pub(crate) const ALL: [Self; 5] =
        [Self::CaseWorker, Self::Coordinator, Self::Auditor, Self::Administrator, Self::Partner];

    /// As the contract says it.
    pub(crate) const fn message(self) -> v1::StaffRole {
        match self {
            Self::CaseWorker => v1::StaffRole::CaseWorker,
            Self::Coordinator => v1::StaffRole::Coordinator,
            Self::Auditor => v1::StaffRole::Auditor,
            Self::Administrator => v1::StaffRole::Administrator,
            Self::Partner => v1::StaffRole::Partner,
        }
    }

    /// The role that a number of the contract means.
    pub(crate) fn of(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|role| i32::from(role.message()) == number)
    }

    /// For people.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::CaseWorker => "case worker",
            Self::Coordinator => "coordinator",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
            Self::Partner => "partner",
        }
    }
}
