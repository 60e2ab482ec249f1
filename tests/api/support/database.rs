//! A database of its own for each test.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use frontgate::config::DatabaseUrl;
use frontgate::config::values::Value;
use frontgate::db::{self, AnyConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// Names the private PostgreSQL that `scripts/test` has started.
const SERVER: &str = "FRONTGATE_TEST_POSTGRES";
/// Any number will do; it keeps two tests from making the template at once.
const TEMPLATE_LOCK: i64 = 77;

/// On which database a test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A migrated, empty database that goes away with the test, and a folder beside it.
pub struct TestDatabase {
    pub url: String,
    pub folder: TempDir,
    name: Option<String>,
}

impl TestDatabase {
    pub fn new(backend: Backend) -> Self {
        let folder = TempDir::new().unwrap();
        match backend {
            Backend::Sqlite => Self {
                url: format!("sqlite://{}", folder.path().join("test.sqlite3").display()),
                folder,
                name: None,
            },
            Backend::Postgres => {
                let name = new_name();
                let template = template();
                administer(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
                Self {
                    url: url_of(&name),
                    folder,
                    name: Some(name),
                }
            }
        }
    }

    /// A database without tables: on PostgreSQL one that nothing has migrated yet, on
    /// SQLite no file at all.
    pub fn empty(backend: Backend) -> Self {
        if backend == Backend::Sqlite {
            return Self::new(backend);
        }
        let name = new_name();
        administer(&format!("CREATE DATABASE {name} TEMPLATE template0"));
        Self {
            url: url_of(&name),
            folder: TempDir::new().unwrap(),
            name: Some(name),
        }
    }

    /// A database with tables and without rows, whichever backend.
    pub fn migrated(backend: Backend) -> Self {
        let database = Self::new(backend);
        db::migrate(&mut database.connect()).unwrap();
        database
    }

    /// A backup: another database with the rows that this one has now.
    pub fn copy(&self) -> Self {
        let Some(original) = &self.name else {
            let copy = Self::new(Backend::Sqlite);
            let path = copy.url.strip_prefix("sqlite://").unwrap();
            self.connect()
                .batch_execute(&format!("VACUUM INTO '{path}'"))
                .unwrap();
            return copy;
        };
        let name = new_name();
        // A template must have no connections.
        self.allow_connections(false);
        administer(&format!("CREATE DATABASE {name} TEMPLATE {original}"));
        self.allow_connections(true);
        Self {
            url: url_of(&name),
            folder: TempDir::new().unwrap(),
            name: Some(name),
        }
    }

    /// PostgreSQL: runs a statement about this database, whose name stands for `{}`, on a
    /// connection that is not to it.
    pub fn administer(&self, statement: &str) {
        administer(&statement.replace("{}", self.name.as_deref().unwrap()));
    }

    /// PostgreSQL: sends everybody away and lets nobody in, or lets them in again.
    pub fn allow_connections(&self, allow: bool) {
        self.administer(&format!("ALTER DATABASE {{}} ALLOW_CONNECTIONS {allow}"));
        if !allow {
            self.administer(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            );
        }
    }

    /// A connection beside the server's, as the command line has one.
    pub fn connect(&self) -> AnyConnection {
        let url = DatabaseUrl::parse(&self.url).unwrap();
        db::connect(&url, Duration::from_secs(5)).unwrap()
    }
}

/// A name that no other test has.
#[expect(
    clippy::disallowed_methods,
    reason = "the name of a test's database is no identity"
)]
fn new_name() -> String {
    format!("test_{}", Uuid::new_v4().simple())
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The one text that an SQL expression gives.
pub fn text(connection: &mut AnyConnection, expression: &str) -> String {
    diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(expression))
        .get_result(connection)
        .unwrap()
}

/// The migrated database that the others are copied from, made by the first test that
/// needs it; its name says which migrations it has.
fn template() -> String {
    let migrations =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres")).unwrap();
    let count = migrations.count();
    let age = std::fs::metadata(std::env::current_exe().unwrap())
        .unwrap()
        .len();
    let name = format!("template_{count}_{age}");
    let mut server = server();
    server
        .batch_execute(&format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"))
        .unwrap();
    let known: Option<i32> = diesel::select(diesel::dsl::sql::<
        diesel::sql_types::Nullable<diesel::sql_types::Integer>,
    >(&format!(
        "(SELECT 1 FROM pg_database WHERE datname = '{name}')"
    )))
    .get_result(&mut server)
    .unwrap();
    if known.is_none() {
        let making = format!("{name}_making");
        server
            .batch_execute(&format!("DROP DATABASE IF EXISTS {making}"))
            .unwrap();
        server
            .batch_execute(&format!("CREATE DATABASE {making}"))
            .unwrap();
        let url = DatabaseUrl::parse(&url_of(&making)).unwrap();
        let mut connection = db::connect(&url, Duration::from_secs(5)).unwrap();
        db::migrate(&mut connection).unwrap();
        drop(connection);
        server
            .batch_execute(&format!("ALTER DATABASE {making} RENAME TO {name}"))
            .unwrap();
    }
    server
        .batch_execute(&format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})"))
        .unwrap();
    name
}

fn administer(statement: &str) {
    server().batch_execute(statement).unwrap();
}

fn server() -> PgConnection {
    PgConnection::establish(&url_of("postgres")).unwrap()
}

fn url_of(database: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the test's server is, is no setting"
    )]
    let server = std::env::var(SERVER);
    let server = server.unwrap_or_else(|_| {
        panic!(
            "{SERVER} is not set: run scripts/test, which starts a private PostgreSQL and sets it"
        )
    });
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(database);
    url.to_string()
}
