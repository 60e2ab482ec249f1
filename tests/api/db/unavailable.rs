//! What is put off with 503, and what is a bug, whatever language the database speaks.

use diesel::connection::SimpleConnection;
use frontgate::db::is_unavailable;

use crate::support::{Backend, TestApp, TestDatabase, assert_answer};

/// SQLSTATE of errors that go away (PostgreSQL, appendix A): connections, resources, operators,
/// time-outs, locks, disks, rights.
const PUT_OFF: [&str; 22] = [
    "08006", "25006", "25P03", "25P04", "40001", "40P01", "42501", "53000", "53100", "53200",
    "53300", "53400", "54000", "55006", "55P03", "57014", "57P01", "57P02", "57P03", "57P05",
    "58000", "58030",
];

/// Those of a bug that does not point into the statement.
const BUGS: [&str; 6] = ["23001", "23502", "23503", "23505", "23514", "23P01"];

#[test]
fn postgresql_errors_are_told_apart_without_reading_their_words() {
    let database = TestDatabase::migrated(Backend::Postgres);
    let mut connection = database.connect();
    let mut raise = |code: &str| {
        let raise =
            format!("DO $$ BEGIN RAISE EXCEPTION 'ein Satz' USING ERRCODE = '{code}'; END $$");
        connection.batch_execute(&raise).unwrap_err()
    };
    for code in PUT_OFF {
        assert!(is_unavailable(&raise(code)), "{code}");
    }
    for code in BUGS {
        assert!(!is_unavailable(&raise(code)), "{code}");
    }
}

#[test]
fn a_statement_that_is_wrong_is_a_bug_on_either_database() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = TestDatabase::migrated(backend);
        let mut connection = database.connect();
        for wrong in [
            "SELEC 1",
            "SELECT (1",
            "SELECT nothing FROM users",
            "SELECT 1 FROM nothing",
            "SELECT nothing(1)",
            "INSERT INTO users (nothing) VALUES (1)",
            "SELECT id FROM users, sessions",
        ] {
            let error = connection.batch_execute(wrong).unwrap_err();
            assert!(!is_unavailable(&error), "{backend:?}: {wrong}: {error}");
        }
    }
}

#[test]
fn a_lock_that_is_not_had_in_time_is_put_off_in_german_too() {
    crate::support::run(async {
        let app = TestApp::with(Backend::Postgres, &[("database_timeout", "300ms")]).await;
        let mut ada = app.signed_up("ada@example.com").await;
        app.database
            .administer("ALTER DATABASE {} SET lc_messages = 'de_DE.UTF-8'");
        app.database.allow_connections(false);
        app.database.allow_connections(true);
        let mut other = app.connect();
        let german = other.batch_execute("SELEC 1").unwrap_err().to_string();
        assert!(
            german.contains("Syntaxfehler"),
            "scripts/install-tools makes the locale: {german}"
        );
        other
            .batch_execute("BEGIN; SELECT id FROM sessions FOR UPDATE")
            .unwrap();
        let answer = ada.refresh().await;
        assert_answer!("database_away_503", answer);
        other.batch_execute("ROLLBACK").unwrap();
        assert_eq!(ada.refresh().await.status, 200);
    });
}
