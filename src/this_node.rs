//! What a server knows of itself among the others.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;

use crate::clock::{Clock, Moment};
use crate::models::node::Node;
use crate::revocation::lease::Lease;

/// What this server is called, and since when it serves.
#[derive(Debug)]
pub struct ThisNode {
    name: String,
    started_at: OnceLock<Moment>,
    /// Held while a row is being written, so that none is written after the good-bye.
    pub(crate) state: tokio::sync::Mutex<State>,
    /// Whether servers that were there before sign with another key.
    must_yield: AtomicBool,
}

/// What a server has said to the others, and of them.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Whether it has said that it is there.
    pub(crate) reported: bool,
    /// Whether it has said good-bye.
    pub(crate) gone: bool,
    /// Whether the log says that another one has its name.
    pub(crate) namesake: bool,
    /// What else the log says of the other servers.
    pub(crate) told: BTreeSet<String>,
}

impl ThisNode {
    /// A server of this name; without one, it is called by its machine and port.
    #[must_use]
    pub fn new(name: Option<&str>, port: u16) -> Self {
        let name = name.map_or_else(
            || {
                let machine = rustix::system::uname();
                format!("{}:{port}", machine.nodename().to_string_lossy())
            },
            str::to_owned,
        );
        Self {
            name,
            started_at: OnceLock::new(),
            state: tokio::sync::Mutex::default(),
            must_yield: AtomicBool::default(),
        }
    }

    /// It serves from now on; only the first call counts.
    pub fn start(&self, now: Moment) {
        self.started_at.get_or_init(|| now);
    }

    /// Whether servers of the database that were there before sign with another key. What this
    /// one said about a token would be wrong: it would refuse theirs and delete their cookies.
    #[must_use]
    pub fn must_yield(&self) -> bool {
        self.must_yield.load(Ordering::Relaxed)
    }

    /// Sets [`Self::must_yield`], and returns what it was.
    pub(crate) fn set_must_yield(&self, must_yield: bool) -> bool {
        self.must_yield.swap(must_yield, Ordering::Relaxed)
    }

    /// This server as it is now.
    #[must_use]
    pub fn as_row(&self, lease: &Lease, clock: &Clock) -> Node {
        let now = clock.now();
        let age = lease.age(clock.uptime());
        let fresh_at = age
            .and_then(|age| TimeDelta::from_std(age).ok())
            .map(|age| (now - age).naive_utc());
        Node {
            name: self.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.started_at.get_or_init(|| now).naive_utc(),
            last_seen_at: now.naive_utc(),
            fresh_at,
        }
    }
}
