//! The background purge.

use chrono::TimeDelta;
use frontgate::models::purge::Purged;
use frontgate::purge::purge_all;

use crate::support::{Backend, TestApp, on_both_databases, text};

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
        // 15 minutes of the token, and 5 for clocks that disagree.
        app.advance(TimeDelta::minutes(20) - TimeDelta::microseconds(1));
        assert_eq!(purge(&app).await, Purged::default());
        assert_eq!(thief.clone().info().await.status, 401);
        app.advance(TimeDelta::microseconds(1));
        assert_eq!(purge(&app).await, Purged { others: 1, ..Purged::default() });
        assert_eq!(thief.clone().info().await.status, 401);
    }

    async fn an_event_goes_once_it_is_as_old_as_events_are_kept(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        app.advance(TimeDelta::days(10));
        app.browser().log_in("ada@example.com", crate::support::PASSWORD).await;
        app.advance(TimeDelta::days(80) - TimeDelta::microseconds(1));
        assert_eq!(purge(&app).await.events, 0);
        app.advance(TimeDelta::microseconds(1));
        assert_eq!(purge(&app).await.events, 1);
        assert_eq!(text(&mut app.connect(), "(SELECT kind FROM events)"), "logged_in");
    }
}
