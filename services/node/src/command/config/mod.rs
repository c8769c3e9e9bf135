//! `waymark config …`: the node's configuration file.

mod check;

commands! {
    /// Configuration files.
    Config {
        check::Check,
    }
}
