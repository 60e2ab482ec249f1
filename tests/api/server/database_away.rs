//! A database that goes away while the server runs: 503, and never a guess.

use diesel::connection::SimpleConnection;

use crate::support::{Backend, TestApp, assert_answer};

#[test]
fn without_its_postgresql_the_server_answers_503_and_recovers_by_itself() {
    crate::support::run(async {
        let app = TestApp::with(Backend::Postgres, &[("database_timeout", "1s")]).await;
        let mut ada = app.signed_up("ada@example.com").await;
        let before = ada.refresh_token().to_owned();
        app.database.allow_connections(false);

        let answer = ada.refresh().await;
        assert_answer!("database_away_503", answer);
        let answer = app.browser().log_in("ada@example.com", "wrong").await;
        assert_answer!("database_away_503", answer);
        let answer = ada.log_out().await;
        assert_answer!("database_away_503", answer);
        let answer = app.get("/health/ready").await;
        assert_answer!("health_not_ready_503", answer);
        assert_eq!(ada.info().await.status, 200, "a token needs no database");
        assert_eq!(app.get("/health/live").await.status, 200);

        app.database.allow_connections(true);
        assert_eq!(ada.refresh_token(), before);
        assert_eq!(app.get("/health/ready").await.status, 200);
        assert_eq!(ada.refresh().await.status, 200);
        assert_ne!(ada.refresh_token(), before);
        assert_eq!(ada.log_out().await.status, 200);
    });
}

/// A file does not go away, but another process may keep it locked.
#[test]
fn while_its_sqlite_file_is_locked_the_server_answers_503_and_recovers_by_itself() {
    crate::support::run(async {
        let app = TestApp::with(Backend::Sqlite, &[("database_timeout", "50ms")]).await;
        let mut ada = app.signed_up("ada@example.com").await;
        let before = ada.refresh_token().to_owned();
        let mut other = app.connect();
        other.batch_execute("BEGIN IMMEDIATE").unwrap();

        let answer = ada.refresh().await;
        assert_answer!("database_away_503", answer);
        let answer = ada.log_out().await;
        assert_answer!("database_away_503", answer);
        assert_eq!(ada.info().await.status, 200, "a token needs no database");

        other.batch_execute("ROLLBACK").unwrap();
        assert_eq!(ada.refresh_token(), before);
        assert_eq!(ada.refresh().await.status, 200);
        assert_eq!(ada.log_out().await.status, 200);
    });
}
