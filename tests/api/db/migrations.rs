//! Migrations.

use std::path::Path;

use diesel::connection::SimpleConnection;

use crate::support::process::{Finished, ServerProcess, run_on};
use crate::support::{Backend, TestDatabase, assert_answer, on_both_databases, text};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");

fn names(backend: &str) -> Vec<String> {
    let entries = std::fs::read_dir(Path::new(FOLDER).join(backend)).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The tables that a database has, in alphabetical order.
fn tables(database: &TestDatabase, backend: Backend) -> String {
    let expression = match backend {
        Backend::Sqlite => {
            "(SELECT coalesce(group_concat(name, ' '), '') FROM (SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name))"
        }
        Backend::Postgres => {
            "(SELECT coalesce(string_agg(tablename, ' ' ORDER BY tablename), '') FROM pg_tables WHERE schemaname = 'public')"
        }
    };
    text(&mut database.connect(), expression)
}

#[test]
fn both_backends_have_migrations_of_the_same_names() {
    let sqlite = names("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("postgres"));
}

#[test]
fn three_nodes_start_at_once_on_one_empty_postgresql() {
    let database = TestDatabase::empty(Backend::Postgres);
    assert_eq!(tables(&database, Backend::Postgres), "");
    let ran: usize = std::thread::scope(|scope| {
        let starts = [(); 3].map(|()| {
            scope.spawn(|| {
                let server = ServerProcess::start(&database, &[("FRONTGATE_WORKERS", "1")]);
                let migrated = |line: &&String| line.contains("the database was migrated");
                server.greeting.iter().filter(migrated).count()
            })
        });
        starts.map(|start| start.join().unwrap()).iter().sum()
    });
    assert_eq!(ran, names("postgres").len(), "one node ran each migration");
}

/// Makes a role that may do with rows what it wants, and with tables nothing; returns its URL.
pub(super) fn with_a_role_for_rows(database: &TestDatabase) -> String {
    let role = format!("role_of_{}", name_of(database));
    database.administer(&format!("CREATE ROLE {role} LOGIN"));
    database
        .connect()
        .batch_execute(&format!(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC;
             GRANT USAGE ON SCHEMA public TO {role};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};"
        ))
        .unwrap();
    let mut url = url::Url::parse(&database.url).unwrap();
    let host = url.query_pairs().find(|(name, _)| name == "host").unwrap();
    let query = format!("user={role}&host={}", host.1);
    url.set_query(Some(&query));
    url.into()
}

fn name_of(database: &TestDatabase) -> String {
    let url = url::Url::parse(&database.url).unwrap();
    url.path().trim_start_matches('/').to_owned()
}

/// Takes the role away again.
pub(super) fn without_the_role(database: &TestDatabase) {
    let role = format!("role_of_{}", name_of(database));
    database
        .connect()
        .batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .unwrap();
}

#[test]
fn a_role_that_may_only_read_and_write_rows_serves_and_runs_every_command() {
    let mut database = TestDatabase::migrated(Backend::Postgres);
    let owner = database.url.clone();
    database.url = with_a_role_for_rows(&database);
    let server = ServerProcess::start(&database, &[]);
    for (arguments, input) in [
        (&["migrate"] as &[&str], ""),
        (
            &[
                "createsuperuser",
                "--email",
                "ada@example.com",
                "--password-stdin",
            ],
            "correct horse battery\n",
        ),
        (
            &[
                "changepassword",
                "--email",
                "ada@example.com",
                "--password-stdin",
            ],
            "staple horse battery\n",
        ),
        (&["sessions", "list"], ""),
        (&["sessions", "revoke", "--user", "ada@example.com"], ""),
        (&["sessions", "revoke", "--all", "--yes"], ""),
        (&["sessions", "revoke", "--user-agent", "x", "--yes"], ""),
        (&["reset-link", "--email", "ada@example.com"], ""),
        (&["users", "list"], ""),
        (&["flushexpiredtokens"], ""),
    ] {
        let ended: Finished = run_on(&database, arguments, input);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended}");
    }
    drop(server);
    database.url = owner;
    without_the_role(&database);
}

#[test]
fn a_pending_migration_that_the_role_may_not_run_is_named() {
    let mut database = TestDatabase::migrated(Backend::Postgres);
    let newest = names("postgres").pop().unwrap();
    let version: String = newest
        .chars()
        .take(17)
        .filter(char::is_ascii_digit)
        .collect();
    let owner = database.url.clone();
    database
        .connect()
        .batch_execute(&format!(
            "DELETE FROM __diesel_schema_migrations WHERE version = '{version}'"
        ))
        .unwrap();
    database.url = with_a_role_for_rows(&database);
    for arguments in [&["serve"] as &[&str], &["migrate"]] {
        let ended: Finished = run_on(&database, arguments, "");
        assert_eq!(ended.code, Some(1), "{ended}");
        let expected = format!("the migrations {newest} are pending, and the role role_of_");
        assert!(ended.stderr.contains(&expected), "{ended}");
        assert!(
            ended.stderr.contains("run `frontgate migrate` once"),
            "{ended}"
        );
    }
    database.url = owner;
    without_the_role(&database);
}

on_both_databases! {
    async fn migrating_twice_changes_nothing_the_second_time(backend: Backend) {
        let database = TestDatabase::empty(backend);
        let first = run_on(&database, &["migrate"], "");
        assert_eq!(first.code, Some(0), "{first}");
        assert_eq!(first.stdout.lines().count(), names("sqlite").len());
        assert!(first.stdout.starts_with("Applied 2026"), "{first}");
        let second = run_on(&database, &["migrate"], "");
        assert_eq!(second.to_string(), "exit code 0\n\nThe database is up to date.\n");
    }

    async fn down_reverts_what_up_made(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        assert!(tables(&database, backend).contains("outstanding_tokens"));
        let folder = match backend { Backend::Sqlite => "sqlite", Backend::Postgres => "postgres" };
        let mut connection = database.connect();
        for name in names(folder).iter().rev() {
            let down = Path::new(FOLDER).join(folder).join(name).join("down.sql");
            connection.batch_execute(&std::fs::read_to_string(down).unwrap()).unwrap();
        }
        assert_eq!(tables(&database, backend), "__diesel_schema_migrations");
    }

    async fn a_database_of_a_newer_version_is_refused_and_left_as_it_is(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        database
            .connect()
            .batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')")
            .unwrap();
        let state = || (tables(&database, backend), text(&mut database.connect(), "(SELECT CAST(count(*) AS TEXT) || (SELECT CAST(count(*) AS TEXT) FROM users) FROM __diesel_schema_migrations)"));
        let before = state();
        for arguments in [
            &["serve"] as &[&str],
            &["migrate"],
            &["createsuperuser", "--email", "ada@example.com", "--password-stdin"],
            &["changepassword", "--email", "ada@example.com", "--password-stdin"],
            &["flushexpiredtokens"],
        ] {
            let ended: Finished = run_on(&database, arguments, "correct horse battery\n");
            assert_answer!("migrate_newer", ended);
        }
        assert_eq!(state(), before);
    }

    async fn a_command_refuses_a_database_that_was_not_migrated(backend: Backend) {
        let database = TestDatabase::empty(backend);
        if backend == Backend::Sqlite {
            drop(database.connect());
        }
        let ended = run_on(&database, &["flushexpiredtokens"], "");
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr.starts_with("frontgate: the database lacks the migrations 2026"), "{ended}");
        assert!(ended.stderr.ends_with(": run `frontgate migrate`\n"), "{ended}");
    }
}
