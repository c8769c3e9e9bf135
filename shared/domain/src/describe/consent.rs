//! Sentences about consent as released, keys of a thread, erasure and emergencies.

use super::{list, onward, says, span};
use crate::event::consent::{
    ConsentExpired, ConsentNarrowed, ConsentReleased, ConsentRenewed, ConsentWithdrawn, EmergencyDeclared,
    EmergencyDisclosed, EmergencyReviewed, GrantFault, GrantRejected, RegrantRequested, SectionsRegranted,
    ThreadKey, ThreadKeyReplaced, WithdrawalAcknowledged,
};
use crate::words::EndedBy;

says! {
    ConsentReleased: |body, _names| format!(
        "released the person's consent: {} for {}, {}, {}",
        list(&body.categories), list(&body.purposes), span(body.from, body.until), onward(body.onward),
    );
    ConsentNarrowed: |body, _names| format!(
        "told that the person narrowed her consent to {} for {} until {}, {}",
        list(&body.categories), list(&body.purposes), body.until, onward(body.onward),
    );
    ConsentRenewed: |body, _names| format!("told that the person renewed her consent until {}", body.until);
    ConsentWithdrawn: |body, _names| match body.by {
        EndedBy::Person => "told that the person withdrew her consent",
        EndedBy::Sender => "ended the consent",
    };
    ConsentExpired: |_body, _names| "told that the consent has expired";
    EmergencyDeclared: |body, _names| format!(
        "declared an emergency ({}), decided by two members of staff, for {}, to be reviewed by {}",
        body.ground, list(&body.categories), body.review_by,
    );
    EmergencyDisclosed: |body, _names| format!("disclosed {} in the emergency", list(&body.categories));
    EmergencyReviewed: |body, _names| {
        let verdict = if body.upheld { "upheld it" } else { "did not uphold it" };
        format!("reviewed the emergency and {verdict}; the person was told on {}", body.told_on)
    };
    ThreadKey: |_body, _names| "took delivery and gave its key for this thread";
    ThreadKeyReplaced: |_body, _names| "gave a new key for this thread";
    RegrantRequested: |body, _names| match body.keys.len() {
        1 => "asked for a lost section key again".to_owned(),
        keys => format!("asked for {keys} lost section keys again"),
    };
    SectionsRegranted: |body, _names| format!("gave the keys of {} again", list(&body.categories));
    GrantRejected: |body, _names| {
        let why = match body.fault {
            GrantFault::OutsideConsent => "no consent in force covers it",
            GrantFault::WrongRecipient => "it names another office",
            GrantFault::CommitmentMismatch => "the key is not the one committed to",
            GrantFault::Unopenable => "it cannot be opened",
            GrantFault::Late => "the consent had ended",
        };
        format!("did not take over {}: {why}", body.category)
    };
    WithdrawalAcknowledged: |_body, _names| "acknowledged that data is to be erased and locked it";
}
