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
