//! `waymark hub check`: whether the hub answers and is new enough, as an office would find it. Changes nothing.

use std::num::NonZeroU16;
use std::time::Duration;

use clap::Args;
use waymark_api::exit::Exit;
use waymark_courier::{HubState, Nats, Post as _, Settings, Slot};

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::show::json::Json;
use crate::show::output::data;

const PATIENCE: Duration = Duration::from_secs(8);

/// Check whether the hub answers and is new enough
#[derive(Args)]
pub(crate) struct Check {
    /// Server of the hub: nats://host:port. May be repeated.
    #[arg(long, required = true, value_name = "URL")]
    url: Vec<String>,
}

impl Check {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let settings = Settings { servers: self.url, slot: Slot::numbered(NonZeroU16::MIN) };
        let nats = Nats::connect(&settings).await.map_err(|fault| Fault::usage(fault.to_string()))?;
        let mut state = nats.state();
        let answered = tokio::time::timeout(PATIENCE, state.wait_for(HubState::is_connected)).await.is_ok();
        let state = state.borrow().clone();
        nats.close().await;
        match state {
            HubState::Missing { why, .. } if !answered => {
                Err(Fault::new(Exit::Unreachable, format!("the hub is {why}"))
                    .next("Check the address, and that the hub is running."))
            }
            HubState::Connected | HubState::Missing { .. } => {
                if tool.json() {
                    data(Json::object([("connected", Json::from(true))]))?
                } else {
                    data("The hub answers.")?
                }
                Ok(Exit::Done)
            }
        }
    }
}
