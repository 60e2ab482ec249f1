//! What a session leaves in the database.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::models::outstanding_token::KEPT;
use frontgate::schema::{blacklisted_tokens, events, outstanding_tokens, revocations, sessions};

use crate::support::{Backend, TestApp, on_both_databases};

on_both_databases! {
    async fn a_session_costs_a_bounded_number_of_rows(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let rotations = 3 * KEPT;
        for _ in 0..rotations {
            app.advance(TimeDelta::seconds(11));
            assert_eq!(browser.refresh().await.status, 200);
        }
        let mut connection = app.connect();
        let kept: Vec<i64> = outstanding_tokens::table
            .select(outstanding_tokens::sequence)
            .order(outstanding_tokens::sequence)
            .load(&mut connection)
            .unwrap();
        let first: Vec<i64> = (0..KEPT).collect();
        let newest: Vec<i64> = (rotations - KEPT + 1..=rotations).collect();
        assert_eq!(kept, [first, newest].concat());
        let issued: i64 = sessions::table.select(sessions::token_count).first(&mut connection).unwrap();
        assert_eq!(issued, rotations + 1);
        let blacklisted: i64 = blacklisted_tokens::table.count().get_result(&mut connection).unwrap();
        assert_eq!(blacklisted, 2 * KEPT - 1);
    }

    async fn a_token_whose_row_is_gone_is_reuse(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let mut forgotten = browser.clone();
        for rotation in 0..3 * KEPT {
            app.advance(TimeDelta::seconds(11));
            assert_eq!(browser.refresh().await.status, 200);
            if rotation == KEPT {
                forgotten = browser.clone();
            }
        }
        assert_eq!(forgotten.refresh().await.status, 401);
        assert_eq!(browser.info().await.status, 401);
        let mut connection = app.connect();
        let reason: Option<String> = sessions::table.select(sessions::end_reason).first(&mut connection).unwrap();
        assert_eq!(reason.as_deref(), Some("reuse_detected"));
    }

    /// Rows between the first and the newest stay while they may be an honest retry.
    async fn a_burst_of_refreshes_forgets_no_token_within_the_grace(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let mut middle = browser.clone();
        for rotation in 0..3 * KEPT {
            assert_eq!(browser.refresh().await.status, 200);
            if rotation == KEPT {
                middle = browser.clone();
            }
        }
        assert_eq!(middle.refresh().await.status, 200);
        assert_eq!(middle.refresh_token(), browser.refresh_token());
    }

    async fn no_token_is_stored(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        browser.refresh().await;
        let signature = browser.refresh_token().rsplit('.').next().unwrap();
        let mut connection = app.connect();
        let profiles: Vec<(String, String)> = outstanding_tokens::table
            .select((outstanding_tokens::jti, outstanding_tokens::profile))
            .load(&mut connection)
            .unwrap();
        assert_eq!(profiles.len(), 2);
        for (jti, profile) in profiles {
            assert!(!jti.contains(signature) && !profile.contains(signature));
            assert!(!jti.contains("eyJ") && !profile.contains("eyJ"));
        }
    }

    async fn reuse_is_recorded_with_its_session_before_it_is_answered(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let mut thief = browser.clone();
        browser.refresh().await;
        app.advance(TimeDelta::seconds(10));
        assert_eq!(thief.refresh().await.status, 401);
        let mut connection = app.connect();
        let kinds: Vec<(String, Option<String>)> = events::table
            .select((events::kind, events::ip))
            .order(events::id)
            .load(&mut connection)
            .unwrap();
        let from = Some("127.0.0.1".to_owned());
        let wanted = ["signed_up", "reuse_detected", "session_ended"].map(|kind| (kind.to_owned(), from.clone()));
        assert_eq!(kinds, wanted);
        let (kind, until): (String, chrono::NaiveDateTime) = revocations::table
            .select((revocations::kind, revocations::until))
            .first(&mut connection)
            .unwrap();
        assert_eq!(kind, "session");
        assert!(until > (app.clock.now() + TimeDelta::minutes(14)).naive_utc());
    }

    /// The revocations are loaded before a server is ready, whatever its settings are now.
    async fn an_ended_session_stays_refused_after_a_restart_with_shorter_lifetimes(backend: Backend) {
        let app = TestApp::with(backend, &[("access_token_lifetime", "1h")]).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let stolen = browser.access().to_owned();
        assert_eq!(browser.log_out().await.status, 200);
        let app = app.restart(&[("access_token_lifetime", "1m")]).await;
        app.advance(TimeDelta::minutes(50));
        let mut thief = app.browser();
        thief.cookies.insert("access".to_owned(), stolen);
        let answer = thief.info().await;
        assert_eq!(answer.status, 401);
        assert!(answer.body.contains("Token is revoked"), "{answer}");
    }

    async fn no_token_outlives_its_session(backend: Backend) {
        let settings = [("session_max_lifetime", "10d"), ("refresh_token_lifetime", "7d")];
        let app = TestApp::with(backend, &settings).await;
        let mut browser = app.signed_up("ada@example.com").await;
        app.advance(TimeDelta::days(6));
        assert_eq!(browser.refresh().await.status, 200);
        app.advance(TimeDelta::days(4) - TimeDelta::minutes(5));
        let answer = browser.refresh().await;
        assert_eq!(answer.header("x-access-expires-in"), Some("300"), "{answer}");
        app.advance(TimeDelta::minutes(5));
        assert_eq!(browser.clone().info().await.status, 401);
        assert_eq!(browser.refresh().await.status, 401);
    }
}
