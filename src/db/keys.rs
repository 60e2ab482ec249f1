//! Primary keys and transaction ids of a database that was restored from a backup.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::AnyConnection;

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = BigInt)]
    last: i64,
}

/// Lets the primary keys of every table go on after another one: `after` gets the name of a
/// table and the last key that it has or ever had, and returns the one that the next row
/// comes after. Returns what `after` returned for `users`.
pub fn skip_keys(
    connection: &mut AnyConnection,
    mut after: impl FnMut(&str, i64) -> i64,
) -> QueryResult<i64> {
    let mut of_users = 0;
    for Table { name } in tables(connection)? {
        let skipped = after(&name, last_key(connection, &name)?);
        if name == "users" {
            of_users = skipped;
        }
        match connection {
            AnyConnection::Pg(pg) => pg.batch_execute(&format!(
                "SELECT setval(pg_get_serial_sequence('{name}', 'id'), {skipped})"
            ))?,
            // A table that never had a row is not in there.
            AnyConnection::Sqlite(sqlite) => sqlite.batch_execute(&format!(
                "DELETE FROM sqlite_sequence WHERE name = '{name}'; \
                 INSERT INTO sqlite_sequence (name, seq) VALUES ('{name}', {skipped})"
            ))?,
        }
    }
    Ok(of_users)
}

/// The tables whose keys the database makes.
fn tables(connection: &mut AnyConnection) -> QueryResult<Vec<Table>> {
    diesel::sql_query(match connection {
        AnyConnection::Pg(_) => {
            "SELECT table_name::text AS name FROM information_schema.columns \
             WHERE table_schema = current_schema() AND column_name = 'id' AND is_identity = 'YES' \
             ORDER BY table_name"
        }
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' \
             ORDER BY name"
        }
    })
    .load(connection)
}

/// The last primary key that the table has or ever had; 0 where it never had a row.
pub fn last_key(connection: &mut AnyConnection, table: &str) -> QueryResult<i64> {
    let query = match connection {
        AnyConnection::Pg(_) => format!(
            "SELECT GREATEST(COALESCE((SELECT max(id) FROM {table}), 0), \
             COALESCE(pg_sequence_last_value(pg_get_serial_sequence('{table}', 'id')::regclass), 0)) AS last"
        ),
        AnyConnection::Sqlite(_) => format!(
            "SELECT MAX(COALESCE((SELECT MAX(id) FROM {table}), 0), \
             COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0)) AS last"
        ),
    };
    diesel::sql_query(query)
        .get_result::<Last>(connection)
        .map(|row| row.last)
}

/// Forgets in which transactions revocations were written. The ids of another PostgreSQL
/// cluster mean nothing in this one; greater ones would be read again with each poll.
pub fn forget_transactions(connection: &mut AnyConnection) -> QueryResult<()> {
    connection.batch_execute("UPDATE revocations SET transaction_id = 0 WHERE transaction_id <> 0")
}
