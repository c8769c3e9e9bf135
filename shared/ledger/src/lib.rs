//! What is on disk: the office's log, the body store, the sled index and outbox
