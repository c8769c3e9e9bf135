//! Decisions about a return journey, in the thread of its hand-over.

mod book_leg;
mod depart;
mod exit;
mod follow_up;
mod plan;
mod reception;
mod risk;
mod way;
