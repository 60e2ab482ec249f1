//! The connection that is one of two.

use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;

/// A connection to either backend. `Pg` stands first: the derived code asks the variants
/// in their order.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// A PostgreSQL server.
    Pg(PgConnection),
    /// A file on this machine.
    Sqlite(SqliteConnection),
}
