//! Sentences about the log itself and about notices to the network.

use super::{list, says};
use crate::event::log::{
    CarriedOver, Cosigned, EntryInError, Erased, ErasureOutcome, FraudProven, GivenBack, LogOpened,
    Receipted, Received, RetentionClaimed, RosterWitnessed, Witnessed,
};
use crate::event::notice::{CapacityNotice, InboxKey, OfficeProfile};

says! {
    LogOpened: |body, _names| match &body.previous {
        None => "opened its log".to_owned(),
        Some(before) => format!("opened its log again after incarnation {} ended with {} entries", before.log, before.size),
    };
    Received: |body, names| format!("received entry {} of {}", body.entry.index, names.of(body.entry.office));
    Receipted: |body, _names| format!("took {} receipts of other offices", body.entries.len());
    Erased: |body, _names| match &body.outcome {
        ErasureOutcome::Shredded => {
            let keys = body.keys.len();
            format!("destroyed what it held here ({keys} {})", if keys == 1 { "key" } else { "keys" })
        }
        ErasureOutcome::PartlyHeld { ground, until } => {
            format!("destroyed part of what it held here and keeps the rest until {until} on the ground of {ground}")
        }
        ErasureOutcome::NeverHeld => "said that it never held anything here".to_owned(),
    };
    RetentionClaimed: |body, _names| {
        format!("keeps {} until {} on the ground of {}", list(&body.categories), body.until, body.ground)
    };
    CarriedOver: |body, names| {
        format!("carried over entry {} of {} from before this log", body.entry.index, names.of(body.entry.office))
    };
    GivenBack: |body, names| {
        format!("has back from {} all that it held of incarnation {} of this log", names.of(body.office), body.log)
    };
    Cosigned: |body, names| {
        let who: Vec<String> = body.cosignatures.iter().map(|by| names.of(by.office)).collect();
        format!("has its first {} entries cosigned by {}", body.size, who.join(", "))
    };
    Witnessed: |body, names| format!("cosigned the first {} entries of {}", body.size, names.of(body.office));
    FraudProven: |body, names| {
        format!("showed the network a proof that {} signed two histories of its log {}", names.of(body.office), body.log)
    };
    RosterWitnessed: |body, _names| format!("cosigned the roster up to version {}", body.version);
    EntryInError: |_body, _names| "marked an entry of its own as entered in error";
    OfficeProfile: |body, _names| match body.services.as_slice() {
        [] => "told the network its languages and working hours".to_owned(),
        services => format!("told the network that it offers {}", list(services)),
    };
    InboxKey: |body, _names| format!("told the network its inbox key for {} until {}", body.from, body.until);
    CapacityNotice: |body, _names| format!(
        "told the network that {} of {} places in a unit ({}, for {}) are free",
        body.available, body.maximum, body.kind, body.admits,
    );
}
