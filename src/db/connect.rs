//! Opening one connection, and making sure that it keeps its promises: what was answered
//! survives a power cut, and no call waits for ever.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{Instrumentation, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use url::Url;

use super::backend_end::Backend;
use super::round_trip::{RoundTrip, Watch, limit};
use super::sockets::{Socket, UnixConnecting};
use super::{AnyConnection, functions};
use crate::config::DatabaseUrl;

/// Opens a connection to the database at `url`. A SQLite file is made where there is none.
/// `timeout` bounds connecting, waiting for a lock and every statement; on PostgreSQL every
/// round trip ends a little later in any case.
pub fn connect(url: &DatabaseUrl, timeout: Duration) -> Result<AnyConnection, ConnectError> {
    connect_with(url, timeout, None)
}

/// As [`connect`]; `instrumentation` gets the connection's events.
pub(super) fn connect_with(
    url: &DatabaseUrl,
    timeout: Duration,
    instrumentation: Option<Box<dyn Instrumentation>>,
) -> Result<AnyConnection, ConnectError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut connection = sqlite(path, timeout)?;
            connection.set_instrumentation(instrumentation);
            Ok(AnyConnection::Sqlite(connection))
        }
        DatabaseUrl::Postgres(url) => postgres(url, timeout, instrumentation),
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

fn postgres(
    url: &Url,
    timeout: Duration,
    next: Option<Box<dyn Instrumentation>>,
) -> Result<AnyConnection, ConnectError> {
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
    let (mut connection, trip) =
        establish(url, timeout, next).map_err(|error| failed(error.to_string()))?;
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
    let server = Server::ask(&mut connection).map_err(|error| failed(error.to_string()))?;
    for (setting, is) in [
        ("fsync", &server.fsync),
        ("synchronous_commit", &server.synchronous_commit),
    ] {
        if is == "off" {
            return Err(failed(format!(
                "{setting} is off: answered changes would be lost at a crash; switch it on in postgresql.conf"
            )));
        }
    }
    trip.serves(Backend {
        url: url.clone(),
        pid: server.pid,
        started: server.started,
        limit: limit(timeout),
    });
    Ok(AnyConnection::Pg(connection))
}

/// What a PostgreSQL server says of itself and of this connection.
#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Text)]
    fsync: String,
    #[diesel(sql_type = Text)]
    synchronous_commit: String,
    #[diesel(sql_type = Integer)]
    pid: i32,
    #[diesel(sql_type = BigInt)]
    started: i64,
}

impl Server {
    fn ask(connection: &mut PgConnection) -> QueryResult<Self> {
        diesel::sql_query(
            "SELECT current_setting('fsync') AS fsync, \
             current_setting('synchronous_commit') AS synchronous_commit, \
             pid, (extract(epoch FROM backend_start) * 1000000)::bigint AS started \
             FROM pg_stat_get_activity(pg_backend_pid())",
        )
        .get_result(connection)
    }
}

/// Opens a connection of which every round trip is bounded, those of connecting included. `next`
/// gets its events.
pub(super) fn establish(
    url: &Url,
    timeout: Duration,
    next: Option<Box<dyn Instrumentation>>,
) -> ConnectionResult<(PgConnection, Arc<RoundTrip>)> {
    let number = |name| parameter(url, name).and_then(|value| value.parse().ok());
    // 0 is the system's own time, which is shorter than a day.
    let user_timeout = match number("tcp_user_timeout") {
        Some(0) => 86_400_000,
        Some(given) => given,
        None => u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX),
    };
    let connect_timeout = number("connect_timeout")
        .map_or(timeout, |seconds: u32| Duration::from_secs(seconds.into()));
    let trip = RoundTrip::watch(Socket::new(user_timeout), limit(timeout));
    let unix = is_unix(url)
        .then(|| UnixConnecting::begin(timeout))
        .flatten();
    trip.begin(connect_timeout.max(LEAST_CONNECT_TIMEOUT) * hosts(url) + limit(timeout));
    let url = with_timeouts(url, timeout, trip.socket().tcp_user_timeout());
    let connection = PgConnection::establish(url.as_str());
    trip.end();
    let mut connection = connection?;
    if let Some(socket) = unix.and_then(UnixConnecting::found) {
        trip.socket().is_unix(socket);
    }
    connection.set_instrumentation(Watch {
        trip: Arc::clone(&trip),
        next,
    });
    Ok((connection, trip))
}

/// libpq knows no shorter time to connect.
const LEAST_CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// libpq's own time-outs, unless the URL sets them, and the mark of this connection.
fn with_timeouts(url: &Url, timeout: Duration, user_timeout: u32) -> Url {
    let mut url = url.clone();
    // As it was written: libpq reads no `+` as a space.
    let others: Vec<_> = url.query().unwrap_or_default().split('&').collect();
    let others = others
        .into_iter()
        .filter(|pair| !pair.is_empty() && !pair.starts_with("tcp_user_timeout="));
    let others = others.collect::<Vec<_>>().join("&");
    url.set_query(Some(others.as_str()).filter(|others| !others.is_empty()));
    let seconds = timeout.max(LEAST_CONNECT_TIMEOUT).as_secs().to_string();
    for (name, value) in [
        ("connect_timeout", seconds.as_str()),
        ("tcp_user_timeout", &user_timeout.to_string()),
        ("application_name", "frontgate"),
    ] {
        if parameter(&url, name).is_none() {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url
}

/// The hosts that libpq tries in turn.
fn hosts(url: &Url) -> u32 {
    let list = parameter(url, "host").or_else(|| url.host_str().map(str::to_owned));
    let count = list.map_or(1, |list| list.split(',').count());
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether any of the hosts is a socket of this machine. Without one, libpq takes the socket.
fn is_unix(url: &Url) -> bool {
    let list = parameter(url, "host").or_else(|| url.host_str().map(str::to_owned));
    list.is_none_or(|list| {
        list.split(',')
            .any(|host| host.is_empty() || host.starts_with(['/', '@']))
    })
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
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
