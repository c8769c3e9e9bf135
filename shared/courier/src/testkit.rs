//! A real nats-server for tests.
