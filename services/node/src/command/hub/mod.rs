//! `waymark hub …`: what the hub's administrator does. An office has no right to any of it.

mod check;
mod provision;

commands! {
    /// Set up the hub (its administrator).
    Hub {
        provision::Provision,
        check::Check,
    }
}

use waymark_api::exit::Exit;
use waymark_courier::hub::HubFault;

use crate::fault::Fault;

/// What stands in the way, and what to do.
fn told(fault: &HubFault) -> Fault {
    let (exit, next) = match fault {
        HubFault::Unreachable(_) => (Exit::Unreachable, "Check the address, and that the hub is running."),
        HubFault::TooOld(_) => (Exit::Failure, "Install the version that deploy/install-nats pins."),
        HubFault::StreamDiffers(_) | HubFault::BoxDiffers(_) => (
            Exit::Conflict,
            "Somebody changed it by hand; put it back as it was, letters that wait are kept.",
        ),
        HubFault::Refused(_) => {
            (Exit::Denied, "Check the account of the administrator and the settings of the server.")
        }
    };
    Fault::new(exit, fault.to_string()).next(next)
}
