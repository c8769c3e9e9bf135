//! `waymark network …`: what the root holders do: once for all, and for a new one of them.

mod create;
mod root;

commands! {
    /// Create a network, and root keys for it (root holders).
    Network {
        create::Create,
        root::Root,
    }
}
