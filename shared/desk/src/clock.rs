//! The only way the desk learns the time.

use waymark_domain::time::Timestamp;

/// A clock. The real one is in the node; simulations step theirs.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}
