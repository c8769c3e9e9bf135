//! The only conversions between `waymark.v1` and the domain, one file for each service.
//!
//! Inwards: a request that changes something is a [`Change`](change::Change); reading it gives a valid
//! [`Asked`](change::Asked) or a [`Rejected`](crate::error::Rejected) with every field at fault. Lists and streams give their
//! filter and [`Page`](list::Page). Outwards: small conversions of values of the domain, from which services build their
//! views. No rule of the field is here: what is well-formed and forbidden is for the domain to refuse.

pub mod audit;
pub mod case;
pub mod change;
pub mod consent;
pub mod directory;
pub mod list;
pub mod office;
pub mod read;
pub mod referral;
pub mod report;
pub mod returns;
pub mod section;
pub mod shelter;
pub mod staff;
pub mod value;
pub mod words;
