//! `POST logout/`.

use chrono::TimeDelta;
use reqwest::Method;

use crate::support::rows;
use crate::support::test_app::PASSWORD;
use crate::support::{Answer, Backend, Browser, TestApp, assert_answer, on_both_databases};

const LOGOUT: &str = "/api/v1/users/logout/";
const EMAIL: &str = "Ada@example.com";

/// The session of these cookies is over, by each way in.
async fn assert_over(browser: Browser<'_>, app: &TestApp) {
    assert_over_for("logged_out", browser, app).await;
}

async fn assert_over_for(reason: &str, mut browser: Browser<'_>, app: &TestApp) {
    assert_eq!(rows::end_reasons(app), [Some(reason.to_owned())]);
    assert_eq!(browser.info().await.status, 401);
    assert_answer!("refresh_401", browser.refresh().await);
}

on_both_databases! {
    async fn a_log_out_ends_the_session_and_deletes_both_cookies(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let kept = browser.clone();
        assert_answer!("logout_200", browser.log_out().await);
        assert!(browser.cookies.is_empty());
        assert_answer!("info_401_revoked", kept.clone().info().await);
        assert_over(kept, &app).await;
        let counts = rows::counts(&app);
        assert_eq!(counts[1..5], [("sessions", 1), ("outstanding_tokens", 1), ("blacklisted_tokens", 1), ("revocations", 1)]);
    }

    async fn other_sessions_of_the_user_live_on(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut phone = app.browser();
        phone.log_in(EMAIL, PASSWORD).await;
        assert_eq!(browser.log_out().await.status, 200);
        assert_eq!((phone.info().await.status, phone.refresh().await.status), (200, 200));
    }

    async fn the_refresh_cookie_alone_is_enough(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        assert_answer!("logout_200", browser.with_only("refresh").log_out().await);
        assert_over(browser, &app).await;
    }

    async fn the_access_cookie_alone_is_enough(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        assert_answer!("logout_200", browser.with_only("access").log_out().await);
        assert_over(browser, &app).await;
    }

    async fn an_expired_access_token_keeps_nobody_from_logging_out(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let kept = browser.clone();
        app.advance(TimeDelta::hours(1));
        assert_answer!("logout_200", browser.log_out().await);
        assert_over(kept, &app).await;
    }

    async fn a_superseded_refresh_token_logs_out_whenever_it_was_rotated(backend: Backend) {
        for (later, reason) in [(TimeDelta::zero(), "logged_out"), (TimeDelta::hours(1), "reuse_detected")] {
            let app = TestApp::new(backend).await;
            let mut browser = app.signed_up(EMAIL).await;
            let behind = browser.with_only("refresh");
            browser.refresh().await;
            app.advance(later);
            assert_answer!("logout_200", behind.clone().log_out().await);
            assert_over_for(reason, browser, &app).await;
        }
    }

    async fn a_bearer_header_logs_out_its_own_session_and_not_that_of_the_cookies(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up(EMAIL).await;
        let mut grace = app.signed_up("grace@example.com").await;
        let mut carrying = grace.clone();
        let request = app.request(Method::POST, LOGOUT).bearer_auth(ada.access());
        assert_answer!("logout_200", carrying.send(request).await);
        assert_eq!(rows::end_reasons(&app), [Some("logged_out".to_owned()), None]);
        assert_eq!((grace.info().await.status, grace.refresh().await.status), (200, 200));
    }

    async fn a_bearer_header_that_does_not_verify_is_not_made_good_by_cookies(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut kept = browser.clone();
        let answer = browser.send(app.request(Method::POST, LOGOUT).bearer_auth("rubbish")).await;
        assert_answer!("logout_401_invalid", answer);
        assert_eq!(rows::end_reasons(&app), [None]);
        assert_eq!(kept.info().await.status, 200);
    }

    async fn with_neither_cookie_the_answer_is_that_of_reading(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert_answer!("logout_401_absent", app.browser().log_out().await);
    }

    async fn with_neither_cookie_valid_the_answer_is_that_of_reading(backend: Backend) {
        let app = TestApp::new(backend).await;
        let request = app.request(Method::POST, LOGOUT).header("Cookie", "access=rubbish; refresh=rubbish");
        assert_answer!("logout_401_invalid", Answer::of(request).await);
        let mut browser = app.signed_up(EMAIL).await;
        app.advance(TimeDelta::days(7));
        let late = browser.log_out().await;
        assert_answer!("logout_401_expired", late);
        assert!(browser.cookies.is_empty());
        assert_eq!(rows::end_reasons(&app), [None]);
    }

    async fn a_second_log_out_with_the_same_cookies_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut again = browser.clone();
        browser.log_out().await;
        let before = rows::counts(&app);
        assert_answer!("logout_401_revoked", again.log_out().await);
        assert_eq!(rows::counts(&app), before);
    }

    async fn cookies_of_two_sessions_end_both(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        let grace = app.signed_up("grace@example.com").await;
        ada.cookies.insert("refresh".to_owned(), grace.refresh_token().to_owned());
        assert_answer!("logout_200", ada.log_out().await);
        assert_eq!(rows::end_reasons(&app), [Some("logged_out".to_owned()), Some("logged_out".to_owned())]);
    }

    async fn a_cookie_that_comes_twice_is_deleted_in_every_form(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let access = browser.access();
        let request = app.request(Method::POST, LOGOUT).header("Host", "shop.example.com").header("Cookie", format!("access={access}; access={access}"));
        assert_answer!("logout_401_twice", Answer::of(request).await);
    }
}
