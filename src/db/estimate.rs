//! How large a table is, without counting.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::AnyConnection;

#[derive(QueryableByName)]
struct Estimate {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// About how many rows `table` has, at no cost. It is an estimate, and to be shown as one:
/// on PostgreSQL what the last VACUUM or ANALYZE saw; on SQLite, and before there was one,
/// the greatest primary key, which counts deleted rows as well.
pub fn estimated_rows(connection: &mut AnyConnection, table: &'static str) -> QueryResult<i64> {
    if let AnyConnection::Pg(_) = connection {
        let seen = diesel::sql_query(format!(
            "SELECT CAST(reltuples AS BIGINT) AS rows FROM pg_class WHERE oid = '{table}'::regclass"
        ));
        let Estimate { rows } = seen.get_result(connection)?;
        if rows >= 0 {
            return Ok(rows);
        }
    }
    let greatest = diesel::sql_query(format!("SELECT COALESCE(MAX(id), 0) AS rows FROM {table}"));
    greatest
        .get_result(connection)
        .map(|Estimate { rows }| rows)
}
