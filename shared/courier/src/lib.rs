//! Letters between offices over NATS JetStream
