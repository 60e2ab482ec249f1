//! Settings of the database.

use super::declare::settings;
use super::values::Lifetime;

settings! {
    /// Which database, and how it is used.
    pub struct DatabaseSettings {
        /// `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`; the scheme chooses
        /// the backend. Read from `DATABASE_URL`.
        database_url: DatabaseUrl = "sqlite://frontgate.sqlite3",
        /// Connections in the pool.
        database_pool_size: u16 = "8",
        /// How long to wait for a connection, a lock or a statement before answering 503.
        database_timeout: Lifetime = "5s",
        /// How often rows that have expired are removed in the background.
        purge_interval: Lifetime = "10m",
    }
}

pub use url::DatabaseUrl;

mod url {
    use std::path::{Path, PathBuf};

    use crate::config::values::Value;

    /// The address of a database; its scheme chooses the backend.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum DatabaseUrl {
        /// A file on this machine.
        Sqlite(PathBuf),
        /// A PostgreSQL server.
        Postgres(::url::Url),
    }

    impl DatabaseUrl {
        /// The file, when the database is one.
        #[must_use]
        pub fn sqlite_path(&self) -> Option<&Path> {
            match self {
                Self::Sqlite(path) => Some(path),
                Self::Postgres(_) => None,
            }
        }
    }

    impl Value for DatabaseUrl {
        fn parse(text: &str) -> Result<Self, String> {
            let wanted = "write sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE";
            if let Some(path) = text.strip_prefix("sqlite://") {
                return match path {
                    "" => Err(format!("{wanted}: the path is missing")),
                    ":memory:" => Err(format!(
                        "{wanted}: a database in memory loses every session"
                    )),
                    path => Ok(Self::Sqlite(path.into())),
                };
            }
            if !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
                return Err(wanted.to_owned());
            }
            ::url::Url::parse(text)
                .map(Self::Postgres)
                .map_err(|error| match error {
                    ::url::ParseError::EmptyHost => format!(
                        "{wanted}; for a socket, postgres:///DATABASE?host=/var/run/postgresql&user=USER"
                    ),
                    error => format!("{wanted}: {error}"),
                })
        }

        fn show(&self) -> String {
            match self {
                Self::Sqlite(path) => format!("sqlite://{}", path.display()),
                Self::Postgres(url) => {
                    let mut url = url.clone();
                    if url.password().is_some() {
                        // A URL that has a password has a host, so this cannot fail.
                        let _ = url.set_password(Some("hidden"));
                    }
                    let query = url.query().is_some_and(|query| query.contains("password"));
                    if query {
                        url.set_query(Some("hidden"));
                    }
                    url.to_string()
                }
            }
        }
    }
}
