//! Conditions that each backend writes in its own way.

use super::AnyConnection;

/// Writes conditions for one backend. Each has one `?`, for a value that is bound.
#[derive(Clone, Copy, Debug)]
pub enum Fragments {
    /// As PostgreSQL has them.
    Postgres,
    /// As SQLite has them, with the functions that [`super::connect()`] registers.
    Sqlite,
}

impl Fragments {
    /// Those of this connection's backend.
    #[must_use]
    pub fn of(connection: &AnyConnection) -> Self {
        match connection {
            AnyConnection::Pg(_) => Self::Postgres,
            AnyConnection::Sqlite(_) => Self::Sqlite,
        }
    }

    /// Whether the address in `column`, as [`std::net::IpAddr`] prints it, lies in a network
    /// in CIDR notation. Not known of a row without an address.
    #[must_use]
    pub fn in_network(self, column: &str) -> String {
        match self {
            Self::Postgres => format!("CAST({column} AS inet) <<= CAST(? AS inet)"),
            Self::Sqlite => format!("in_network({column}, ?)"),
        }
    }

    /// Whether `column` contains a text in small letters, whatever the case of its own ASCII
    /// letters. Nothing in the text has a meaning, as `%` has for LIKE.
    #[must_use]
    pub fn contains(self, column: &str) -> String {
        match self {
            Self::Postgres => format!("strpos(lower({column} COLLATE \"C\"), ?) > 0"),
            // SQLite's lower() knows no letters but ASCII.
            Self::Sqlite => format!("instr(lower({column}), ?) > 0"),
        }
    }
}
