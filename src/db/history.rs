//! Whose history a PostgreSQL server continues.
//!
//! A failover begins a new timeline. When the old primary comes back beside the new one, both
//! take changes, and what one revokes the other does not know. So this process remembers the
//! newest timeline of each database that it has worked on: an older one is refused, and
//! connections to it are dropped. A process that begins asks every host of its URL once, and works on
//! the newest. A cluster made anew has another system identifier.

use std::collections::BTreeMap;

use diesel::prelude::*;
use parking_lot::Mutex;
use serde::Serialize;
use url::Url;

use super::ConnectError;
use super::backend::History;
use super::round_trip::RoundTrip;
use crate::config::DatabaseUrl;
use crate::config::values::Value;

/// How many refused servers are remembered until somebody is told of them.
const MAX_REFUSED: usize = 16;

/// Servers that were refused and that nobody was told of yet; see [`take_refused`].
static REFUSED: Mutex<Vec<RefusedServer>> = Mutex::new(Vec::new());

/// A PostgreSQL server that was refused, since it does not continue the history of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedServer {
    /// How it is reached, without the password.
    pub server: String,
    /// `older_timeline`: it was the primary before a failover. `another_cluster`: it has another
    /// system identifier.
    #[serde(skip)]
    pub reason: &'static str,
    /// Its timeline, or its system identifier.
    pub found: i64,
    /// That of the database as this process knows it.
    pub known: i64,
}

/// Takes out the servers that were refused since the last time, each once.
#[must_use]
pub fn take_refused() -> Vec<RefusedServer> {
    std::mem::take(&mut REFUSED.lock())
}

/// Puts back what nobody could be told of.
pub fn put_back_refused(servers: Vec<RefusedServer>) {
    servers.into_iter().for_each(remember_refused);
}

fn remember_refused(server: RefusedServer) {
    let mut refused = REFUSED.lock();
    if refused.len() < MAX_REFUSED && !refused.contains(&server) {
        refused.push(server);
    }
}

/// The newest of each database, by its URL.
static NEWEST: Mutex<BTreeMap<String, History>> = Mutex::new(BTreeMap::new());

impl History {
    /// Asks a primary.
    pub(super) fn ask(connection: &mut PgConnection) -> Self {
        let asked = diesel::sql_query(
            "SELECT (SELECT system_identifier FROM pg_control_system()) AS system, \
             ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint AS timeline",
        )
        .get_result(connection);
        asked.unwrap_or_else(|error| {
            tracing::debug!(%error, "the database does not tell its timeline");
            Self::default()
        })
    }

    /// Whether this process knows which history the database at `url` continues.
    pub(super) fn is_known(url: &Url) -> bool {
        NEWEST.lock().contains_key(url.as_str())
    }

    /// Whether this is told, and there are more failovers behind it than behind `other`.
    pub(super) fn is_newer_than(self, other: Self) -> bool {
        self.timeline > other.timeline
    }

    /// Refuses `host` when the database at `url` was seen further on, and remembers it when it is
    /// the furthest.
    pub(super) fn check(self, host: &Url, url: &Url) -> Result<(), ConnectError> {
        if self == Self::default() {
            return Ok(());
        }
        let mut newest = NEWEST.lock();
        let known = *newest.entry(url.to_string()).or_insert(self);
        let (reason, found, known_as, why) = if known.system != self.system {
            let why = format!(
                "it is another cluster (system identifier {}) than the one that this process has worked on ({}); if you have moved the database, restart frontgate",
                self.system, known.system
            );
            ("another_cluster", self.system, known.system, why)
        } else if known.timeline > self.timeline {
            let why = format!(
                "it was the primary before a failover (timeline {}, and the database was seen on timeline {}): stop it, or make it a standby; what was changed on it is lost (docs/runbook.md)",
                self.timeline, known.timeline
            );
            ("older_timeline", self.timeline, known.timeline, why)
        } else {
            newest.insert(url.to_string(), self);
            return Ok(());
        };
        drop(newest);
        remember_refused(RefusedServer {
            server: DatabaseUrl::Postgres(host.clone()).show(),
            reason,
            found,
            known: known_as,
        });
        let error = ConnectError::postgres(host, &why);
        tracing::error!(%error, "a PostgreSQL server with another history was refused");
        Err(error)
    }

    /// Drops connections to the database at `url` that continue an older history than the newest.
    pub(super) fn drop_older(url: &Url) {
        let url = url.to_string();
        let newest = NEWEST.lock().get(&url).copied();
        if let Some(newest) = newest {
            RoundTrip::drop_where(|backend| {
                backend.database == url && backend.history.timeline < newest.timeline
            });
        }
    }
}
