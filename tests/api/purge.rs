//! The background purge.

use std::time::Duration;

use chrono::TimeDelta;
use diesel::QueryResult;
use diesel::connection::SimpleConnection;
use frontgate::clock::Clock;
use frontgate::clock::Moment;
use frontgate::db::{self, AnyConnection};
use frontgate::models::purge::{Purged, purge_batch};
use frontgate::purge::purge_all;
use frontgate::rotation::EndReason;

use crate::support::change::{by_command, within};
use crate::support::{Backend, PASSWORD, TestApp, on_both_databases, run, text};

fn count(app: &TestApp, table: &str) -> String {
    text(
        &mut app.connect(),
        &format!("(SELECT CAST(count(*) AS TEXT) FROM {table})"),
    )
}

async fn purge(app: &TestApp) -> Purged {
    purge_all(
        &app.state.database,
        TimeDelta::days(90),
        app.clock.now(),
        |_| {},
    )
    .await
    .unwrap()
}

on_both_databases! {
    async fn a_session_goes_with_its_tokens_in_the_second_in_which_it_expires(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up("ada@example.com").await;
        app.advance(TimeDelta::seconds(1));
        app.signed_up("grace@example.com").await;
        assert_eq!(ada.refresh().await.status, 200);
        app.advance(TimeDelta::days(7) - TimeDelta::microseconds(1));
        // Ada's first refresh token is past; the sessions are not.
        assert_eq!(purge(&app).await, Purged { tokens: 1, ..Purged::default() });
        assert_eq!((count(&app, "sessions"), count(&app, "outstanding_tokens")), ("2".into(), "2".into()));
        assert_eq!(count(&app, "blacklisted_tokens"), "0");
        app.advance(TimeDelta::microseconds(1));
        assert_eq!(purge(&app).await, Purged { sessions: 2, ..Purged::default() });
        assert_eq!((count(&app, "sessions"), count(&app, "outstanding_tokens")), ("0".into(), "0".into()));
        assert_eq!(count(&app, "users"), "2");
    }

    async fn a_session_whose_old_tokens_are_gone_goes_on(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up("ada@example.com").await;
        app.advance(TimeDelta::days(6));
        assert_eq!(ada.refresh().await.status, 200);
        app.advance(TimeDelta::days(2));
        assert_eq!(purge(&app).await, Purged { tokens: 1, ..Purged::default() });
        assert_eq!(ada.refresh().await.status, 200);
        assert_eq!(ada.info().await.status, 200);
    }

    async fn a_revocation_stays_until_no_access_token_that_it_concerns_can_live(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up("ada@example.com").await;
        let thief = ada.clone();
        assert_eq!(ada.log_out().await.status, 200);
        // A look that the feed has begun would add the entry once more.
        app.state.feed.stop();
        assert!(app.state.feed.wait_for_threads(Duration::from_secs(30)));
        // 15 minutes of the token, and 5 for clocks that disagree.
        app.advance(TimeDelta::minutes(20) - TimeDelta::microseconds(1));
        assert_eq!(purge(&app).await, Purged::default());
        assert_eq!(thief.clone().info().await.status, 401);
        app.advance(TimeDelta::microseconds(1));
        app.state.revoked.forget_expired(app.clock.now());
        assert_eq!((purge(&app).await, app.state.revoked.len()), (Purged::default(), 0));
        assert_eq!(thief.clone().info().await.status, 401);
        // And a day for a clock that may be set back.
        app.advance(TimeDelta::days(1) - TimeDelta::microseconds(1));
        assert_eq!(purge(&app).await, Purged::default());
        app.advance(TimeDelta::microseconds(1));
        assert_eq!(purge(&app).await, Purged { others: 1, ..Purged::default() });
    }

    async fn an_event_goes_once_it_is_as_old_as_events_are_kept(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        app.advance(TimeDelta::days(10));
        app.browser().log_in("ada@example.com", PASSWORD).await;
        app.advance(TimeDelta::days(80) - TimeDelta::microseconds(1));
        assert_eq!(purge(&app).await.events, 0);
        app.advance(TimeDelta::microseconds(1));
        assert_eq!(purge(&app).await.events, 1);
        assert_eq!(text(&mut app.connect(), "(SELECT kind FROM events)"), "logged_in");
    }
}

/// Runs `work` while somebody holds the older one of a user's two sessions, which PostgreSQL
/// reaches last: the other one must still be free then. The end of a user's sessions and the
/// purge may be about the same ones, and whoever takes them in another order could wait for
/// the other one for ever.
async fn takes_the_older_session_first(work: fn(&mut AnyConnection, Moment) -> QueryResult<usize>) {
    let app = TestApp::new(Backend::Postgres).await;
    app.signed_up("ada@example.com").await;
    app.browser().log_in("ada@example.com", PASSWORD).await;
    app.advance(TimeDelta::days(8));
    let mut busy = app.connect();
    // An update writes a row anew, behind the others; what follows reads them as they lie.
    busy.batch_execute(
        "UPDATE sessions SET token_count = 1 WHERE id = 1;
         DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_indexscan = off', current_database());
         EXECUTE format('ALTER DATABASE %I SET enable_bitmapscan = off', current_database()); END $$",
    )
    .unwrap();
    busy.batch_execute("BEGIN; SELECT 1 FROM sessions WHERE id = 1 FOR UPDATE")
        .unwrap();
    let (mut connection, now) = (app.connect(), app.clock.now());
    let work = std::thread::spawn(move || {
        db::write_transaction(&mut connection, |connection| work(connection, now))
    });
    let mut look = app.connect();
    let waits = "(SELECT CAST(count(*) AS TEXT) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock')";
    while text(&mut look, waits) == "0" {
        assert!(!work.is_finished());
    }
    let newer = look.batch_execute("SELECT 1 FROM sessions WHERE id = 2 FOR UPDATE NOWAIT");
    busy.batch_execute("COMMIT").unwrap();
    assert_eq!(work.join().unwrap(), Ok(2));
    newer.unwrap();
}

#[test]
fn sessions_are_purged_in_the_order_of_their_keys() {
    run(takes_the_older_session_first(|connection, now| {
        purge_batch(connection, TimeDelta::days(90), now).map(|purged| purged.sessions)
    }));
}

#[test]
fn sessions_of_a_user_end_in_the_order_of_their_keys() {
    run(takes_the_older_session_first(|connection, now| {
        let (clock, by) = (Clock::manual(now), by_command(None));
        let ended = within(connection, &clock, &by, |change| {
            change.end_all(1, EndReason::Revoked)
        });
        ended.map(|(sessions, _)| sessions)
    }));
}
