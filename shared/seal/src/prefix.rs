//! Every prefix that keeps one use of a key or hash apart from another: one table, and no prefix begins another.
//!
//! A new signature, derivation, associated data or hash gets a row here first. `proto/WIRE.md` prints the table.

/// What a prefix stands in front of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A text that is signed with Ed25519.
    SignedText,
    /// Input of SHA-256.
    Hash,
    /// `info` of HKDF-Expand.
    Derivation,
    /// `info` of HPKE.
    HpkeInfo,
    /// Associated data of an AEAD.
    AssociatedData,
    /// Input of HMAC-SHA-256.
    Mac,
    /// First bytes of a file or text that is not signed itself.
    Format,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    /// The bytes, as text.
    pub text: &'static str,
    /// What it stands in front of.
    pub used: Use,
    /// What it is for.
    pub purpose: &'static str,
}

impl Prefix {
    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &'static [u8] {
        self.text.as_bytes()
    }
}

macro_rules! prefixes {
    ($($name:ident $used:ident $text:literal $purpose:literal;)+) => {
        $(#[doc = $purpose] pub const $name: Prefix = Prefix { text: $text, used: Use::$used, purpose: $purpose };)+

        /// The table.
        pub const ALL: &[Prefix] = &[$($name),+];
    };
}

prefixes! {
    CHECKPOINT SignedText "waymark/" "first line (origin) of a tree head, C2SP tlog-checkpoint; continues with 32 hex digits";
    ROSTER SignedText "waymark-roster/v1\n" "first line of a roster version";
    COSIGNATURE SignedText "cosignature/v1\n" "a witness's cosignature, C2SP tlog-cosignature";
    LEAF Hash "\u{0}" "leaf of a log's tree, RFC 6962";
    NODE Hash "\u{1}" "inner node of a log's tree, RFC 6962";
    SECTION Hash "waymark-v1 section\n" "context of a section";
    SEEDED Hash "waymark-v1 seeded\n" "repeatable randomness of tests";
    CHUNKED Derivation "c2sp.org/chunked-encryption@v1+" "key, nonce and commitment of a section, C2SP chunked-encryption";
    KEY_COMMITMENT Derivation "waymark-v1 key commitment\n" "commitment to a section key in a grant";
    ACTOR_PAD Derivation "waymark-v1 actor pad key\n" "key that hides who acted";
    ACTOR_TAG Derivation "waymark-v1 actor tag key\n" "key that authenticates who acted";
    VAULT_CHECK Derivation "waymark-v1 vault check\n" "tells a wrong passphrase from damage";
    VAULT_ROOT Derivation "waymark-v1 vault root\n" "key of a root slot";
    VAULT_RECORDS Derivation "waymark-v1 vault records\n" "key of a bucket's records";
    VAULT_BLOB Derivation "waymark-v1 vault blob\n" "key of what a snapshot holds of one thread";
    GRANT HpkeInfo "waymark-v1 grant\n" "wrap of a section key";
    LETTER HpkeInfo "waymark-v1 letter\n" "sealed payload of a letter";
    VAULT_SLOT AssociatedData "waymark-v1 vault slot\n" "a root slot";
    VAULT_BUCKET AssociatedData "waymark-v1 vault bucket\n" "a block of a bucket file";
    VAULT_FRAME AssociatedData "waymark-v1 vault frame\n" "a frame of the vault's journal";
    VAULT_SUM Hash "waymark-v1 vault sum\n" "checksum of a vault block, frame or slot";
    REQUEST_ID Hash "waymark-v1 request id\n" "ids of what a repeated request wrote, with a secret of the office; never sent";
    REQUEST_EVENT Hash "waymark-v1 request event\n" "one of those ids";
    REQUEST_MARK Hash "waymark-v1 request mark\n" "mark of a request's content, with the same secret";
    OUTBOX_MESSAGE Hash "waymark-v1 outbox message\n" "name of a message to the broker, with a random seed";
    LETTER_NAME Hash "waymark-v1 letter of rows\n" "name of a letter that carries several such messages";
    DESK_SNAPSHOT AssociatedData "waymark-v1 desk snapshot\n" "snapshot of what replay derives";
    STAFF_FILE AssociatedData "waymark-v1 staff file\n" "accounts of an office's staff";
    TLOG_PROOF Format "c2sp.org/tlog-proof@v1\n" "a receipt, C2SP tlog-proof";
    FRAUD Format "waymark-fraud/v1\n" "a proof that an office signed two histories of one log";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_prefix_begins_another() {
        for (at, one) in ALL.iter().enumerate() {
            assert!(!one.text.is_empty());
            for (other_at, other) in ALL.iter().enumerate() {
                assert!(
                    at == other_at || !other.bytes().starts_with(one.bytes()),
                    "{one:?} begins {other:?}"
                );
            }
        }
    }
}
