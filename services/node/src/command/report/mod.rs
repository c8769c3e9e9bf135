//! `waymark report …`: what the GDPR asks an office to say of itself, made from its own log. None tells what a section says.

mod art30;
mod breach;
mod holders;

commands! {
    /// Reports that the GDPR asks of an office.
    Report {
        art30::Art30,
        breach::Breach,
        holders::Holders,
    }
}
