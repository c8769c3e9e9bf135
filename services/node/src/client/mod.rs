//! What the client commands share: reaching the office's node, arguments of the field, changes, lists and watching.
//!
//! A client command asks one node over gRPC and shows the answer. It keeps nothing, opens no file of the office but the
//! node's address and access token, and knows no rule. Read [`tool`] first, then [`change`].

pub(crate) mod change;
pub(crate) mod content;
pub(crate) mod identifier;
pub(crate) mod input;
pub(crate) mod list;
pub(crate) mod moment;
pub(crate) mod node;
pub(crate) mod recipient;
pub(crate) mod sharing;
pub(crate) mod tool;
pub(crate) mod watch;
pub(crate) mod word;
