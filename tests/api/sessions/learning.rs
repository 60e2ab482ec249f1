//! What a node learns, and when: from waiting, from other processes, from clocks.

use std::time::Duration;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::schema::{sessions, users};
use futures_util::future::join;

use crate::support::{Backend, PASSWORD, TestApp, on_both_databases, rows};

const EMAIL: &str = "ada@example.com";

on_both_databases! {
    /// The first refresh waits for a lock while twelve seconds pass; its client gives up and
    /// tries again within the grace of the rotation that then happened.
    async fn the_grace_begins_when_a_rotation_happens_not_when_it_was_asked_for(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "20s")]).await;
        let browser = app.signed_up(EMAIL).await;
        let mut blocker = app.connect();
        let block = match backend {
            Backend::Sqlite => "BEGIN IMMEDIATE",
            Backend::Postgres => "BEGIN; UPDATE sessions SET sid = sid",
        };
        blocker.batch_execute(block).unwrap();
        let mut waiting = browser.clone();
        let release = async {
            actix_web::rt::time::sleep(Duration::from_millis(300)).await;
            app.advance(TimeDelta::seconds(12));
            blocker.batch_execute("ROLLBACK").unwrap();
        };
        let (answer, ()) = join(waiting.refresh(), release).await;
        assert_eq!(answer.status, 200, "{answer}");
        app.advance(TimeDelta::seconds(9));
        let mut again = browser.clone();
        let answer = again.refresh().await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(again.refresh_token(), waiting.refresh_token());
    }

    async fn a_clock_that_is_set_back_does_not_stretch_the_grace(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        app.advance(TimeDelta::hours(1));
        assert_eq!(browser.clone().refresh().await.status, 200);
        app.advance(TimeDelta::minutes(-30));
        assert_eq!(browser.clone().refresh().await.status, 401);
    }

    /// The command line changed the password: a refused refresh is how this node hears.
    async fn a_refused_refresh_teaches_the_node_that_the_session_has_ended(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let thief = browser.with_only("access");
        rows::change_password(&app, EMAIL, "a password of another day");
        assert_eq!(browser.refresh().await.status, 401);
        assert_eq!(thief.clone().info().await.status, 401);
    }

    /// Whoever logs out is out, also where the row has ended, or is gone, without this node.
    async fn a_log_out_refuses_its_access_token_whatever_the_database_says(backend: Backend) {
        let app = TestApp::new(backend).await;
        for (number, change) in ["UPDATE sessions SET ended_at = created_at", "DELETE FROM sessions"].iter().enumerate() {
            let browser = app.signed_up(&format!("ada{number}@example.com")).await;
            let thief = browser.with_only("access");
            app.connect().batch_execute(change).unwrap();
            assert_eq!(browser.with_only("access").log_out().await.status, 200);
            assert_eq!(thief.clone().info().await.status, 401);
        }
    }

    async fn two_log_ins_at_once_both_succeed_where_the_hash_is_stale(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let app = app.restart(&[("bcrypt_cost", "5"), ("password_hashing_threads", "2")]).await;
        let (mut one, mut other) = (app.browser(), app.browser());
        let (first, second) = join(one.log_in(EMAIL, PASSWORD), other.log_in(EMAIL, PASSWORD)).await;
        assert_eq!((first.status, second.status), (200, 200), "{first}\n{second}");
    }

    async fn a_session_stays_while_an_access_token_of_it_may_live(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let later = app.clock.now() + TimeDelta::days(30);
        diesel::update(sessions::table)
            .set(sessions::access_until.eq(later.naive_utc()))
            .execute(&mut app.connect())
            .unwrap();
        app.advance(TimeDelta::days(29));
        frontgate::purge::purge_all(&app.state.database, TimeDelta::days(90), app.clock.now(), |_| {}).await.unwrap();
        let count = |app: &TestApp| sessions::table.count().get_result::<i64>(&mut app.connect()).unwrap();
        assert_eq!(count(&app), 1);
        app.advance(TimeDelta::days(1));
        frontgate::purge::purge_all(&app.state.database, TimeDelta::days(90), app.clock.now(), |_| {}).await.unwrap();
        assert_eq!(count(&app), 0);
    }

    /// A token that would be refused when it comes back is not handed out.
    async fn claims_that_make_a_token_too_long_are_an_error_and_not_a_log_in(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let claims = format!("{{\"note\":\"{}\"}}", "x".repeat(7000));
        diesel::update(users::table).set(users::claims.eq(claims)).execute(&mut app.connect()).unwrap();
        let answer = app.browser().log_in(EMAIL, PASSWORD).await;
        assert_eq!((answer.status, answer.set_cookies().count()), (500, 0), "{answer}");
    }
}
