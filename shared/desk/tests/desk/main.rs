//! The desk with real folders, keys and logs; the mail is carried by hand.

mod bad_input;
mod crossings;
mod erasing;
mod exchange;
mod fraud;
mod hostile;
mod ledger;
mod recovery;
mod rotation;
mod search;
mod start;
mod town;
mod witnesses;
