//! The desk with real folders, keys and logs; the mail is carried by hand.

mod exchange;
mod town;
