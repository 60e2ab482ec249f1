//! `POST refresh/`.

use std::fmt::Write;

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use crate::support::rows;
use crate::support::{Answer, Backend, TestApp, assert_answer, forge, on_both_databases};

const REFRESH: &str = "/api/v1/users/refresh/";
const EMAIL: &str = "ada@example.com";

async fn with_cookie(app: &TestApp, cookies: &str) -> Answer {
    Answer::of(app.request(Method::POST, REFRESH).header("Cookie", cookies)).await
}

on_both_databases! {
    async fn a_refresh_rotates_the_token_and_blacklists_the_old_one(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let (old_access, old) = (browser.access().to_owned(), forge::read(browser.refresh_token()));
        app.advance(TimeDelta::minutes(5));
        assert_answer!("refresh_200", browser.refresh().await);
        let new = forge::read(browser.refresh_token());
        assert_ne!(old["jti"], new["jti"]);
        assert_eq!((&old["sid"], &old["user_id"]), (&new["sid"], &new["user_id"]));
        assert_eq!(new["exp"], app.clock.now().timestamp() + 7 * 24 * 3600);
        assert_eq!(rows::end_reasons(&app), [None]);
        let counts = rows::counts(&app);
        assert_eq!(counts[1..4], [("sessions", 1), ("outstanding_tokens", 2), ("blacklisted_tokens", 1)]);
        assert_eq!(browser.info().await.status, 200);
        let old_access_lives = app.request(Method::GET, "/api/v1/users/").bearer_auth(old_access);
        assert_eq!(Answer::of(old_access_lives).await.status, 200);
    }

    async fn without_a_cookie_the_token_is_missed(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert_answer!("refresh_401_absent", app.browser().refresh().await);
        let mut access_only = app.signed_up(EMAIL).await.with_only("access");
        assert_eq!(access_only.refresh().await.body, r#""Refresh token not present""#);
        assert_eq!(access_only.cookies.len(), 1);
    }

    async fn a_bearer_header_is_no_refresh_token(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let request = app.request(Method::POST, REFRESH).bearer_auth(browser.refresh_token());
        assert_eq!(Answer::of(request).await.body, r#""Refresh token not present""#);
    }

    async fn a_retry_within_the_grace_gets_the_same_successor(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut second_tab = browser.clone();
        browser.refresh().await;
        app.advance(TimeDelta::milliseconds(9_999));
        assert_answer!("refresh_200_again", second_tab.refresh().await);
        assert_eq!(second_tab.refresh_token(), browser.refresh_token());
        let (first, second) = (forge::read(browser.access()), forge::read(second_tab.access()));
        assert_ne!(first["jti"], second["jti"]);
        assert_eq!(second["iat"], app.clock.now().timestamp());
        assert_eq!(rows::end_reasons(&app), [None]);
        assert_eq!((browser.info().await.status, second_tab.info().await.status), (200, 200));
        assert_eq!(rows::counts(&app)[2..4], [("outstanding_tokens", 2), ("blacklisted_tokens", 1)]);
    }

    async fn a_retry_within_the_grace_gets_the_current_token_two_rotations_on(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut behind = browser.clone();
        browser.refresh().await;
        browser.refresh().await;
        assert_eq!(behind.refresh().await.status, 200);
        assert_eq!(behind.refresh_token(), browser.refresh_token());
    }

    async fn racing_refreshes_of_one_token_get_one_successor(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let tabs = std::iter::repeat_with(|| browser.clone()).take(6);
        let refreshed = futures_util::future::join_all(tabs.map(async |mut tab| {
            assert_eq!(tab.refresh().await.status, 200);
            tab.refresh_token().to_owned()
        })).await;
        assert!(refreshed.iter().all(|token| *token == refreshed[0]));
        assert_eq!(rows::counts(&app)[2..4], [("outstanding_tokens", 2), ("blacklisted_tokens", 1)]);
    }

    async fn a_superseded_token_after_the_grace_is_reuse_and_ends_the_session(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut thief = browser.clone();
        browser.refresh().await;
        app.advance(TimeDelta::seconds(10));
        assert_answer!("refresh_401", thief.refresh().await);
        assert_eq!(rows::end_reasons(&app), [Some("reuse_detected".to_owned())]);
        assert!(browser.info().await.body.contains("Token is revoked"));
        let counts = rows::counts(&app);
        assert_eq!(counts[2..5], [("outstanding_tokens", 2), ("blacklisted_tokens", 2), ("revocations", 1)]);
        let owner = browser.refresh().await;
        assert_eq!((owner.status, owner.set_cookies().count()), (401, 2));
    }

    async fn every_token_that_does_not_refresh_gets_one_answer(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let mut logged_out = app.signed_up("gone@example.com").await;
        let kept = logged_out.clone();
        logged_out.log_out().await;
        let before = rows::counts(&app);
        let mut unknown_session = forge::read(browser.refresh_token());
        unknown_session["sid"] = json!("00000000000000000000000000000000");
        let mut another_user = forge::read(browser.refresh_token());
        another_user["user_id"] = json!(2);
        let mut no_session = forge::read(browser.refresh_token());
        no_session.as_object_mut().unwrap().remove("sid");
        no_session["jti"] = json!("never issued");
        let wrong = [
            ("rubbish", "rubbish".to_owned()),
            ("empty", String::new()),
            ("access token", browser.access().to_owned()),
            ("ended session", kept.refresh_token().to_owned()),
            ("session that never was", forge::claims(&unknown_session)),
            ("session of another user", forge::claims(&another_user)),
            ("simplejwt's, never imported", forge::claims(&no_session)),
        ];
        for (name, token) in wrong {
            let answer = with_cookie(&app, &format!("refresh={token}")).await;
            assert_eq!(answer.status, 401, "{name}");
            assert_answer!("refresh_401", answer);
        }
        assert_eq!(rows::counts(&app), before);
        assert_eq!(rows::end_reasons(&app)[0], None);
    }

    async fn a_token_expires_to_the_second(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let late = browser.clone();
        app.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
        assert_eq!(browser.refresh().await.status, 200);
        app.advance(TimeDelta::seconds(1));
        let answer = with_cookie(&app, &format!("refresh={}", late.refresh_token())).await;
        assert_answer!("refresh_401", answer);
        assert_eq!(rows::end_reasons(&app), [None]);
    }

    async fn no_token_outlives_its_session(backend: Backend) {
        let app = TestApp::with(backend, &[("session_max_lifetime", "10m"), ("refresh_token_lifetime", "8m"), ("access_token_lifetime", "5m")]).await;
        let mut browser = app.signed_up(EMAIL).await;
        app.advance(TimeDelta::minutes(7));
        let answer = browser.refresh().await;
        assert_eq!(answer.header("x-access-expires-in"), Some("180"));
        let end = TestApp::start_of_time().timestamp() + 600;
        assert_eq!(forge::read(browser.refresh_token())["exp"], end);
        assert_eq!(forge::read(browser.access())["exp"], end);
        app.advance(TimeDelta::minutes(3));
        assert_eq!((browser.info().await.status, browser.refresh().await.status), (401, 401));
    }

    async fn an_inactive_user_does_not_refresh(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        rows::deactivate(&app, EMAIL);
        assert_answer!("refresh_401", browser.refresh().await);
    }

    async fn a_deleted_user_does_not_refresh(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        rows::delete_user(&app, EMAIL);
        assert_answer!("refresh_401", browser.refresh().await);
    }

    /// The command line changed it: this browser has no newer cookies.
    async fn after_a_password_change_elsewhere_the_cookies_are_deleted(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        rows::change_password(&app, EMAIL, "a password of another day");
        assert_answer!("refresh_401_password_changed", browser.refresh().await);
    }

    async fn a_cookie_that_comes_twice_is_refused_and_every_form_of_it_deleted(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let token = browser.refresh_token();
        let request = app.request(Method::POST, REFRESH).header("Host", "shop.example.com").header("Cookie", format!("refresh={token}; refresh={token}"));
        assert_answer!("refresh_401_twice", Answer::of(request).await);
        assert_eq!(rows::counts(&app)[2], ("outstanding_tokens", 1));
    }

    async fn the_path_answers_with_a_body_and_without(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut told = String::new();
        for (kind, body) in [("", ""), ("application/json", "{}"), ("application/json", r#"{"refresh":5}"#), ("application/json", "["), ("text/plain", "{}")] {
            let mut request = app.request(Method::POST, REFRESH);
            if !kind.is_empty() {
                request = request.header("Content-Type", kind);
            }
            let answer = browser.send(request.body(body)).await;
            writeln!(told, "{kind} {body}\n  {} {}", answer.status, answer.body).unwrap();
        }
        assert_answer!("refresh_bodies", told);
    }
}
