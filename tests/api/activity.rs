//! What is counted for the overview: at the commit, in memory, written together.

mod series;

use std::fmt::Write;

use chrono::{NaiveDateTime, TimeDelta};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::activity::{Counts, MOST_MINUTES};
use frontgate::clock::Moment;
use frontgate::models::activity::{Kind, Tally};
use frontgate::purge::purge_all;
use frontgate::schema::activity;
use frontgate::write_behind::Buffer;
use serde_json::json;

use crate::support::process::{ServerProcess, run_on};
use crate::support::{
    Backend, PASSWORD, TestApp, TestDatabase, assert_answer, on_both_databases, rows, text,
};

const EMAIL: &str = "ada@example.com";

/// Every row, in an order.
fn written(database: &TestDatabase) -> Vec<(String, NaiveDateTime, String, i64)> {
    activity::table
        .order((activity::resolution, activity::starts_at, activity::kind))
        .select((
            activity::resolution,
            activity::starts_at,
            activity::kind,
            activity::count,
        ))
        .load(&mut database.connect())
        .unwrap()
}

/// The same as lines.
fn shown(database: &TestDatabase) -> String {
    let mut lines = String::new();
    for (resolution, starts_at, kind, count) in written(database) {
        writeln!(lines, "{resolution} {starts_at} {kind} {count}").unwrap();
    }
    lines
}

async fn flush(app: &TestApp) -> Result<(), frontgate::db::DatabaseError> {
    let state = &app.state;
    let flushed = state.activity.flush(&state.database, state.now()).await;
    flushed.map(|_| ())
}

fn once(kind: Kind) -> Tally {
    let mut tally = Tally::default();
    tally.add(kind, 1);
    tally
}

on_both_databases! {
    async fn each_thing_that_happens_is_counted_in_its_minute_and_its_hour(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        let mut tab = ada.clone();
        assert_eq!(ada.refresh().await.status, 200);
        assert_eq!(tab.clone().refresh().await.status, 200);
        app.browser().log_in(EMAIL, "a wrong password").await;
        app.browser().log_in("nobody@example.com", PASSWORD).await;
        app.advance(TimeDelta::seconds(61));
        assert_eq!(tab.refresh().await.status, 401, "reuse");
        let mut phone = app.browser();
        phone.log_in(EMAIL, PASSWORD).await;
        // Replaces its own session.
        phone.log_in(EMAIL, PASSWORD).await;
        assert_eq!(phone.clone().log_out().await.status, 200);
        // Changes nothing any more.
        assert_eq!(phone.log_out().await.status, 401);
        assert_eq!(written(&app.database), [], "a request writes nothing of this");
        flush(&app).await.unwrap();
        assert_answer!("activity", shown(&app.database));
    }

    async fn ends_of_many_sessions_are_counted_one_by_one(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        rows::open_sessions(&app, &ada, 12);
        assert_eq!(ada.post("/logout/others/", json!({})).await.body, r#"{"ended":12}"#);
        let body = json!({ "old_password": PASSWORD, "new_password": "another horse battery" });
        assert_eq!(ada.post("/password/", body).await.status, 200);
        flush(&app).await.unwrap();
        let minutes: Vec<_> = written(&app.database).into_iter().filter(|row| row.0 == "minute").map(|row| (row.2, row.3)).collect();
        let wanted = [("logged_in", 1), ("session_ended", 13), ("signed_up", 1)];
        assert_eq!(minutes, wanted.map(|(kind, count)| (kind.to_owned(), count)));
    }

    async fn what_is_written_twice_is_added_up(backend: Backend) {
        let app = TestApp::new(backend).await;
        let now = app.clock.now();
        for _ in 0..3 {
            app.state.activity.count(|counts| counts.count(&once(Kind::Refreshed), now));
            flush(&app).await.unwrap();
        }
        let start = now.naive_utc();
        let row = |resolution: &str| (resolution.to_owned(), start, "refreshed".to_owned(), 3);
        assert_eq!(written(&app.database), [row("hour"), row("minute")]);
    }

    async fn with_nothing_counted_no_statement_is_sent(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up(EMAIL).await;
        flush(&app).await.unwrap();
        let before = app.state.database.statements();
        assert_eq!(ada.clone().info().await.status, 200);
        for _ in 0..3 {
            app.advance(TimeDelta::minutes(1));
            flush(&app).await.unwrap();
        }
        assert_eq!(app.state.database.statements(), before);
    }

    async fn what_cannot_be_written_is_kept_in_its_minute(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "200ms")]).await;
        let now = app.clock.now();
        let count = |now| app.state.activity.count(|counts| counts.count(&once(Kind::LogInFailed), now));
        count(now);
        let mut other = app.connect();
        other.batch_execute(match backend {
            Backend::Sqlite => "BEGIN IMMEDIATE",
            Backend::Postgres => "BEGIN; LOCK TABLE activity",
        }).unwrap();
        for _ in 0..2 {
            assert!(flush(&app).await.is_err());
        }
        let later = now + TimeDelta::minutes(1);
        count(later);
        count(later);
        other.batch_execute("ROLLBACK").unwrap();
        flush(&app).await.unwrap();
        let minutes: Vec<_> = written(&app.database).into_iter().filter(|row| row.0 == "minute").map(|row| (row.1, row.3)).collect();
        assert_eq!(minutes, [(now.naive_utc(), 1), (later.naive_utc(), 2)]);
    }

    /// Two transactions that lock each other's rows would end with an error.
    async fn nodes_that_write_at_once_add_up(backend: Backend) {
        let app = TestApp::new(backend).await;
        let start = TestApp::start_of_time();
        let nodes: Vec<_> = (0..4).map(|_| {
            let url = frontgate::config::values::Value::parse(&app.database.url).unwrap();
            std::thread::spawn(move || {
                let mut connection = frontgate::db::connect(&url, std::time::Duration::from_secs(30)).unwrap();
                for turn in 0..10 {
                    let mut counts = Counts::default();
                    for minute in [turn + 59, turn + 60, turn] {
                        for kind in Kind::ALL {
                            counts.count(&once(kind), start + TimeDelta::minutes(minute));
                        }
                    }
                    frontgate::db::write_transaction(&mut connection, |connection| counts.write(connection, start)).unwrap();
                }
            })
        }).collect();
        for node in nodes {
            node.join().unwrap();
        }
        for resolution in ["minute", "hour"] {
            let sum: i64 = written(&app.database).iter().filter(|row| row.0 == resolution).map(|row| row.3).sum();
            assert_eq!(sum, 4 * 10 * 3 * i64::try_from(Kind::ALL.len()).unwrap(), "{resolution}");
        }
    }

    async fn old_minutes_and_old_hours_are_purged(backend: Backend) {
        let app = TestApp::new(backend).await;
        let now = app.clock.now();
        let count = async |at: Moment| {
            app.state.activity.count(|counts| counts.count(&once(Kind::LoggedIn), at));
            flush(&app).await.unwrap();
        };
        count(now).await;
        count(now + TimeDelta::minutes(1)).await;
        let left = async |by| {
            app.advance(by);
            purge_all(&app.state.database, TimeDelta::days(900), app.clock.now(), |_| {}).await.unwrap();
            let rows = written(&app.database);
            ["minute", "hour"].map(|resolution| rows.iter().filter(|row| row.0 == resolution).count())
        };
        let tick = TimeDelta::microseconds(1);
        assert_eq!(left(TimeDelta::days(2) - tick).await, [2, 1]);
        assert_eq!(left(tick).await, [1, 1]);
        assert_eq!(left(TimeDelta::days(398) - tick).await, [0, 1]);
        assert_eq!(left(tick).await, [0, 0]);
    }

    async fn a_server_that_is_told_to_stop_and_a_command_write_what_they_have_counted(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &[]);
        server.create(EMAIL).await;
        for _ in 0..3 {
            assert_eq!(server.log_in(EMAIL, PASSWORD).await.status, 200);
        }
        let revoked = run_on(&database, &["sessions", "revoke", "--all", "--yes"], "");
        assert_eq!(revoked.code, Some(0), "{revoked:?}");
        server.terminate();
        assert_eq!(server.exit_code(), Some(0));
        let sums = text(
            &mut database.connect(),
            "(SELECT string_agg(kind || ' ' || CAST(total AS TEXT), ', ') FROM \
             (SELECT kind, sum(count) AS total FROM activity WHERE resolution = 'hour' GROUP BY kind ORDER BY kind) s)",
        );
        assert_eq!(sums, "logged_in 3, session_ended 4, signed_up 1");
    }
}

#[test]
fn an_hour_that_cannot_be_written_stays_bounded_and_loses_nothing() {
    let start = TestApp::start_of_time();
    let mut counts = Counts::default();
    for minute in 0..1000 {
        let at = start + TimeDelta::minutes(minute);
        let mut newer = Counts::default();
        newer.count(&once(Kind::LogInFailed), at);
        counts.absorb(&newer);
    }
    let mut expected = Counts::default();
    let most = i64::try_from(MOST_MINUTES).unwrap();
    let mut oldest = Tally::default();
    oldest.add(Kind::LogInFailed, 1000 - 59);
    expected.count(&oldest, start + TimeDelta::minutes(1000 - most));
    for minute in 1001 - most..1000 {
        expected.count(&once(Kind::LogInFailed), start + TimeDelta::minutes(minute));
    }
    assert_eq!(counts, expected);
}

#[test]
fn every_kind_is_found_by_its_word() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_word(kind.as_str()), Some(kind));
    }
    assert_eq!(Kind::from_word("of_a_later_version"), None);
}
