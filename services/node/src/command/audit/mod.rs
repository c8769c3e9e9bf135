//! `waymark audit …`: what this office knew, in which order, whether its log holds, and bundles that hold without it.

mod bundle;
mod disclosures;
mod fraud;
mod head;
mod offline;
mod receipt;
mod replay;
mod verify;
mod verify_fraud;
mod verify_receipt;

commands! {
    /// History: replay, tree heads, verification, bundles for auditors.
    Audit {
        replay::Replay,
        disclosures::Disclosures,
        head::Head,
        verify::Verify,
        bundle::Bundle,
        receipt::Receipt,
        verify_receipt::VerifyReceipt,
        fraud::Fraud,
        verify_fraud::VerifyFraud,
    }
}
