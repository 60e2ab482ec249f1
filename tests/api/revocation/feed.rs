//! The thread that follows, in a running server.

use std::time::Duration;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use frontgate::clock::Clock;
use frontgate::purge::purge_all;
use frontgate::server;

use super::eventually;
use crate::support::{
    Backend, PASSWORD, TestApp, TestDatabase, assert_answer, on_both_databases, rows, run,
    settings_with,
};

const EMAIL: &str = "ada@example.com";

on_both_databases! {
    async fn what_another_process_revokes_is_refused_here(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let statements = app.state.database.statements();
        rows::change_password(&app, EMAIL, "a password of another day");
        eventually("it is refused", async || browser.clone().info().await.status == 401).await;
        assert!(browser.clone().info().await.body.contains("Token is revoked"));
        // The pool, which serves requests, was not asked.
        assert_eq!(app.state.database.statements(), statements);
    }

    async fn without_notifications_the_poll_alone_finds_it(backend: Backend) {
        let settings = [("revocation_listen", "false"), ("revocation_poll_interval", "20ms")];
        let app = TestApp::with(backend, &settings).await;
        let browser = app.signed_up(EMAIL).await;
        rows::change_password(&app, EMAIL, "a password of another day");
        eventually("it is refused", async || browser.clone().info().await.status == 401).await;
    }

    /// From 20 minutes after the log-out on the revocation is needed no more; before that the
    /// token would live.
    async fn a_clock_that_is_set_back_gives_life_to_no_token_that_was_revoked(backend: Backend) {
        let app = TestApp::with(backend, &[("revocation_poll_interval", "20ms")]).await;
        let mut ada = app.signed_up("ada@example.com").await;
        let mut thief = ada.clone();
        let cookies = ada.cookies.clone();
        assert_eq!(ada.log_out().await.status, 200);
        let forget = async |app: &TestApp| {
            app.advance(TimeDelta::hours(20));
            // A look at that time, as there are two a second.
            app.clock.advance_uptime(Duration::from_millis(1));
            let looked = async || app.state.lease.age(app.clock.uptime()) == Some(Duration::ZERO);
            eventually("it is looked again", looked).await;
            app.state.revoked.forget_expired(app.clock.now());
            purge_all(&app.state.database, TimeDelta::days(90), app.clock.now(), |_| {}).await.unwrap();
            assert_eq!(app.state.revoked.len(), 0);
            app.advance(TimeDelta::minutes(10) - TimeDelta::hours(20));
        };
        forget(&app).await;
        eventually("it is known again", async || app.state.revoked.len() == 1).await;
        assert_answer!("info_401_revoked", thief.info().await);
        app.advance(TimeDelta::minutes(-10));
        forget(&app).await;
        // A server that starts then.
        let app = app.restart(&[]).await;
        let mut thief = app.browser();
        thief.cookies = cookies;
        assert_answer!("info_401_revoked", thief.info().await);
    }

    async fn the_other_session_of_the_same_user_lives_on_after_a_log_out_elsewhere(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (first, mut second) = (app.signed_up(EMAIL).await, app.browser());
        second.log_in(EMAIL, PASSWORD).await;
        assert_eq!(first.clone().log_out().await.status, 200);
        assert_eq!(first.clone().info().await.status, 401);
        assert_eq!(second.info().await.status, 200);
    }
}

/// The node that revokes tells the others at its commit; their own next look is an hour away.
#[test]
fn a_log_out_is_known_to_another_node_by_its_notification() {
    run(async {
        let still = [
            ("revocation_max_staleness", "2h"),
            ("revocation_poll_interval", "1h"),
        ];
        let app = TestApp::with(Backend::Postgres, &still).await;
        let settings = settings_with(&app.database.url, &still);
        let other = server::start(settings, app.clock.clone()).await.unwrap();
        let browser = app.signed_up(EMAIL).await;
        let token = browser.access().to_owned();
        assert!(other.app.verify_access(&token).is_ok());
        assert_eq!(browser.clone().log_out().await.status, 200);
        eventually("the other node refuses it", async || {
            other.app.verify_access(&token).is_err()
        })
        .await;
    });
}

#[test]
fn a_connection_that_was_cut_is_made_anew_and_everything_read_again() {
    run(async {
        let app = TestApp::with(Backend::Postgres, &[("revocation_poll_interval", "20ms")]).await;
        for round in 0..3 {
            let browser = app.signed_up(&format!("{round}{EMAIL}")).await;
            app.database.administer(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            );
            rows::change_password(
                &app,
                &format!("{round}{EMAIL}"),
                "a password of another day",
            );
            eventually("it is refused", async || {
                browser.clone().info().await.status == 401
            })
            .await;
        }
    });
}

#[test]
fn a_server_that_stops_leaves_no_thread_behind() {
    run(async {
        let app = TestApp::new(Backend::Sqlite).await;
        assert_eq!(app.state.feed.threads(), 1);
        app.state.feed.stop();
        assert!(app.state.feed.wait_for_threads(Duration::from_mins(1)));
        assert_eq!(app.state.feed.threads(), 0);
    });
}

/// A standby lags behind: what it says may be old.
#[test]
fn a_standby_is_no_source_of_revocations() {
    run(async {
        let database = TestDatabase::new(Backend::Postgres);
        let lie = "CREATE SCHEMA lie; CREATE FUNCTION lie.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'";
        database.connect().batch_execute(lie).unwrap();
        let url = format!(
            "{}&options=-c%20search_path%3Dlie%2Cpg_catalog%2Cpublic",
            database.url
        );
        let refused = server::start(settings_with(&url, &[]), Clock::system())
            .await
            .unwrap_err();
        let refused = refused.to_string().replace(&url, "postgres:///…");
        assert_answer!("start_on_a_standby", refused);
    });
}

/// The nodes' own clocks do not matter: what they say is what the database says.
#[test]
fn on_postgresql_the_time_is_the_databases() {
    run(async {
        let database = TestDatabase::new(Backend::Postgres);
        // A database whose clock is a day ahead.
        let lie = "CREATE SCHEMA lie; CREATE FUNCTION lie.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() + interval '1 day' $$";
        database.connect().batch_execute(lie).unwrap();
        let url = format!(
            "{}&options=-c%20search_path%3Dlie%2Cpg_catalog%2Cpublic",
            database.url
        );
        let before = Clock::system().now();
        let running = server::start(settings_with(&url, &[]), Clock::system())
            .await
            .unwrap();
        let ahead = running.app.now() - before;
        assert!(ahead > TimeDelta::hours(23), "{ahead}");
    });
}
