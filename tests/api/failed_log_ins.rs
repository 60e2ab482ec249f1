//! Failed log-ins in the audit log: counted in memory, bounded, written together.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::failed_log_ins::{Counts, FailedLogIns, Failure, MOST};
use frontgate::schema::{events, users};
use frontgate::sessions::Client;
use frontgate::write_behind::Buffer;
use reqwest::Method;
use serde_json::json;

use crate::support::process::ServerProcess;
use crate::support::{
    Answer, Backend, PASSWORD, TestApp, TestDatabase, USERS, assert_answer, on_both_databases, rows,
};

type Written = (Option<i64>, Option<String>, Option<String>, String);

/// The events of failed log-ins: whom, from where, why, how many.
fn written(app: &TestApp) -> Vec<Written> {
    events::table
        .filter(events::kind.eq("log_in_failed"))
        .order((events::user_id, events::ip, events::reason, events::id))
        .select((events::user_id, events::ip, events::reason, events::detail))
        .load(&mut app.connect())
        .unwrap()
}

async fn flush(app: &TestApp) -> Result<(), frontgate::db::DatabaseError> {
    let state = &app.state;
    let flushed = state
        .failed_log_ins
        .flush(&state.database, state.now())
        .await;
    flushed.map(|_| ())
}

/// A log-in through a proxy that tells the client's address.
async fn log_in(app: &TestApp, ip: &str, email: &str, password: &str) -> u16 {
    let request = app
        .request(Method::POST, &format!("{USERS}/login/"))
        .header("X-Forwarded-For", ip)
        .header("User-Agent", format!("agent of {ip}"))
        .json(&json!({ "email": email, "password": password }));
    Answer::of(request).await.status
}

const BEHIND_A_PROXY: [(&str, &str); 1] = [("trusted_proxies", "127.0.0.1")];

on_both_databases! {
    async fn there_is_one_event_for_each_user_and_address_and_one_for_all_unknown_addresses(backend: Backend) {
        let app = TestApp::with(backend, &BEHIND_A_PROXY).await;
        app.signed_up("ada@example.com").await;
        app.signed_up("off@example.com").await;
        rows::deactivate(&app, "off@example.com");
        let before = rows::counts(&app);
        for (ip, email, password) in [
            ("203.0.113.7", "ada@example.com", "guess one of ada's"),
            ("203.0.113.7", "ADA@example.com", "guess two of ada's"),
            ("203.0.113.8", "ada@example.com", "guess three"),
            ("203.0.113.7", "my password, typed here", "guess four"),
            ("203.0.113.8", "nobody@example.com", PASSWORD),
            ("203.0.113.8", "off@example.com", PASSWORD),
            ("203.0.113.8", "off@example.com", "guess five"),
        ] {
            assert_eq!(log_in(&app, ip, email, password).await, 404);
        }
        assert_eq!(rows::counts(&app), before, "a failed log-in costs no write");
        app.advance(TimeDelta::milliseconds(1400));
        flush(&app).await.unwrap();

        let shown: Vec<_> = events::table
            .filter(events::kind.eq("log_in_failed"))
            .left_join(users::table.on(users::id.nullable().eq(events::user_id)))
            .order((users::email, events::ip, events::reason))
            .select((users::email.nullable(), events::ip, events::user_agent, events::reason, events::detail))
            .load::<(Option<String>, Option<String>, Option<String>, Option<String>, String)>(&mut app.connect())
            .unwrap();
        let mut shown: Vec<_> = shown.iter().map(|row| format!("{row:?}")).collect();
        // The databases disagree where nothing comes in an order.
        shown.sort();
        assert_answer!("failed_log_ins", shown.join("\n"));
    }

    async fn with_nothing_counted_no_statement_is_sent(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        app.browser().log_in("ada@example.com", "a wrong password").await;
        flush(&app).await.unwrap();
        let (statements, before) = (app.state.database.statements(), rows::counts(&app));
        for _ in 0..3 {
            app.advance(TimeDelta::seconds(1));
            flush(&app).await.unwrap();
        }
        assert_eq!(app.state.database.statements(), statements);
        assert_eq!(rows::counts(&app), before);
    }

    async fn tokens_that_do_not_verify_and_log_ins_without_a_password_write_nothing(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up("ada@example.com").await;
        let before = rows::counts(&app);
        let mut forger = ada.clone();
        for (name, token) in ada.cookies.clone() {
            let (signed, _) = token.rsplit_once('.').unwrap();
            forger.cookies.insert(name, format!("{signed}.AAAA"));
        }
        for answer in [forger.info().await, forger.clone().refresh().await, forger.clone().log_out().await] {
            assert_eq!(answer.status, 401, "{answer}");
        }
        for body in [json!({ "email": "ada@example.com" }), json!({ "password": PASSWORD }), json!({ "email": "", "password": "x" })] {
            assert_eq!(app.post(&format!("{USERS}/login/"), body).await.status, 404);
        }
        flush(&app).await.unwrap();
        assert_eq!(rows::counts(&app), before);
    }

    /// Somebody who came by a session may guess at the password there.
    async fn a_wrong_password_beside_a_session_counts_as_well(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up("ada@example.com").await;
        let id = rows::user(&app, "ada@example.com").id;
        let wrong = json!({ "old_password": "a guess", "new_password": "a staple of another day" });
        assert_eq!(ada.post("/password/", wrong).await.status, 400);
        let guess = json!({ "email": "grace@example.com", "password": "another guess" });
        let profile = app.request(Method::PATCH, &format!("{USERS}/profile/")).json(&guess);
        assert_eq!(ada.send(profile).await.status, 400);
        let account = app.request(Method::DELETE, &format!("{USERS}/")).json(&json!({ "password": "a third guess" }));
        assert_eq!(ada.send(account).await.status, 400);
        let right = json!({ "old_password": PASSWORD, "new_password": "a staple of another day" });
        assert_eq!(ada.post("/password/", right).await.status, 200);
        flush(&app).await.unwrap();
        let wanted = (Some(id), Some("127.0.0.1".to_owned()), Some("wrong_password".to_owned()), r#"{"count":3,"seconds":1}"#.to_owned());
        assert_eq!(written(&app), [wanted]);
    }

    async fn what_cannot_be_written_is_kept_and_written_with_the_next(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "200ms")]).await;
        app.signed_up("ada@example.com").await;
        let id = rows::user(&app, "ada@example.com").id;
        let count = || app.state.failed_log_ins.count(|counts| counts.count(Failure::WrongPassword(id), &Client::default(), app.clock.now()));
        count();
        count();
        let mut other = app.connect();
        other.batch_execute(match backend {
            Backend::Sqlite => "BEGIN IMMEDIATE",
            Backend::Postgres => "BEGIN; LOCK TABLE events",
        }).unwrap();
        for _ in 0..2 {
            assert!(flush(&app).await.is_err());
        }
        app.advance(TimeDelta::seconds(5));
        count();
        other.batch_execute("ROLLBACK").unwrap();
        assert_eq!(written(&app), []);
        flush(&app).await.unwrap();
        let wanted = (Some(id), None, Some("wrong_password".to_owned()), r#"{"count":3,"seconds":5}"#.to_owned());
        assert_eq!(written(&app), [wanted]);
    }

    /// More than one statement can carry, in one transaction.
    async fn what_is_too_much_to_be_counted_apart_is_one_number(backend: Backend) {
        let app = TestApp::new(backend).await;
        let log = FailedLogIns::default();
        let now = app.clock.now();
        let count = |failure| log.count(|counts| counts.count(failure, &Client::default(), now));
        for user_id in 0..i64::try_from(MOST).unwrap() + 3 {
            count(Failure::WrongPassword(user_id));
        }
        count(Failure::WrongPassword(0));
        count(Failure::UnknownAddress);
        let statements = app.state.database.statements();
        log.flush(&app.state.database, now).await.unwrap();
        assert!(app.state.database.statements() - statements < 20);
        let written = written(&app);
        assert_eq!(written.len(), MOST + 2);
        let of = |user_id, reason: &str| written.iter().filter(|row| row.0 == user_id && row.2.as_deref() == Some(reason)).map(|row| row.3.as_str()).collect::<Vec<_>>();
        assert_eq!(of(Some(0), "wrong_password"), [r#"{"count":2,"seconds":1}"#]);
        assert_eq!(of(Some(9999), "wrong_password"), [r#"{"count":1,"seconds":1}"#]);
        assert_eq!(of(None, "too_many"), [r#"{"count":3,"seconds":1}"#]);
        assert_eq!(of(None, "unknown_address"), [r#"{"count":1,"seconds":1}"#]);
    }

    async fn a_server_that_is_told_to_stop_writes_what_it_has_counted(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        server.create("ada@example.com").await;
        for _ in 0..3 {
            assert_eq!(server.log_in("ada@example.com", "a wrong password").await.status, 404);
        }
        server.terminate();
        assert_eq!(server.exit_code(), Some(0));
        let details: Vec<String> = events::table
            .filter(events::kind.eq("log_in_failed"))
            .select(events::detail)
            .load(&mut database.connect())
            .unwrap();
        let count = |detail: &String| serde_json::from_str::<serde_json::Value>(detail).unwrap()["count"].as_i64().unwrap();
        assert_eq!(details.iter().map(count).sum::<i64>(), 3, "{details:?}");
    }
}

#[test]
fn what_is_kept_for_a_retry_is_bounded_too() {
    let (client, now) = (Client::default(), TestApp::start_of_time());
    let (mut kept, mut newer) = (Counts::default(), Counts::default());
    let most = i64::try_from(MOST).unwrap();
    for user_id in 0..most {
        kept.count(Failure::WrongPassword(user_id), &client, now);
        newer.count(Failure::WrongPassword(user_id + most), &client, now);
    }
    let mut expected = kept.clone();
    for user_id in 0..most {
        expected.count(Failure::WrongPassword(user_id + most), &client, now);
    }
    kept.absorb(&newer);
    assert_eq!(kept, expected);
    assert!(!kept.is_empty() && Counts::default().is_empty());
}
