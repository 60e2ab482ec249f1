//! Opening one connection, and making sure that it keeps its promises: what was answered
//! survives a power cut, and no call waits for ever.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::statements::{StatementCounter, Statements};
use super::{AnyConnection, ConnectError, functions, postgres};
use crate::config::DatabaseUrl;

/// Opens a connection to the database at `url`. A SQLite file is made where there is none.
/// `timeout` bounds connecting, waiting for a lock and every statement; on PostgreSQL every
/// round trip ends a little later in any case.
pub fn connect(url: &DatabaseUrl, timeout: Duration) -> Result<AnyConnection, ConnectError> {
    connect_with(url, timeout, None)
}

/// As [`connect`]; the connection's statements are counted in `statements`.
pub(super) fn connect_with(
    url: &DatabaseUrl,
    timeout: Duration,
    statements: Option<&Arc<Statements>>,
) -> Result<AnyConnection, ConnectError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut connection = sqlite(path, timeout)?;
            connection.set_instrumentation(statements.map(StatementCounter::boxed));
            Ok(AnyConnection::Sqlite(connection))
        }
        DatabaseUrl::Postgres(url) => postgres::connect(url, timeout, statements),
    }
}

fn sqlite(path: &Path, timeout: Duration) -> Result<SqliteConnection, ConnectError> {
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
    Ok(connection)
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
