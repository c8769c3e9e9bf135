//! The courier against a real nats-server (`hub`) and against a hub in memory (`pump`).

mod desk;
mod hub;
mod pump;
