//! Poolers between this process and PostgreSQL.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::{AnyConnection, ConnectError, connect};
use crate::config::DatabaseUrl;

/// How often the two connections are compared: other clients of the pooler come between.
const LOOKS: usize = 20;

#[derive(QueryableByName)]
struct Backend {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

/// Refuses a pooler that keeps a connection of the server for one transaction at a time. Time-outs,
/// the isolation level, notifications and prepared statements belong to a session, and would be
/// another client's with the next transaction. Two sessions never have one backend, so
/// `connection` is compared with a second one.
pub fn refuse_transaction_pooling(
    connection: &mut AnyConnection,
    url: &DatabaseUrl,
    timeout: Duration,
) -> Result<(), ConnectError> {
    let (AnyConnection::Pg(one), DatabaseUrl::Postgres(server)) = (connection, url) else {
        return Ok(());
    };
    let AnyConnection::Pg(mut other) = connect(url, timeout)? else {
        return Ok(());
    };
    for _ in 0..LOOKS {
        let failed = |error| ConnectError::postgres(server, &error);
        if backend(one).map_err(failed)? == backend(&mut other).map_err(failed)? {
            return Err(ConnectError::TransactionPooling);
        }
    }
    Ok(())
}

fn backend(connection: &mut PgConnection) -> QueryResult<i32> {
    // Not prepared under a name, which another client of the pooler may have taken.
    let backend: Backend =
        diesel::sql_query("SELECT pg_backend_pid() AS pid").get_result(connection)?;
    Ok(backend.pid)
}
