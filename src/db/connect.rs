//! Opening one connection, and making sure that it keeps its promises: what was answered
//! survives a power cut, and no call waits for ever.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{AnyConnection, functions};
use crate::config::DatabaseUrl;

/// Opens a connection to the database at `url`. A SQLite file is made where there is none.
/// `timeout` bounds connecting, waiting for a lock and every statement.
pub fn connect(url: &DatabaseUrl, timeout: Duration) -> Result<AnyConnection, ConnectError> {
    match url {
        DatabaseUrl::Sqlite(path) => sqlite(path, timeout),
        DatabaseUrl::Postgres(url) => postgres(url, timeout),
    }
}

fn sqlite(path: &Path, timeout: Duration) -> Result<AnyConnection, ConnectError> {
    let failed = |why: String| ConnectError::Sqlite {
        path: path.to_path_buf(),
        why,
    };
    let text = path
        .to_str()
        .ok_or_else(|| failed("the path is not UTF-8".to_owned()))?;
    keep_private(path);
    let mut connection = SqliteConnection::establish(text)
        .map_err(|error| failed(explain(path, &error.to_string())))?;
    // The busy timeout first: switching to WAL takes a lock itself.
    let pragmas = format!(
        "PRAGMA busy_timeout = {};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;",
        timeout.as_millis()
    );
    connection
        .batch_execute(&pragmas)
        .map_err(|error| failed(explain(path, &error.to_string())))?;
    for (pragma, wanted) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
    ] {
        let is =
            pragma_value(&mut connection, pragma).map_err(|error| failed(error.to_string()))?;
        if is != wanted {
            return Err(failed(format!(
                "PRAGMA {pragma} is {is} and must be {wanted}"
            )));
        }
    }
    functions::register(&mut connection).map_err(|error| failed(error.to_string()))?;
    Ok(AnyConnection::Sqlite(connection))
}

/// A new file is for this user's eyes alone: it holds hashes of passwords. Where it cannot
/// be made, SQLite says why.
fn keep_private(path: &Path) {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    if let Err(error) = made {
        tracing::trace!(%error, "the database file was not made");
    }
}

fn explain(path: &Path, error: &str) -> String {
    if error.contains("not a database") {
        return format!("{error}: choose another path, or restore it from a backup");
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if folder.is_dir() {
        format!("{error}: make the file and its folder writable for this user")
    } else {
        format!(
            "the folder {} does not exist: make it, or choose another path",
            folder.display()
        )
    }
}

fn pragma_value(connection: &mut SqliteConnection, pragma: &str) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        value: String,
    }
    // A pragma's table-valued form gives its result a name that can be bound.
    diesel::sql_query(format!(
        "SELECT CAST({pragma} AS TEXT) AS value FROM pragma_{pragma}"
    ))
    .get_result::<Row>(connection)
    .map(|row| row.value)
}

fn postgres(url: &url::Url, timeout: Duration) -> Result<AnyConnection, ConnectError> {
    let failed = |why: String| {
        let mut shown = url.clone();
        // A URL without a host cannot have a password to take out.
        let _ = shown.set_password(None);
        shown.set_query(None);
        shown.set_fragment(None);
        let why = crate::config::hide_secrets(url, &why);
        let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
        ConnectError::Postgres {
            url: shown.to_string(),
            why,
        }
    };
    if crate::config::deploy::asks_for_tls(url) && !tls_built_in() {
        return Err(ConnectError::NoTls);
    }
    let mut connection = PgConnection::establish(with_timeouts(url, timeout).as_str())
        .map_err(|error| failed(error.to_string()))?;
    let milliseconds = timeout.as_millis();
    // Our statements are short: compiling one takes longer than it runs.
    connection
        .batch_execute(&format!(
            "SET statement_timeout = {milliseconds};
             SET lock_timeout = {milliseconds};
             SET idle_in_transaction_session_timeout = {milliseconds};
             SET TIME ZONE 'UTC';
             SET jit = off;"
        ))
        .map_err(|error| failed(error.to_string()))?;
    for (setting, wrong) in [("fsync", "off"), ("synchronous_commit", "off")] {
        let is =
            current_setting(&mut connection, setting).map_err(|error| failed(error.to_string()))?;
        if is == wrong {
            return Err(failed(format!(
                "{setting} is off: answered changes would be lost at a crash; switch it on in postgresql.conf"
            )));
        }
    }
    Ok(AnyConnection::Pg(connection))
}

/// libpq's own time-outs, unless the URL sets them.
fn with_timeouts(url: &url::Url, timeout: Duration) -> url::Url {
    let mut url = url.clone();
    let seconds = timeout.as_secs().max(2).to_string();
    let milliseconds = timeout.as_millis().to_string();
    for (name, value) in [
        ("connect_timeout", seconds.as_str()),
        ("tcp_user_timeout", milliseconds.as_str()),
        ("application_name", "frontgate"),
    ] {
        if !url.query_pairs().any(|(key, _)| key == name) {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url
}

fn current_setting(connection: &mut PgConnection, name: &str) -> QueryResult<String> {
    diesel::select(diesel::dsl::sql::<Text>(&format!(
        "current_setting('{name}')"
    )))
    .get_result(connection)
}

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
    /// TLS is asked for and not built in.
    #[error(
        "DATABASE_URL asks for TLS (sslmode), which this build cannot speak: build with `cargo build --release --no-default-features --features pg-bundled-tls`, or take sslmode away"
    )]
    NoTls,
}
