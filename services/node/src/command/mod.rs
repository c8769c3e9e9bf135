//! What can be asked of the program: one folder for each noun, one file for each command.
//!
//! A command reads its arguments, asks the node (or, for set-up, writes files) and tells the answer. It holds no rule of the
//! field: those are in `waymark_domain`, behind the node. [`case::open`](case) is a typical one.

use clap::Subcommand;

use crate::client::tool::Tool;
use crate::fault::Done;

/// The commands of a noun, each in its file, and which one runs.
macro_rules! commands {
    ($(#[$doc:meta])* $group:ident { $($module:ident :: $command:ident,)+ }) => {
        $(#[$doc])*
        #[derive(clap::Subcommand)]
        pub(crate) enum $group {
            $($command(Box<$module::$command>)),+
        }

        impl $group {
            pub(crate) async fn run(self, tool: &crate::client::tool::Tool) -> crate::fault::Done {
                match self {
                    $(Self::$command(command) => command.run(tool).await),+
                }
            }
        }
    };
}

mod audit;
mod case;
mod check;
mod completions;
mod config;
mod consent;
mod directory;
mod hub;
mod journey;
mod network;
mod node;
mod office;
mod referral;
mod report;
mod roster;
mod shelter;
mod staff;

/// A noun, or a command of its own.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Cases of this office.
    #[command(subcommand)]
    Case(case::Case),
    /// What a person agreed to: one consent for each recipient.
    #[command(subcommand)]
    Consent(consent::Consent),
    /// Referrals between two offices.
    #[command(subcommand)]
    Referral(referral::Referral),
    /// Shelter places: capacity, requests, holds, addresses.
    #[command(subcommand)]
    Shelter(shelter::Shelter),
    /// Return journeys, each in the referral of its hand-over.
    #[command(subcommand)]
    Journey(journey::Journey),
    /// The directory of services (Open Referral HSDS).
    #[command(subcommand)]
    Directory(directory::Directory),
    /// History: replay, tree heads, verification, bundles for auditors.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Reports that the GDPR asks of an office.
    #[command(subcommand)]
    Report(report::Report),
    /// This office and its network.
    #[command(subcommand)]
    Office(office::Office),
    /// Check everything in this office's folder, and change nothing.
    Check(Box<check::Check>),
    /// Staff of this office: accounts and sessions.
    #[command(subcommand)]
    Staff(staff::Staff),
    /// Run this office's node.
    Node(Box<node::Node>),
    /// Create a network (root holders).
    #[command(subcommand)]
    Network(network::Network),
    /// The list of offices and their keys, signed by root holders.
    #[command(subcommand)]
    Roster(roster::Roster),
    /// Set up the hub (its administrator).
    #[command(subcommand)]
    Hub(hub::Hub),
    /// Configuration files.
    #[command(subcommand)]
    Config(config::Config),
    /// Print completions for a shell.
    Completions(completions::Completions),
}

impl Command {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        match self {
            Self::Case(command) => command.run(tool).await,
            Self::Consent(command) => command.run(tool).await,
            Self::Referral(command) => command.run(tool).await,
            Self::Shelter(command) => command.run(tool).await,
            Self::Journey(command) => command.run(tool).await,
            Self::Directory(command) => command.run(tool).await,
            Self::Audit(command) => command.run(tool).await,
            Self::Report(command) => command.run(tool).await,
            Self::Office(command) => command.run(tool).await,
            Self::Check(command) => command.run(tool),
            Self::Staff(command) => command.run(tool).await,
            Self::Node(command) => command.run(tool).await,
            Self::Network(command) => command.run(tool).await,
            Self::Roster(command) => command.run(tool).await,
            Self::Hub(command) => command.run(tool).await,
            Self::Config(command) => command.run(tool).await,
            Self::Completions(command) => command.run(),
        }
    }
}
