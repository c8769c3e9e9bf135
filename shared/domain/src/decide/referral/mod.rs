//! Decisions about a referral, by sender and receiver.

mod accept;
mod acknowledge;
mod cancel;
mod decline;
mod disclose;
mod mark_in_error;
mod message;
mod offer;
mod question;
mod redirect;
mod service;
mod withdraw;

pub(crate) use disclose::{automatic_refusals, disclose_consented};
