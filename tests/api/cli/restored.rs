//! `restored`: a database that was restored from a backup.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::models::user::User;
use frontgate::schema::{admin_sessions, events, jobs, one_time_tokens, revocations, sessions};

use crate::support::process::{Finished, ServerProcess, cookie, run_on};
use crate::support::{
    Backend, PASSWORD, TestApp, TestDatabase, assert_answer, on_both_databases, rows, text,
};

const ADA: &str = "ada@example.com";

fn restored(database: &TestDatabase, arguments: &[&str]) -> Finished {
    run_on(database, &[&["restored"], arguments].concat(), "")
}

fn user_id(database: &TestDatabase, email: &str) -> i64 {
    let user = User::find_by_email(&mut database.connect(), email).unwrap();
    user.unwrap().id
}

/// The last key that each table has given out.
fn last_keys(database: &TestDatabase, backend: Backend) -> BTreeMap<String, i64> {
    let listed = match backend {
        Backend::Sqlite => "(SELECT group_concat(name || ' ' || seq, ';') FROM sqlite_sequence)",
        Backend::Postgres => {
            "(SELECT string_agg(replace(sequencename, '_id_seq', '') || ' ' || COALESCE(last_value, 0), ';') FROM pg_sequences)"
        }
    };
    let listed = text(&mut database.connect(), listed);
    let pairs = listed.split(';').filter_map(|pair| pair.split_once(' '));
    pairs
        .map(|(name, last)| (name.to_owned(), last.parse().unwrap()))
        .collect()
}

on_both_databases! {
    /// The whole story of the runbook: what came after the backup is gone, and nothing of it
    /// is taken for somebody else's.
    async fn a_restored_database_knows_nobody_from_after_the_backup(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let ada = server.create(ADA).await;
        server.kill();
        let backup = database.copy();
        let server = ServerProcess::start(&database, &[]);
        let lost = server.create("lost@example.com").await;
        // A generation that the backup does not know.
        for _ in 0..3 {
            let ended = run_on(&database, &["sessions", "revoke", "--user", "lost@example.com"], "");
            assert_eq!(ended.code, Some(0), "{ended}");
            server.log_in("lost@example.com", PASSWORD).await;
        }
        let later = server.log_in("lost@example.com", PASSWORD).await;
        let lost_id = user_id(&database, "lost@example.com");
        server.kill();

        let done = restored(&backup, &["--yes"]);
        assert_eq!(done.code, Some(0), "{done}");
        let server = ServerProcess::start(&backup, &[]);
        let newcomer = server.create("newcomer@example.com").await;
        assert_eq!(newcomer.status, 201);
        assert!(user_id(&backup, "newcomer@example.com") > lost_id + 900_000);
        for (who, answer) in [("ada", &ada), ("lost", &lost), ("lost, later", &later)] {
            let access = server.request(reqwest::Method::GET, "/api/v1/users/").bearer_auth(cookie(answer, "access"));
            assert_eq!(access.send().await.unwrap().status(), 401, "{who}");
            assert_eq!(server.refresh(&cookie(answer, "refresh")).await.unwrap().status, 401, "{who}");
        }
        assert_eq!(server.log_in(ADA, PASSWORD).await.status, 200);
        assert_eq!(server.log_in("lost@example.com", PASSWORD).await.status, 404);
    }

    /// The second restore knows nothing of the first.
    async fn tokens_from_between_two_restores_of_one_backup_are_refused(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        server.create(ADA).await;
        server.kill();
        let (first, second) = (database.copy(), database.copy());
        assert_eq!(restored(&first, &["--yes"]).code, Some(0));
        let server = ServerProcess::start(&first, &[]);
        let between = server.log_in(ADA, PASSWORD).await;
        assert_eq!(between.status, 200);
        server.kill();

        assert_eq!(restored(&second, &["--yes"]).code, Some(0));
        let server = ServerProcess::start(&second, &[]);
        let info = server.request(reqwest::Method::GET, "/api/v1/users/").bearer_auth(cookie(&between, "access"));
        assert_eq!(info.send().await.unwrap().status(), 401);
        assert_eq!(server.refresh(&cookie(&between, "refresh")).await.unwrap().status, 401);
        let now = server.log_in(ADA, PASSWORD).await;
        let info = server.request(reqwest::Method::GET, "/api/v1/users/").bearer_auth(cookie(&now, "access"));
        assert_eq!(info.send().await.unwrap().status(), 200);
    }

    async fn it_says_what_it_did_and_did_it(backend: Backend) {
        let app = TestApp::new(backend).await;
        let cookies = app.signed_up(ADA).await.cookies;
        rows::reset_link(&app, ADA);
        app.connect().batch_execute(
            "INSERT INTO admin_sessions (key_hash, user_id, created_at, last_seen_at, expires_at) VALUES \
             (CAST('x' AS BLOB_TYPE), 1, '2026-01-05 12:00:00', '2026-01-05 12:00:00', '2099-01-05 12:00:00'); \
             INSERT INTO jobs (kind, state, created_at, updated_at) VALUES \
             ('end_sessions', 'queued', '2026-01-05 12:00:00', '2026-01-05 12:00:00'), \
             ('end_sessions', 'running', '2026-01-05 12:00:00', '2026-01-05 12:00:00'), \
             ('end_sessions', 'done', '2026-01-05 12:00:00', '2026-01-05 12:00:00'); \
             INSERT INTO revocations (kind, subject, reason, revoked_at, until, transaction_id) VALUES \
             ('session', 'x', 'revoked', '2026-01-05 12:00:00', '2099-01-05 12:00:00', 4611686018427387904)"
                .replace("BLOB_TYPE", if backend == Backend::Sqlite { "BLOB" } else { "BYTEA" }).as_str()
        ).unwrap();
        let database = app.stop().await;
        let before = last_keys(&database, backend);
        let done = restored(&database, &["--yes"]);
        assert_answer!("restored", done);
        let after = last_keys(&database, backend);
        for (table, last) in &before {
            let gap = if table == "users" { 1_000_000 } else { 1_000_000_000 };
            assert!(after[table] >= last + gap, "{table}: {last}, then {}", after[table]);
        }
        assert!(after.len() >= 13, "every table, also one that never had a row: {after:?}");
        let connection = &mut database.connect();
        let working: i64 = one_time_tokens::table.filter(one_time_tokens::used_at.is_null()).count().get_result(connection).unwrap();
        let operators: i64 = admin_sessions::table.count().get_result(connection).unwrap();
        let live: i64 = sessions::table.filter(sessions::ended_at.is_null()).count().get_result(connection).unwrap();
        assert_eq!((working, operators, live), (0, 0, 0));
        let states: Vec<String> = jobs::table.order(jobs::id).select(jobs::state).load(connection).unwrap();
        assert_eq!(states, ["failed", "failed", "done"]);
        let foreign: i64 = revocations::table.filter(revocations::transaction_id.ge(4_611_686_018_427_387_904)).count().get_result(connection).unwrap();
        assert_eq!(foreign, 0);
        let noted: Vec<(Option<String>, String)> = events::table.filter(events::kind.eq("everything_revoked"))
            .select((events::reason, events::detail)).load(connection).unwrap();
        let [(reason, detail)] = noted.as_slice() else { panic!("{noted:?}") };
        let detail: serde_json::Value = serde_json::from_str(detail).unwrap();
        assert_eq!(reason.as_deref(), Some("restored"));
        assert!(detail["generation"].as_i64().unwrap() >= 1_000_000, "{detail}");

        let app = TestApp::on(database, TestApp::start_of_time() + TimeDelta::minutes(1), &[]).await;
        let mut old = app.browser();
        old.cookies = cookies;
        assert_eq!(old.info().await.status, 401);
        assert_eq!(app.browser().log_in(ADA, PASSWORD).await.status, 200);
    }

    async fn it_can_be_run_again_and_told_of_a_higher_number(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        for (arguments, above) in [(&["--yes"] as &[&str], "1000000"), (&["--yes"], "2000000"), (&["--yes", "--after-user", "5000007"], "6000007")] {
            let done = restored(&database, arguments);
            assert!(done.stdout.contains(&format!("numbers above {above}:")), "{done}");
        }
        for wrong in ["-1", "1000000000001", "x"] {
            assert_eq!(restored(&database, &["--yes", "--after-user", wrong]).code, Some(2), "{wrong}");
        }
    }

    async fn an_older_backup_is_migrated_first(backend: Backend) {
        let database = TestDatabase::empty(backend);
        if let Some(path) = database.url.strip_prefix("sqlite://") {
            std::fs::write(path, "").unwrap();
        }
        let done = restored(&database, &["--yes"]);
        assert_eq!(done.code, Some(0), "{done}");
        assert!(done.stdout.starts_with("Applied "), "{done}");
    }

    async fn it_asks_before_it_ends_everybody(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        let ada = server.create(ADA).await;
        assert_answer!("restored_unconfirmed", restored(&database, &[]));
        assert_eq!(server.refresh(&cookie(&ada, "refresh")).await.unwrap().status, 200);
    }
}

#[test]
fn a_missing_file_is_not_made() {
    let folder = tempfile::TempDir::new().unwrap();
    let environment = [("DATABASE_URL", "sqlite://nothing.sqlite3")];
    let mut command =
        crate::support::process::frontgate(folder.path(), &["restored", "--yes"], &environment);
    let done = Finished::of(&mut command);
    assert_eq!(done.code, Some(1), "{done}");
    assert!(done.stderr.contains("there is no database at"), "{done}");
    assert!(!folder.path().join("nothing.sqlite3").exists());
}
