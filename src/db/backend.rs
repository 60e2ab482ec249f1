//! What serves a connection to PostgreSQL: a process of the server, and the history of its cluster.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use url::Url;

/// The process of the server that serves one connection.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    /// How this server is reached.
    pub(super) url: Url,
    /// The URL of the database, with all of its hosts.
    pub(super) database: String,
    /// Whose history it continues.
    pub(super) history: History,
    /// Its process id. Behind a pooler it may be another one's by now.
    pub(super) pid: i32,
    /// When it was started, in microseconds since the epoch: process ids are used again.
    pub(super) started: i64,
    /// How long a round trip may take.
    pub(super) limit: Duration,
}

/// Which cluster, and how many failovers it has behind it. Zeros where the server does not tell:
/// some that only speak like PostgreSQL have no write-ahead log to be asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub(super) struct History {
    #[diesel(sql_type = BigInt)]
    pub(super) system: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) timeline: i64,
}
