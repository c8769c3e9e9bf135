//! `waymark network …`: what the root holders do once.

mod create;

commands! {
    /// Create a network (root holders).
    Network {
        create::Create,
    }
}
