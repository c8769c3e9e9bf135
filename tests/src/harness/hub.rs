//! The hub: a real nats-server of its own.

use anyhow::{Context, Result};
use tokio::runtime::Runtime;
use waymark_courier::testkit::Server;

/// A running hub; ended when dropped.
pub struct Hub {
    // Dropped before the runtime that watches it.
    server: Server,
    runtime: Runtime,
}

impl Hub {
    /// Starts a hub without post boxes on a free port.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start() -> Result<Self> {
        let runtime = Runtime::new().context("no runtime")?;
        let server = runtime.block_on(Server::start());
        Ok(Self { server, runtime })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.servers().into_iter().next().unwrap_or_default()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again on the same port and store.
    pub fn restart(&mut self) {
        self.runtime.block_on(self.server.restart());
    }

    /// Letters that it holds.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn waiting(&self) -> Result<u64> {
        Ok(self.runtime.block_on(self.server.letters()))
    }

    /// The folder of its store and its log.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.server.folder()
    }

    /// Loses everything it held, with the stream itself.
    pub fn lose_stream(&self) {
        self.runtime.block_on(self.server.delete_stream());
    }
}
