//! `waymark office …`: this office and its network.

mod create;
mod list;
mod profile;
mod recover;
mod repair;
mod rotate;
mod status;

commands! {
    /// This office and its network.
    Office {
        create::Create,
        status::Status,
        list::List,
        profile::Profile,
        rotate::Rotate,
        recover::Recover,
        repair::Repair,
    }
}
