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
        /// How long to wait for a connection, a lock or a statement before answering 503. On
        /// PostgreSQL whatever has no answer after a quarter longer (at least 0.25 s), COMMIT
        /// too, is given up with its connection.
        database_timeout: Lifetime = "5s",
        /// How often rows that have expired are removed in the background.
        purge_interval: Lifetime = "10m",
        /// How long the audit log keeps an event.
        event_retention: Lifetime = "90d",
    }
}

pub use url::{DatabaseUrl, hide_secrets};

mod url {
    use std::fmt;
    use std::path::{Path, PathBuf};

    use crate::config::postgres_url;
    use crate::config::sqlite_url;
    use crate::config::values::Value;
    use crate::visible::visible;

    /// The address of a database; its scheme chooses the backend.
    #[derive(Clone, PartialEq, Eq)]
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

    /// As it is shown: a log must not hold the password either.
    impl fmt::Debug for DatabaseUrl {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.show())
        }
    }

    impl Value for DatabaseUrl {
        fn parse(text: &str) -> Result<Self, String> {
            let wanted = "write sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE";
            if let Some(path) = text.strip_prefix("sqlite://") {
                return sqlite_url::path(path).map(Self::Sqlite).map_err(|refusal| {
                    match refusal.right {
                        Some(right) => format!("{}: write {right}", refusal.why),
                        None => format!("{wanted}: {}", refusal.why),
                    }
                });
            }
            if !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
                return Err(wanted.to_owned());
            }
            postgres_url::parse(text).map(Self::Postgres)
        }

        fn show(&self) -> String {
            match self {
                Self::Sqlite(path) => format!("sqlite://{}", path.display()),
                Self::Postgres(url) => without_secrets(url).to_string(),
            }
        }

        /// What cannot be read cannot be told apart either: only the scheme is shown.
        fn show_unread(text: &str) -> String {
            match text.split_once(':') {
                Some(("sqlite", _)) => visible(text),
                Some((scheme, _)) => format!("{scheme}:…"),
                None => "…".to_owned(),
            }
        }
    }

    /// The URL with every password in it replaced, wherever libpq would look for one.
    fn without_secrets(url: &::url::Url) -> ::url::Url {
        let mut shown = url.clone();
        if shown.password().is_some() {
            // A URL that has a password has a host, so this cannot fail.
            let _ = shown.set_password(Some("hidden"));
        }
        if let Some(query) = url.query() {
            // As it was written, so that lists of hosts stay readable.
            let pairs = query.split('&').map(|pair| {
                let secret = ::url::form_urlencoded::parse(pair.as_bytes())
                    .any(|(key, _)| postgres_url::is_secret(&key));
                match pair.split_once('=') {
                    Some((key, _)) if secret => format!("{key}=hidden"),
                    _ => pair.to_owned(),
                }
            });
            shown.set_query(Some(&pairs.collect::<Vec<_>>().join("&")));
        }
        shown.set_fragment(None);
        shown
    }

    /// A message about the connection, with every password of the URL taken out: libpq
    /// quotes what it cannot read.
    #[must_use]
    pub fn hide_secrets(url: &::url::Url, message: &str) -> String {
        let query = url.query().unwrap_or_default();
        let raw = query.split('&').filter_map(|pair| pair.split_once('='));
        let raw = raw.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let in_query = raw
            .chain(url.query_pairs().into_owned())
            .filter(|(key, value)| postgres_url::is_secret(key) && !value.is_empty());
        let mut message = message.to_owned();
        if let Some(password) = url.password() {
            message = message.replace(password, "hidden");
        }
        for (_, value) in in_query {
            message = message.replace(&value, "hidden");
        }
        message
    }
}
