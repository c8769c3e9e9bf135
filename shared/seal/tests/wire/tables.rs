//! Tables that are values in the code.

use waymark_domain::event::{AudienceRule, BasisKind, KINDS, KindRule, Writer};
use waymark_seal::prefix::{ALL, Use};
use waymark_seal::{checkpoint, entry, fraud, grant, letter, merkle, note, proof, roster, section};

pub(crate) fn prefixes() -> String {
    let mut text = String::from("| prefix | stands in front of | for |\n|---|---|---|\n");
    for prefix in ALL {
        let used = match prefix.used {
            Use::SignedText => "a text signed with Ed25519",
            Use::Hash => "input of SHA-256",
            Use::Derivation => "`info` of HKDF-Expand",
            Use::HpkeInfo => "`info` of HPKE",
            Use::AssociatedData => "associated data of AES-256-GCM",
            Use::Format => "a text that is not signed itself",
            Use::Mac => "input of HMAC-SHA-256",
        };
        text.push_str(&format!("| `{}` | {used} | {} |\n", prefix.text.escape_default(), prefix.purpose));
    }
    text
}

pub(crate) fn limits() -> String {
    let rows: &[(&str, usize)] = &[
        ("bytes of an entry", entry::ENTRY_MAX),
        ("bytes of a public part", waymark_domain::event::PUBLIC_MAX),
        ("bytes of a sealed actor", entry::ACTOR_MAX),
        ("causes", entry::CAUSES_MAX),
        ("sections", entry::SECTIONS_MAX),
        ("grants", entry::GRANTS_MAX),
        ("bytes of a section before padding", section::SECTION_MAX),
        ("bytes of a section's ciphertext", section::CIPHERTEXT_MAX),
        ("bytes of a wrap (exactly)", grant::WRAP),
        ("steps of an inclusion path", merkle::PATH_MAX),
        ("steps of a consistency proof", merkle::CONSISTENCY_MAX),
        ("bytes of a checkpoint with cosignatures", checkpoint::CHECKPOINT_MAX),
        ("signature lines of a note", note::SIGNATURES_MAX),
        ("bytes of a tlog-proof", proof::PROOF_MAX),
        ("bytes of a proof of fraud", fraud::FRAUD_MAX),
        ("bytes of an envelope", letter::ENVELOPE_MAX),
        ("entries in a letter", letter::ITEMS_MAX),
        ("roster versions in a letter", letter::VERSIONS_MAX),
        ("bytes of every part but the last", letter::parts::PIECE),
        ("bytes of a letter in parts", letter::parts::WHOLE_MAX),
        ("bytes of a roster version", roster::ROSTER_MAX),
        ("root keys", roster::ROOTS_MAX),
        ("offices", roster::OFFICES_MAX),
        ("key ranges of an office", roster::LOGS_MAX),
        ("bytes of a name in the roster", roster::NAME_MAX),
    ];
    let mut text = String::from("| at most | number |\n|---|---|\n");
    for (what, number) in rows {
        text.push_str(&format!("| {what} | {number} |\n"));
    }
    text
}

pub(crate) fn kinds() -> String {
    let mut text =
        String::from("| number | kind | writer | audience | basis | may seal |\n|---|---|---|---|---|---|\n");
    KINDS.iter().for_each(|rule| text.push_str(&row(rule)));
    text
}

fn row(rule: &KindRule) -> String {
    let writer = match rule.writer {
        Writer::Own => "own",
        Writer::Sender => "sender",
        Writer::Receiver => "receiver",
        Writer::Either => "either party",
    };
    let audience = match rule.audience {
        AudienceRule::Nobody => "nobody",
        AudienceRule::Party => "one office",
        AudienceRule::Network => "network",
    };
    let bases: Vec<_> = rule.bases.iter().map(|basis| basis_word(*basis)).collect();
    let seals: Vec<_> = rule.seals.iter().map(|category| category.word()).collect();
    let (bases, seals) = (bases.join(", "), if seals.is_empty() { "–".into() } else { seals.join(", ") });
    format!("| {} | {} | {writer} | {audience} | {bases} | {seals} |\n", rule.number, rule.name)
}

const fn basis_word(basis: BasisKind) -> &'static str {
    match basis {
        BasisKind::NoBasis => "none",
        BasisKind::Consent => "consent",
        BasisKind::Reply => "reply",
        BasisKind::OwnData => "own data",
        BasisKind::Emergency => "emergency",
    }
}
