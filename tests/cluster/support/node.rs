//! A real server process that can be killed and started again at the same address.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

/// The secret key of all nodes.
const SECRET: &str = "a secret key for clusters, 32 bytes or more";

/// One server of a cluster.
pub struct Node {
    /// `127.x.y.z:port`: nobody else's, so that it can be taken again after a kill.
    pub address: String,
    environment: Vec<(String, String)>,
    folder: PathBuf,
    log: PathBuf,
    child: Option<Child>,
}

impl Node {
    /// A node that is not started yet.
    pub fn new(url: &str, folder: &Path, log: PathBuf, settings: &[(&str, &str)]) -> Self {
        let address = own_address();
        let standing = [
            ("DATABASE_URL", url),
            ("SECRET_KEY", SECRET),
            ("FRONTGATE_BIND", &address),
            ("FRONTGATE_BCRYPT_COST", "4"),
            ("FRONTGATE_WORKERS", "2"),
        ];
        // The last one counts.
        let environment = standing.iter().chain(settings);
        let environment = environment
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Self {
            environment,
            address,
            folder: folder.to_owned(),
            log,
            child: None,
        }
    }

    /// Another node with the same settings but for these, that is not started yet; it logs into
    /// the same file.
    pub fn twin(&self, settings: &[(&str, &str)]) -> Self {
        let mut twin = Self::new("", &self.folder, self.log.clone(), &[]);
        twin.environment.clone_from(&self.environment);
        twin.set("FRONTGATE_BIND", &twin.address.clone());
        for (name, value) in settings {
            twin.set(name, value);
        }
        twin
    }

    /// Starts the process, and waits for nothing.
    pub fn spawn(&mut self) {
        assert!(self.child.is_none(), "the node runs already");
        let log = File::options().create(true).append(true).open(&self.log);
        let log = log.unwrap();
        let child = self.command(&[]).stderr(log).spawn().unwrap();
        self.child = Some(child);
    }

    /// A command with the settings of this node.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_frontgate"));
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    /// Changes a setting; it counts from the next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// SIGKILL, and waits until the process is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            child.wait().unwrap();
        }
    }

    /// SIGTERM, and waits until the process has ended, which must be well.
    pub fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        signal(child.id(), "TERM");
        let status = child.wait().unwrap();
        assert!(status.success(), "{status}");
    }

    /// How the process has ended, if it has.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.child.as_mut()?.try_wait().unwrap()?;
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        Some(format!("{status}: {log}"))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to a process, by its name without `SIG`.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Runs a command to its end, with something to read; it must succeed. Answers what it
/// wrote.
#[track_caller]
pub fn run(command: &mut Command, input: &str) -> String {
    use std::io::Write;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may have closed it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {stderr}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// The whole of 127.0.0.0/8 is this machine: an address for each server of each process, and
/// no outgoing connection takes its port while it is down.
pub fn own_address() -> String {
    static NODES: AtomicU8 = AtomicU8::new(1);
    let process = std::process::id();
    let [_, high, middle, low] = process.to_be_bytes();
    let node = NODES.fetch_add(1, Ordering::Relaxed);
    // Never 127.0.0.x, where everybody else is.
    let port = 8000 + u16::from(high) * 2 + u16::from(middle == 0);
    format!("127.{}.{low}.{node}:{port}", middle.max(1))
}
