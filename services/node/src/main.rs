//! The `waymark` program: the office's node, its command line, and the set-up of a network.
//!
//! It decides nothing: rules are in `waymark_domain`, behind the node. The only clock ([`clock`]), the only settings
//! ([`config`]) and the only composition of desk, courier and services ([`server`]) are here.
//! Read [`cli`] first, then [`command`].

waymark_api::desk_door!();

mod cli;
mod client;
mod clock;
mod command;
mod config;
mod fault;
mod secret;
mod server;
mod setup;
mod show;
mod staff;

fn main() -> std::process::ExitCode {
    cli::main()
}
