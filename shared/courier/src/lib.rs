//! The courier: sealed letters from one office's outbox to another office's desk, over NATS JetStream.
//!
//! The hub is a post box, never an archive, and its acknowledgement never means "delivered": a letter counts
//! as delivered only when the recipient's signed receipt is in the sender's log, and that is the desk's
//! business. Nothing here can open a letter, knows what is inside, or keeps anything across a restart.
//!
//! Read next: [`Post`] (what a hub can do), [`run`] (the pump between a hub and a desk), [`Nats`] (the real
//! hub), [`memory`] (a hub for simulations), [`hub`] (setting the real one up).

mod backoff;
pub mod hub;
pub mod memory;
mod nats;
mod post;
mod pump;
mod slot;
#[cfg(feature = "testkit")]
pub mod testkit;

pub use nats::{Nats, Settings, SettingsFault};
pub use post::{Absence, Disposition, HubState, LETTER_BYTES_MAX, MessageId, Parcel, Post, PostFault, Taken};
pub use pump::{Correspondent, Outgoing, run};
pub use slot::{NotASlot, Slot};
