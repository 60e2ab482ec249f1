//! How many sessions live.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use frontgate::models::session_count::LiveSessions;

use crate::support::change::{by_command, elsewhere};
use crate::support::{Backend, Browser, PASSWORD, TestApp, on_both_databases};

fn live(app: &TestApp) -> LiveSessions {
    LiveSessions::read(&mut app.connect(), app.clock.now()).unwrap()
}

/// Opens `count` more sessions like the browser's own, without tokens.
fn open(app: &TestApp, browser: &Browser<'_>, count: usize) {
    let sid = browser.sid();
    app.connect()
        .batch_execute(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
             INSERT INTO sessions (sid, user_id, current_jti, created_at, last_seen_at, expires_at, \
             absolute_expires_at, access_until) SELECT 'number ' || CAST(i AS TEXT), user_id, 'none', \
             created_at, last_seen_at, expires_at, absolute_expires_at, access_until \
             FROM sessions, n WHERE sid = '{sid}'"
        ))
        .unwrap();
}

on_both_databases! {
    async fn few_sessions_are_counted(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert_eq!(live(&app), LiveSessions::Exact(0));
        let ada = app.signed_up("ada@example.com").await;
        open(&app, &ada, 9_998);
        assert_eq!(live(&app), LiveSessions::Exact(9_999));
        assert_eq!(ada.clone().log_out().await.status, 200);
        assert_eq!(live(&app), LiveSessions::Exact(9_998));
        app.advance(TimeDelta::days(6));
        app.browser().log_in("ada@example.com", PASSWORD).await;
        app.advance(TimeDelta::days(1));
        assert_eq!(live(&app), LiveSessions::Exact(1), "the others have expired");
    }

    async fn sessions_below_the_floor_do_not_live(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        elsewhere(&mut app.connect(), &app.clock, &by_command(None), frontgate::sessions::revoke_everything).unwrap();
        assert_eq!(live(&app), LiveSessions::Exact(0));
        app.browser().log_in("ada@example.com", PASSWORD).await;
        assert_eq!(live(&app), LiveSessions::Exact(1));
    }

    async fn many_are_estimated_and_the_answer_says_so(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up("ada@example.com").await;
        open(&app, &ada, 40_000);
        // The older half has ended.
        app.connect().batch_execute("UPDATE sessions SET ended_at = created_at WHERE id <= 20000").unwrap();
        let LiveSessions::Estimate(about) = live(&app) else {
            panic!("20,001 were counted one by one");
        };
        assert!((19_000..21_000).contains(&about), "{about} of 20,001");
    }

    /// Sessions that have expired, and are purged only later, are none.
    async fn many_that_have_expired_are_about_none(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up("ada@example.com").await;
        open(&app, &ada, 10_000);
        app.advance(TimeDelta::days(7));
        assert_eq!(live(&app), LiveSessions::Estimate(0));
    }

    /// Keys that are gone, far apart, are no sessions.
    async fn keys_without_rows_are_not_estimated(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up("ada@example.com").await;
        open(&app, &ada, 40_000);
        app.connect().batch_execute("DELETE FROM sessions WHERE id > 1 AND id <= 20000").unwrap();
        let LiveSessions::Estimate(about) = live(&app) else {
            panic!("20,001 were counted one by one");
        };
        assert!((19_000..21_000).contains(&about), "{about} of 20,001");
    }
}
