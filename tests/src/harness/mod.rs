//! Starts a hub and offices on this machine, and ends them by their process ids.

mod cli;
mod hub;
mod network;
mod office;
mod wait;

pub use cli::{Cli, CliFault};
pub use hub::Hub;
pub use network::Network;
pub use office::Office;
pub use wait::{break_off, until};
