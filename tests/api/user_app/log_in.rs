//! `POST login/`.

use std::fmt::Write;

use chrono::TimeDelta;
use frontgate::sessions::{self, By, OpenError};
use reqwest::Method;
use serde_json::json;

use crate::support::change::within;
use crate::support::rows;
use crate::support::test_app::PASSWORD;
use crate::support::{Answer, Backend, TestApp, assert_answer, on_both_databases};

const LOGIN: &str = "/api/v1/users/login/";
const EMAIL: &str = "ada@example.com";

/// The headers that differ from request to request for reasons of their own do not count.
fn bytes(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| name != "date" && name != "x-request-id");
    (answer.status, answer.body.clone(), headers)
}

on_both_databases! {
    async fn a_log_in_answers_200_with_both_cookies_and_is_noted(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("Ada@example.com").await;
        let before = rows::user(&app, EMAIL);
        app.advance(TimeDelta::hours(1));
        let mut browser = app.browser();
        let answer = browser.log_in(EMAIL, PASSWORD).await;
        assert_answer!("login_200", answer);
        let after = rows::user(&app, EMAIL);
        assert_ne!(before.last_login, after.last_login);
        assert_eq!(after.last_login, Some(app.clock.now().naive_utc()));
        assert_eq!(before.password, after.password);
        assert_eq!(rows::end_reasons(&app), [None, None]);
        assert_eq!(browser.info().await.body, r#"{"email":"Ada@example.com","user_id":1}"#);
    }

    async fn an_address_logs_in_however_it_is_cased(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("Ada@example.com").await;
        for spelling in ["ada@example.com", "ADA@EXAMPLE.COM", "aDa@Example.Com", "  ada@example.com "] {
            let answer = app.browser().log_in(spelling, PASSWORD).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"email":"Ada@example.com","user_id":1}"#));
        }
    }

    async fn a_password_is_taken_to_the_letter(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        for other in [PASSWORD.to_uppercase(), format!("{PASSWORD} "), format!(" {PASSWORD}"), format!("{PASSWORD}x")] {
            assert_eq!(app.browser().log_in(EMAIL, &other).await.status, 404, "{other:?}");
        }
    }

    async fn wrong_unknown_and_inactive_answer_the_same_bytes(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        app.signed_up("gone@example.com").await;
        rows::deactivate(&app, "gone@example.com");
        let before = rows::counts(&app);
        let wrong = app.browser().log_in(EMAIL, "another password").await;
        assert_answer!("login_404", wrong);
        let unknown = app.browser().log_in("nobody@example.com", PASSWORD).await;
        let inactive = app.browser().log_in("gone@example.com", PASSWORD).await;
        let missing = app.post(LOGIN, json!({ "email": EMAIL })).await;
        for other in [unknown, inactive, missing] {
            assert_eq!(bytes(&other), bytes(&wrong));
        }
        assert_eq!(rows::counts(&app), before);
        let last_login = rows::user(&app, "gone@example.com").last_login;
        assert_eq!(last_login, Some(TestApp::start_of_time().naive_utc()));
    }

    async fn a_missing_field_is_answered_without_hash_or_statement(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let bodies = [
            json!({}),
            json!({ "email": EMAIL }),
            json!({ "password": PASSWORD }),
            json!({ "email": null, "password": PASSWORD }),
            json!({ "email": EMAIL, "password": "" }),
            json!({ "email": "", "password": PASSWORD }),
        ];
        let before = app.state.database.statements();
        for body in bodies {
            let answer = app.post(LOGIN, body.clone()).await;
            let told = (answer.status, answer.body.as_str());
            assert_eq!(told, (404, r#""No user matching credentials""#), "{body}");
        }
        assert_eq!(app.state.database.statements(), before);
    }

    async fn a_field_of_another_type_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let mut told = String::new();
        for wrong in [json!(5), json!(1.5), json!(true), json!([PASSWORD]), json!({ "a": 1 })] {
            for body in [json!({ "email": EMAIL, "password": wrong }), json!({ "email": wrong, "password": PASSWORD })] {
                let answer = app.post(LOGIN, body.clone()).await;
                writeln!(told, "{body}\n  {} {}", answer.status, answer.body).unwrap();
            }
        }
        let both = app.post(LOGIN, json!({ "password": [], "email": 5 })).await;
        writeln!(told, "both\n  {} {}", both.status, both.body).unwrap();
        assert_answer!("login_400_types", told);
    }

    async fn a_field_that_nobody_asked_for_is_passed_over(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let body = json!({ "email": EMAIL, "password": PASSWORD, "is_staff": true, "remember": null, "csrf": [1] });
        let answer = app.post(LOGIN, body).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert!(!rows::user(&app, EMAIL).is_staff);
    }

    async fn a_log_in_ends_the_session_of_the_refresh_cookie_that_it_carries(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut late_tab = browser.clone();
        assert_eq!(browser.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(rows::end_reasons(&app), [Some("replaced".to_owned()), None]);
        assert_answer!("info_401_revoked", late_tab.info().await);
        let late = late_tab.refresh().await;
        assert_answer!("refresh_401_replaced", late);
        assert_eq!(browser.info().await.status, 200);
        assert_eq!(browser.refresh().await.status, 200);
    }

    async fn a_log_in_ends_the_session_of_a_superseded_refresh_cookie_too(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut behind = browser.clone();
        browser.refresh().await;
        assert_eq!(behind.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(rows::end_reasons(&app), [Some("replaced".to_owned()), None]);
        assert!(browser.info().await.body.contains("Token is revoked"));
    }

    async fn a_log_in_passes_over_cookies_that_are_no_tokens(backend: Backend) {
        let app = TestApp::new(backend).await;
        let first = app.signed_up(EMAIL).await;
        for cookies in ["refresh=rubbish; access=rubbish".to_owned(), format!("refresh={0}; refresh={0}", first.refresh_token()), format!("refresh={}", first.access())] {
            let request = app.request(Method::POST, LOGIN).header("Cookie", &cookies);
            let answer = Answer::of(request.json(&json!({ "email": EMAIL, "password": PASSWORD }))).await;
            assert_eq!((answer.status, answer.set_cookies().count()), (200, 2), "{cookies}: {answer}");
        }
        assert_eq!(rows::end_reasons(&app), [None, None, None, None]);
    }

    async fn a_failed_log_in_leaves_the_old_session_alone(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        assert_eq!(browser.log_in(EMAIL, "another password").await.status, 404);
        assert_eq!(rows::end_reasons(&app), [None]);
        assert_eq!(browser.info().await.status, 200);
        assert_eq!(browser.refresh().await.status, 200);
    }

    async fn a_hash_of_another_cost_is_replaced_at_the_next_log_in(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let old = rows::user(&app, EMAIL).password;
        let app = app.restart(&[("bcrypt_cost", "5")]).await;
        assert_eq!(app.browser().log_in(EMAIL, "another password").await.status, 404);
        assert_eq!(rows::user(&app, EMAIL).password, old);
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 200);
        let user = rows::user(&app, EMAIL);
        assert!(user.password.starts_with("bcrypt_sha256$$2b$05$"), "{}", user.password);
        assert_eq!(user.generation, 0);
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(rows::user(&app, EMAIL).password, user.password);
    }

    async fn an_unknown_address_takes_a_place_among_the_hashers(backend: Backend) {
        // One thread and no queue: while it hashes, for a second, the next that needs a hash
        // is put off.
        let one_place = [("password_hashing_threads", "1"), ("password_hashing_queue", "0"), ("bcrypt_cost", "14")];
        let app = TestApp::with(backend, &one_place).await;
        let hashing = app.state.passwords.encode(PASSWORD.to_owned());
        let unknown = app.browser();
        let (hashed, answer) = futures_util::future::join(hashing, async {
            let mut unknown = unknown;
            unknown.log_in("nobody@example.com", PASSWORD).await
        }).await;
        assert!(hashed.is_ok());
        assert_answer!("login_503_hashing", answer);
    }

    async fn a_log_in_that_races_a_password_change_loses(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let stale = rows::user(&app, EMAIL);
        rows::change_password(&app, EMAIL, "a password of another day");
        let mut connection = app.connect();
        let before = rows::counts(&app);
        let opened = within(&mut connection, &app.clock, &By::default(), |change| {
            sessions::open_for_log_in(change, &app.state.policy, &stale, None, None)
        });
        assert!(matches!(opened, Err(OpenError::UserChanged)), "{opened:?}");
        assert_eq!(rows::counts(&app), before);
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 404);
        assert_eq!(app.browser().log_in(EMAIL, "a password of another day").await.status, 200);
    }

    async fn a_log_in_that_races_a_deactivation_or_a_revocation_loses(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let stale = rows::user(&app, EMAIL);
        let mut connection = app.connect();
        let mut open = |user| {
            within(&mut connection, &app.clock, &By::default(), |change| {
                sessions::open_for_log_in(change, &app.state.policy, user, None, None)
            })
        };
        let mut newer = stale.clone();
        newer.generation += 1;
        assert!(matches!(open(&newer), Err(OpenError::UserChanged)));
        assert!(open(&stale).is_ok());
        rows::deactivate(&app, EMAIL);
        assert!(matches!(open(&stale), Err(OpenError::UserChanged)));
    }
}
