//! Every verdict that the verification of a bundle can give, and its class. The list is closed: names and numbers never change.

use serde::Serialize;

/// How serious a verdict is; the most serious one of a report gives the exit code. Ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Nothing is wrong as far as the bundle goes, but it does not go all the way.
    Undecided,
    /// The folder is not the bundle that its manifest names.
    Form,
    /// Something was written that its rules do not allow.
    Rules,
    /// Something was to be done by a time and was not.
    Duty,
    /// Something was disclosed without its basis.
    Consent,
    /// Who signed is not who may have signed.
    Trust,
    /// A log does not hold together.
    History,
    /// Two histories were signed, or a time or key was made up.
    Fraud,
}

impl Class {
    /// Every class, ascending.
    pub const ALL: [Self; 8] = [
        Self::Undecided,
        Self::Form,
        Self::Rules,
        Self::Duty,
        Self::Consent,
        Self::Trust,
        Self::History,
        Self::Fraud,
    ];

    /// The class as a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Undecided => "undecided",
            Self::Form => "form",
            Self::Rules => "rules",
            Self::Duty => "duty",
            Self::Consent => "consent",
            Self::Trust => "trust",
            Self::History => "history",
            Self::Fraud => "fraud",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident $word:literal $class:ident;)+) => {
        /// A verdict.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $code,)+
        }

        impl Code {
            /// Every verdict, in the order in which things are checked.
            pub const ALL: &'static [Self] = &[$(Self::$code,)+];

            /// The verdict's name.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$code => $word,)+ }
            }

            /// Its class.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$code => Class::$class,)+ }
            }
        }
    };
}

codes! {
    /// The manifest is missing, too large, not sorted, or not of lines of hash and path.
    ManifestMalformed "manifest_malformed" Form;
    /// A link, a special file, a path that no bundle has, or a folder too deep.
    FileForbidden "file_forbidden" Form;
    /// More files than a bundle may have.
    TooManyFiles "too_many_files" Form;
    /// Larger than such a file may be.
    FileTooLarge "file_too_large" Form;
    /// Named by the manifest or needed by the log, and not there.
    FileMissing "file_missing" Form;
    /// There, and not named by the manifest or not part of the log.
    FileExtra "file_extra" Form;
    /// Its SHA-256 is not the one in the manifest.
    FileDiffers "file_differs" Form;
    /// The first roster version has not the fingerprint that was compared.
    RosterFingerprint "roster_fingerprint" Trust;
    /// A roster version that does not follow from the one before.
    RosterRefused "roster_refused" Trust;
    /// Root holders have signed two versions of the roster of one number.
    TwoRosters "two_rosters" Fraud;
    /// Nobody has compared the fingerprint of the first roster version.
    RosterUnconfirmed "roster_unconfirmed" Undecided;
    /// The office of a log is not in the roster.
    UnknownOffice "unknown_office" Trust;
    /// The policy is not that of the network for this log in any roster version.
    PolicyDiffers "policy_differs" Trust;
    /// Not a C2SP checkpoint.
    CheckpointMalformed "checkpoint_malformed" Trust;
    /// The head of another log.
    WrongOrigin "wrong_origin" Trust;
    /// The log's key has not signed the head.
    CheckpointSignature "checkpoint_signature" Trust;
    /// Signed, or said to be written, under a key whose range had ended or had not begun.
    WrongKeyRange "wrong_key_range" Fraud;
    /// A cosignature that does not hold, or is not by the witness key of that office in that roster version.
    CosignatureInvalid "cosignature_invalid" Trust;
    /// No head of the log was cosigned by a quorum.
    Unwitnessed "unwitnessed" Undecided;
    /// A bundle of entries is missing or cut.
    EntriesMalformed "entries_malformed" History;
    /// A tile of hashes is not that of the entries.
    TileDiffers "tile_differs" History;
    /// The root of the entries is not that of the signed head.
    RootDiffers "root_differs" History;
    /// The entries are not those under a head that witnesses cosigned.
    Rewritten "rewritten" Fraud;
    /// Another office says to have cosigned another head of this log.
    WitnessDisagrees "witness_disagrees" History;
    /// Not in the one canonical form of an entry.
    NonCanonical "non_canonical" History;
    /// It names another network, office, log or index than where it stands.
    WrongPlace "wrong_place" History;
    /// It names a roster version that the bundle does not have.
    UnknownRoster "unknown_roster" Trust;
    /// A number among the entries to one office is missing, or the one before is another.
    Gap "gap" History;
    /// It does not name the entry before it in its thread, or stands in another thread than the entry that it names.
    ThreadBroken "thread_broken" History;
    /// Audience, basis or categories that its kind may not have.
    WrongKindRule "wrong_kind_rule" Rules;
    /// The proofs of received entries are not well-formed.
    ReceivedMalformed "received_malformed" History;
    /// The proof of a received entry is missing.
    ReceivedMissing "received_missing" History;
    /// A proof that no entry of the log names.
    ReceivedExtra "received_extra" History;
    /// The entry that was kept is not the one that the log names.
    ReceivedDiffers "received_differs" History;
    /// The head or path of a received entry does not hold.
    ReceivedUnproven "received_unproven" History;
    /// A number among the entries received from one office is missing, or the one before is another.
    ReceivedGap "received_gap" History;
    /// Two entries at one index, or two heads of one size.
    Fork "fork" Fraud;
    /// An office signed two histories of its log: a proof that was published holds.
    FraudProven "fraud_proven" Fraud;
    /// An office accuses another of fraud, and what it published proves nothing.
    FalseAccusation "false_accusation" Rules;
    /// An office has cosigned another roster of that number than the one in the bundle.
    RosterDiffers "roster_differs" History;
    /// A partner holds more of this log than the bundle has.
    LogBehind "log_behind" Undecided;
    /// A receipt that the partner's log does not have.
    ReceiptDiffers "receipt_differs" History;
    /// An entry that another one names is not in its log.
    CauseMissing "cause_missing" History;
    /// It claims an earlier time than witnesses allow.
    Backdated "backdated" Fraud;
    /// It claims a later time than witnesses allow.
    Postdated "postdated" Fraud;
    /// It does not fit in its thread.
    Anomaly "anomaly" Rules;
    /// More events than a thread is followed through.
    ThreadTooLong "thread_too_long" Rules;
    /// No consent of the thread covers what was disclosed.
    OutsideConsent "outside_consent" Consent;
    /// The consent had been withdrawn.
    AfterWithdrawal "after_withdrawal" Consent;
    /// The last day of the consent had passed.
    AfterExpiry "after_expiry" Consent;
    /// The first day of the consent had not come.
    BeforeConsent "before_consent" Consent;
    /// No emergency that was declared covers it.
    UndeclaredEmergency "undeclared_emergency" Consent;
    /// The emergency had been turned down, or its time was over.
    EmergencyOver "emergency_over" Consent;
    /// The emergency was not decided by two people.
    DecidedAlone "decided_alone" Consent;
    /// Disclosed under a roster version that had expired.
    RosterExpired "roster_expired" Consent;
    /// A withdrawal, or an end, that was not answered within 72 hours.
    WithdrawalUnanswered "withdrawal_unanswered" Duty;
    /// An offer was not acknowledged, or she was not reached, in time.
    DeadlineMissed "deadline_missed" Duty;
    /// A check-in or a step on the way did not come.
    CheckInMissed "check_in_missed" Duty;
    /// An emergency was not reviewed within 72 hours.
    ReviewMissed "review_missed" Duty;
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_has_a_row_for_each_verdict_and_no_other() {
        let manual = include_str!("../../../../deploy/MANUAL.md");
        let rows: Vec<_> = manual.lines().filter_map(|line| line.strip_prefix("| `")).collect();
        let told: Vec<_> = rows
            .iter()
            .filter_map(|row| row.split_once("` | ")?.1.split_once(" | ").map(|(class, _)| (row, class)))
            .map(|(row, class)| (row.split_once('`').unwrap().0, class))
            .collect();
        let all: Vec<_> = Code::ALL.iter().map(|code| (code.word(), code.class().word())).collect();
        assert_eq!(told, all);
    }

    #[test]
    fn the_format_has_a_row_for_each_verdict_with_its_exit() {
        let format = include_str!("../../../../proto/WIRE.md");
        let (_, table) = format.split_once("<!-- begin words of a verification -->\n").unwrap();
        let (table, _) = table.split_once("<!-- end words of a verification -->").unwrap();
        let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
        let told: Vec<_> = rows.filter_map(|(word, rest)| Some((word, rest.split_once(" | ")?.0))).collect();
        let exit = |class: Class| 9 + Class::ALL.iter().position(|known| *known == class).unwrap();
        let all: Vec<_> = Code::ALL.iter().map(|code| (code.word(), code.class())).collect();
        let all: Vec<_> =
            all.iter().map(|(word, class)| (*word, format!("{} {}", class.word(), exit(*class)))).collect();
        assert_eq!(told, all.iter().map(|(word, class)| (*word, class.as_str())).collect::<Vec<_>>());
    }

    #[test]
    fn classes_ascend_and_each_has_its_word() {
        assert!(Class::ALL.is_sorted_by(|one, next| one < next && one.word() != next.word()));
    }
}
