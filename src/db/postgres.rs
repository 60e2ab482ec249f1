//! Opening a connection to PostgreSQL: to the first of the hosts that takes changes, with the
//! settings that every session needs, whatever the server's defaults are.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text};
use url::Url;

use super::backend::{Backend, History};
use super::backend_end::end_backends;
use super::establish::establish;
use super::hosts::each_host;
use super::round_trip::limit;
use super::statements::{StatementCounter, Statements};
use super::{AnyConnection, ConnectError, tls_built_in};

/// Opens a connection to the first host of `url` that takes changes. The first connection of this
/// process asks all of them, and is to the one that continues the newest history. Its statements are
/// counted in `statements`.
pub(super) fn connect(
    url: &Url,
    timeout: Duration,
    statements: Option<&Arc<Statements>>,
) -> Result<AnyConnection, ConnectError> {
    if crate::config::deploy::asks_for_tls(url) && !tls_built_in() {
        return Err(ConnectError::NoTls);
    }
    let (mut errors, mut found) = (Vec::new(), None::<(PgConnection, History)>);
    let ask_all = !History::is_known(url);
    for host in each_host(url, timeout) {
        match connect_to(&host, url, timeout, statements) {
            Ok((connection, history)) => {
                let known = found.as_ref().map(|(_, known)| *known);
                if known.is_none_or(|known| history.is_newer_than(known)) {
                    found = Some((connection, history));
                }
                if !ask_all || history == History::default() {
                    break;
                }
            }
            Err(error) => errors.push(error),
        }
    }
    found
        .map(|(connection, _)| AnyConnection::Pg(connection))
        .ok_or_else(|| ConnectError::of_hosts(url, errors))
}

/// Opens a connection to `host`, one of those of `url`.
fn connect_to(
    host: &Url,
    url: &Url,
    timeout: Duration,
    statements: Option<&Arc<Statements>>,
) -> Result<(PgConnection, History), ConnectError> {
    let failed = |error: &dyn std::fmt::Display| ConnectError::postgres(host, error);
    let counter = statements.map(StatementCounter::boxed);
    let (mut connection, trip) =
        establish(host, timeout, counter).map_err(|error| failed(&error))?;
    connection
        .batch_execute(&session_settings(timeout))
        .map_err(|error| failed(&error))?;
    let server = Server::ask(&mut connection).map_err(|error| failed(&error))?;
    server.check(host)?;
    let history = History::ask(&mut connection);
    history.check(host, url)?;
    let backend = Backend {
        url: host.clone(),
        database: url.to_string(),
        pid: server.pid,
        started: server.started,
        limit: limit(timeout),
        history,
    };
    trip.serves(backend, end_backends);
    History::drop_older(url);
    Ok((connection, history))
}

/// What every session sets for itself, whatever is the default of the server, the database or the
/// role.
fn session_settings(timeout: Duration) -> String {
    let milliseconds = timeout.as_millis();
    format!(
        "SET statement_timeout = {milliseconds};
         SET lock_timeout = {milliseconds};
         SET idle_in_transaction_session_timeout = {milliseconds};
         -- Not every version has these.
         SELECT set_config(name, '0', false) FROM pg_settings
             WHERE name IN ('idle_session_timeout', 'transaction_timeout');
         -- Rows are locked where it matters, and who waited for one reads what the other wrote.
         SET default_transaction_isolation = 'read committed';
         SET default_transaction_read_only = off;
         SET default_transaction_deferrable = off;
         SET standard_conforming_strings = on;
         SET TIME ZONE 'UTC';
         SET DateStyle = 'ISO, YMD';
         SET IntervalStyle = 'postgres';
         -- Our statements are short: compiling one takes longer than it runs.
         SET jit = off;"
    )
}

/// What a PostgreSQL server says of itself and of this connection.
#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Text)]
    fsync: String,
    #[diesel(sql_type = Text)]
    synchronous_commit: String,
    #[diesel(sql_type = Text)]
    encoding: String,
    #[diesel(sql_type = Bool)]
    standby: bool,
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
             current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby, \
             pg_backend_pid() AS pid, \
             -- Hidden from a role that another one has taken on.
             coalesce((SELECT (extract(epoch FROM backend_start) * 1000000)::bigint \
                 FROM pg_stat_get_activity(pg_backend_pid())), 0) AS started",
        )
        .get_result(connection)
    }

    /// Refuses what cannot keep what it was given.
    fn check(&self, host: &Url) -> Result<(), ConnectError> {
        if self.standby {
            return Err(ConnectError::standby(host));
        }
        // SQL_ASCII keeps the bytes that it is given, and we give it UTF-8 alone.
        if !["UTF8", "SQL_ASCII"].contains(&self.encoding.as_str()) {
            let why = format!(
                "its encoding is {}, which cannot hold every name, and must be UTF8: make the database with `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`",
                self.encoding
            );
            return Err(ConnectError::postgres(host, &why));
        }
        for (setting, is) in [
            ("fsync", &self.fsync),
            ("synchronous_commit", &self.synchronous_commit),
        ] {
            if is == "off" {
                let why = format!(
                    "{setting} is off: answered changes would be lost at a crash; switch it on in postgresql.conf"
                );
                return Err(ConnectError::postgres(host, &why));
            }
        }
        Ok(())
    }
}
