//! Filling empty tables by the million: what differs by backend.
//!
//! Rows are made by the database itself, out of numbers. Indexes and the constraints that
//! are more than a primary key go away first and come back when the rows are there: to sort
//! once is several times faster than to find a place for each row. All of it is one
//! transaction of the caller, so that whoever breaks it off leaves nothing behind.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::AnyConnection;

/// How a backend writes what is not the same in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    /// That of this connection.
    #[must_use]
    pub fn of(connection: &AnyConnection) -> Self {
        match connection {
            AnyConnection::Pg(_) => Self::Postgres,
            AnyConnection::Sqlite(_) => Self::Sqlite,
        }
    }

    /// Something to select from: the column `i` of the table `name` has the whole numbers
    /// from `first` to `last`.
    #[must_use]
    pub fn numbers(self, name: &str, first: i64, last: i64) -> String {
        match self {
            Self::Postgres => format!("generate_series({first}::bigint, {last}) AS {name}(i)"),
            Self::Sqlite => format!(
                "(WITH RECURSIVE counted(i) AS (SELECT {first} UNION ALL \
                 SELECT i + 1 FROM counted WHERE i < {last}) SELECT i FROM counted) AS {name}"
            ),
        }
    }

    /// The moment that lies this many whole seconds after the epoch, as Diesel writes it.
    #[must_use]
    pub fn moment(self, seconds: &str) -> String {
        match self {
            Self::Postgres => format!("(to_timestamp({seconds}) AT TIME ZONE 'UTC')"),
            Self::Sqlite => format!("datetime({seconds}, 'unixepoch')"),
        }
    }

    /// A number in hexadecimal digits, without leading zeros.
    #[must_use]
    pub fn hexadecimal(self, number: &str) -> String {
        match self {
            Self::Postgres => format!("to_hex({number})"),
            Self::Sqlite => format!("printf('%x', {number})"),
        }
    }

    /// 32 hexadecimal digits that look random and are another value for every number below
    /// 2^32.
    #[must_use]
    pub fn identity(self, number: &str) -> String {
        match self {
            Self::Postgres => format!("md5(({number})::text)"),
            // Multiplying by an odd number is one to one modulo a power of two.
            Self::Sqlite => format!(
                "printf('%08x%08x%08x%08x', ({number}) * 2654435761 & 4294967295, \
                 ({number}) * 2246822519 & 4294967295, ({number}) * 3266489917 & 4294967295, \
                 ({number}) * 668265263 & 4294967295)"
            ),
        }
    }
}

/// Something that was taken off a table and is to be put back.
#[derive(Clone, Debug, QueryableByName)]
pub struct Removed {
    /// Its name, for people.
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    remove: String,
    #[diesel(sql_type = Text)]
    restore: String,
}

impl Removed {
    /// Puts it back.
    pub fn restore(&self, connection: &mut AnyConnection) -> QueryResult<()> {
        connection.batch_execute(&self.restore)
    }
}

/// Prepares this transaction for work that takes long, and takes indexes and constraints
/// off these tables; every one of what it answers must be put back.
pub fn begin_bulk_load(
    connection: &mut AnyConnection,
    tables: &[&str],
) -> QueryResult<Vec<Removed>> {
    let tables = quoted(tables);
    let (settings, definitions) = match Dialect::of(connection) {
        Dialect::Postgres => (
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; \
             SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; SET LOCAL maintenance_work_mem = '512MB'",
            format!(
                "SELECT conname::text AS name, \
                 format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS remove, \
                 format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS restore \
                 FROM pg_constraint WHERE contype IN ('u', 'f') \
                 AND conrelid IN (SELECT t::regclass FROM unnest(ARRAY[{tables}]) t) \
                 UNION ALL SELECT i.indexrelid::regclass::text, format('DROP INDEX %s', i.indexrelid::regclass), \
                 pg_get_indexdef(i.indexrelid) FROM pg_index i \
                 WHERE i.indrelid IN (SELECT t::regclass FROM unnest(ARRAY[{tables}]) t) \
                 AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)"
            ),
        ),
        Dialect::Sqlite => (
            "PRAGMA cache_size = -262144",
            format!(
                "SELECT name, 'DROP INDEX ' || name AS remove, sql AS restore FROM sqlite_master \
                 WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({tables})"
            ),
        ),
    };
    connection.batch_execute(settings)?;
    let definitions: Vec<Removed> = diesel::sql_query(definitions).load(connection)?;
    for definition in &definitions {
        connection.batch_execute(&definition.remove)?;
    }
    Ok(definitions)
}

/// Lets the primary keys of these tables, which were given, go on where they stop. SQLite
/// does so by itself.
pub fn continue_keys(connection: &mut AnyConnection, tables: &[&str]) -> QueryResult<()> {
    if let AnyConnection::Pg(pg) = connection {
        for table in tables {
            pg.batch_execute(&format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            ))?;
        }
    }
    Ok(())
}

/// Tidies these tables up and looks at them, outside of a transaction, as PostgreSQL would
/// do by itself a moment later, beside whatever is measured then. Nothing ever analyzes a
/// SQLite file, so this does not either: its plans must be good without.
pub fn tidy_up(connection: &mut AnyConnection, tables: &[&str]) -> QueryResult<()> {
    match connection {
        AnyConnection::Pg(pg) => {
            pg.batch_execute("SET statement_timeout = 0")?;
            pg.batch_execute(&format!("VACUUM (ANALYZE) {}", tables.join(", ")))
        }
        AnyConnection::Sqlite(sqlite) => sqlite.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)"),
    }
}

/// Names of ours, as a list of SQL texts.
fn quoted(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    names.join(", ")
}
