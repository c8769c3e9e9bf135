//! `waymark audit …`: what this office knew, in which order, and whether its log holds.

mod bundle;
mod disclosures;
mod head;
mod offline;
mod replay;
mod verify;

commands! {
    /// History: replay, tree heads, verification.
    Audit {
        replay::Replay,
        disclosures::Disclosures,
        head::Head,
        verify::Verify,
        bundle::Bundle,
    }
}
