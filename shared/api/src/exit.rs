//! Exit codes of the `waymark` program: one number for each family of errors, so that a script can tell them apart.

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::error::{FAMILY, Family};

/// How the program ended. The numbers never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// A machine failed.
    Failure = 1,
    /// The command line or an argument is at fault.
    Usage = 2,
    /// There is no such thing, or it is not the caller's to see.
    NotFound = 3,
    /// A red line, or another's right; sign-in failed.
    Denied = 4,
    /// The state does not allow it, or it has changed meanwhile.
    Conflict = 5,
    /// A verification found something wrong.
    VerificationFailed = 6,
    /// A consent is missing, has ended, or does not cover it.
    ConsentMissing = 7,
    /// The node, or what it waits for, cannot be reached now.
    Unreachable = 8,
    /// Done in part; what was left out was told. A bundle: nothing is wrong as far as it goes.
    Partial = 9,
    /// A bundle is not the one that its manifest names.
    BundleForm = 10,
    /// A bundle: something was written that its rules do not allow.
    BundleRules = 11,
    /// A bundle: something was to be done by a time and was not.
    BundleDuty = 12,
    /// A bundle: something was disclosed without its basis.
    BundleConsent = 13,
    /// A bundle: who signed is not who may have signed.
    BundleTrust = 14,
    /// A bundle: a log does not hold together.
    BundleHistory = 15,
    /// A bundle: two histories were signed, or a time or key was made up.
    BundleFraud = 16,
}

impl Exit {
    /// The number given to the operating system.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Family> for Exit {
    fn from(family: Family) -> Self {
        match family {
            Family::Argument => Self::Usage,
            Family::Absent => Self::NotFound,
            Family::Denied => Self::Denied,
            Family::Consent => Self::ConsentMissing,
            Family::State | Family::Stale | Family::Capacity => Self::Conflict,
            Family::Later => Self::Unreachable,
            Family::Failure => Self::Failure,
        }
    }
}

impl From<&Status> for Exit {
    fn from(status: &Status) -> Self {
        let details = status.get_error_details();
        let word = details.error_info().and_then(|info| info.metadata.get(FAMILY));
        let family = word.and_then(|word| Family::ALL.iter().find(|family| family.word() == word));
        family.map_or_else(|| of_code(status.code()), |family| Self::from(*family))
    }
}

/// The exit of a status without a family: it was not made by an office's rules but on the way to them.
const fn of_code(code: Code) -> Exit {
    match code {
        Code::Ok => Exit::Done,
        Code::InvalidArgument | Code::OutOfRange | Code::Unimplemented => Exit::Usage,
        Code::NotFound => Exit::NotFound,
        Code::PermissionDenied | Code::Unauthenticated => Exit::Denied,
        Code::FailedPrecondition | Code::Aborted | Code::AlreadyExists | Code::ResourceExhausted => {
            Exit::Conflict
        }
        Code::DataLoss => Exit::VerificationFailed,
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => Exit::Unreachable,
        Code::Unknown | Code::Internal => Exit::Failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_is_not_there_is_unreachable_and_a_missing_method_is_a_fault_of_usage() {
        assert_eq!(Exit::from(&Status::unavailable("")), Exit::Unreachable);
        assert_eq!(Exit::from(&Status::unimplemented("")).code(), 2);
    }

    #[test]
    fn the_family_outweighs_the_code() {
        let refusal = waymark_domain::refusal::Refusal::ConsentWithdrawn {};
        let status = crate::error::refused(&refusal);
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(Exit::from(&status), Exit::ConsentMissing);
        assert_eq!(Exit::from(&Status::failed_precondition("")), Exit::Conflict);
    }
}
