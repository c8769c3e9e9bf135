//! `waymark audit …`: what this office knew, in which order, and whether its log holds.

mod disclosures;
mod head;
mod receipt;
mod replay;
mod verify;
mod verify_receipt;

commands! {
    /// History: replay, tree heads, verification.
    Audit {
        replay::Replay,
        disclosures::Disclosures,
        head::Head,
        verify::Verify,
        receipt::Receipt,
        verify_receipt::VerifyReceipt,
    }
}
