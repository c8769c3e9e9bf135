//! Harness and stories on real servers: real nats-server, real processes, real files.
