//! Why a database cannot be used.

use std::path::PathBuf;

use url::Url;

use crate::config::DatabaseUrl;
use crate::config::values::Value;

/// Whether this binary's libpq speaks TLS.
#[must_use]
pub fn tls_built_in() -> bool {
    cfg!(any(feature = "pg-bundled-tls", feature = "pg-system"))
}

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A file.
    #[error("cannot use the SQLite database {}: {why}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// The reason, and the way out.
        why: String,
    },
    /// A server.
    #[error(
        "cannot use the PostgreSQL database {url}: {why}; check DATABASE_URL and that the server runs"
    )]
    Postgres {
        /// Its address, without the password.
        url: String,
        /// The reason.
        why: String,
    },
    /// It takes no changes.
    #[error(
        "the PostgreSQL server of {url} is a standby, which lags behind and takes no changes: name the primary in DATABASE_URL, or all servers with target_session_attrs=read-write"
    )]
    Standby {
        /// Its address, without the password.
        url: String,
    },
    /// Each transaction has another session.
    #[error(
        "DATABASE_URL leads through a pooler that gives each transaction another session (in PgBouncer, pool_mode=transaction or statement), but time-outs, notifications and prepared statements belong to a session: set pool_mode=session for this database, or name PostgreSQL itself; frontgate has a pool of its own"
    )]
    TransactionPooling,
    /// TLS is asked for and not built in.
    #[error(
        "DATABASE_URL asks for TLS (sslmode), which this build cannot speak: build with `cargo build --release --no-default-features --features pg-bundled-tls`, or take sslmode away"
    )]
    NoTls,
}

impl ConnectError {
    /// The PostgreSQL server at `url` failed, or is refused for this reason.
    pub(super) fn postgres(url: &Url, why: &dyn std::fmt::Display) -> Self {
        let why = crate::config::hide_secrets(url, &why.to_string());
        Self::Postgres {
            url: shown(url),
            why: why.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    pub(super) fn standby(url: &Url) -> Self {
        Self::Standby { url: shown(url) }
    }

    /// None of the hosts of `url` would do, for these reasons in turn.
    pub(super) fn of_hosts(url: &Url, mut errors: Vec<Self>) -> Self {
        if errors.len() == 1
            && let Some(error) = errors.pop()
        {
            return error;
        }
        let whys = errors.into_iter().map(|error| match error {
            Self::Postgres { why, .. } => why,
            other => other.to_string(),
        });
        Self::postgres(url, &whys.collect::<Vec<_>>().join("; "))
    }
}

fn shown(url: &Url) -> String {
    DatabaseUrl::Postgres(url.clone()).show()
}
