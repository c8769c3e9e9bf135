//! A real nats-server for tests: with the settings of `deploy/hub.conf`, on a free port of this machine, its
//! store in a folder that goes away with it. It can be killed, started again on the same store, and robbed of
//! its stream.
//!
//! Every wait is bounded. Whatever cannot be had (the server's binary, a port) ends the test with its reason.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::hub::{self, Plan};
use crate::{HubState, Post, Slot};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Slot number `number`.
///
/// # Panics
/// If it is 0.
#[must_use]
pub fn slot(number: u16) -> Slot {
    Slot::numbered(number.try_into().expect("slots count from 1"))
}

/// A nats-server of its own, ended when dropped.
pub struct Server {
    folder: TempDir,
    process: Child,
    port: u16,
}

impl Server {
    /// Starts a server without stream or post boxes.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn start() -> Self {
        let folder = TempDir::with_prefix("waymark-hub-").expect("a folder for the hub");
        let mut process = spawn(folder.path(), None);
        let port = listening(&mut process, folder.path()).await.expect("nats-server starts on a free port");
        Self { folder, process, port }
    }

    /// Starts a server with post boxes for these slots.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn with_boxes(slots: impl IntoIterator<Item = Slot>) -> Self {
        let server = Self::start().await;
        server.provision(&Plan::single(slots)).await;
        server
    }

    /// Makes the stream and post boxes.
    ///
    /// # Panics
    /// If that fails.
    pub async fn provision(&self, plan: &Plan) {
        hub::provision(&self.servers(), plan).await.expect("the hub is provisioned");
    }

    /// The server's address, as settings name it.
    #[must_use]
    pub fn servers(&self) -> Vec<String> {
        vec![format!("nats://127.0.0.1:{}", self.port)]
    }

    /// The folder in which the server keeps its store and its log.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the server at once (SIGKILL), as a crash would.
    ///
    /// # Panics
    /// If it cannot be ended.
    pub fn kill(&mut self) {
        self.process.kill().expect("nats-server is killed");
        self.process.wait().expect("nats-server has ended");
    }

    /// Stops the server in its tracks (SIGSTOP): connections stay, nothing is answered.
    ///
    /// # Panics
    /// If it cannot be stopped.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets a frozen server go on.
    ///
    /// # Panics
    /// If it cannot.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success(), "{kill}");
    }

    /// Starts the killed server again: same port, same store.
    ///
    /// # Panics
    /// If it does not start, even after waiting for the port.
    pub async fn restart(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.process = spawn(self.folder.path(), Some(self.port));
            match listening(&mut self.process, self.folder.path()).await {
                Ok(_) => return,
                Err(fault) => assert!(Instant::now() < deadline, "nats-server does not start again: {fault}"),
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Letters that the stream holds; none when there is no stream.
    ///
    /// # Panics
    /// If the hub is not reached.
    pub async fn letters(&self) -> u64 {
        let client = async_nats::connect(self.servers()).await.expect("the hub is reached");
        let context = async_nats::jetstream::new(client);
        match context.get_stream(hub::STREAM).await {
            Ok(stream) => stream.cached_info().state.messages,
            Err(_) => 0,
        }
    }

    /// Deletes the stream with everything in it.
    ///
    /// # Panics
    /// If that fails.
    pub async fn delete_stream(&self) {
        let client = async_nats::connect(self.servers()).await.expect("the hub is reached");
        let context = async_nats::jetstream::new(client);
        context.delete_stream(hub::STREAM).await.expect("the stream is deleted");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

/// Waits until the hub's state is as wanted.
///
/// # Panics
/// If it is not within 30 seconds.
pub async fn until_hub(post: &impl Post, wanted: impl FnMut(&HubState) -> bool) {
    let mut state = post.state();
    let seen = tokio::time::timeout(PATIENCE, state.wait_for(wanted)).await.is_ok_and(|seen| seen.is_ok());
    assert!(seen, "the hub's state is {:?}", post.state().borrow().clone());
}

/// Waits until something holds, looking often.
///
/// # Panics
/// If it does not within 30 seconds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn spawn(folder: &Path, port: Option<u16>) -> Child {
    Command::new(binary())
        .arg("-c")
        .arg(repository().join("deploy/hub.conf"))
        .args(["-p", &port.map_or_else(|| "-1".to_owned(), |port| port.to_string())])
        .arg("-sd")
        .arg(folder.join("store"))
        .arg("-l")
        .arg(folder.join("log"))
        .arg("--ports_file_dir")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nats-server can be run")
}

/// The one script that knows where the server comes from.
fn binary() -> PathBuf {
    let found = Command::new(repository().join("deploy/install-nats"))
        .output()
        .expect("deploy/install-nats can be run");
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    PathBuf::from(String::from_utf8_lossy(&found.stdout).trim())
}

/// The port on which the server listens, once it does.
async fn listening(process: &mut Child, folder: &Path) -> io::Result<u16> {
    let deadline = Instant::now() + PATIENCE;
    let suffix = format!("_{}.ports", process.id());
    loop {
        if let Some(port) = stated_port(folder, &suffix) {
            return Ok(port);
        }
        if let Some(status) = process.try_wait()? {
            return Err(io::Error::other(format!("nats-server ended: {status}")));
        }
        if Instant::now() > deadline {
            return Err(io::Error::from(io::ErrorKind::TimedOut));
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// The server writes `{"nats":["nats://127.0.0.1:40123"]}`, perhaps not yet whole.
fn stated_port(folder: &Path, suffix: &str) -> Option<u16> {
    let mut names = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let file = names.find(|path| path.to_string_lossy().ends_with(suffix))?;
    let text = fs::read_to_string(file).ok()?;
    let (_, address) = text.split_once("nats://")?;
    let (address, _) = address.split_once('"')?;
    address.rsplit_once(':')?.1.parse().ok()
}
