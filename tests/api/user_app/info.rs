//! `GET ""`.

use std::fmt::Write;

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use crate::support::test_app::PASSWORD;
use crate::support::{Answer, Backend, TestApp, assert_answer, forge, on_both_databases};

const INFO: &str = "/api/v1/users/";
const EMAIL: &str = "ada@example.com";

async fn with_header(app: &TestApp, name: &str, value: impl AsRef<[u8]>) -> Answer {
    Answer::of(app.request(Method::GET, INFO).header(name, value.as_ref())).await
}

async fn bearer(app: &TestApp, token: &str) -> Answer {
    with_header(app, "Authorization", format!("Bearer {token}")).await
}

on_both_databases! {
    async fn the_user_is_answered_from_the_cookie(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        assert_answer!("info_200", browser.info().await);
        let mut access_only = browser.with_only("access");
        assert_eq!(access_only.info().await.status, 200);
        let without_slash = access_only.send(app.request(Method::GET, "/api/v1/users")).await;
        assert_eq!(without_slash.status, 200);
    }

    async fn no_answer_makes_a_database_statement(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut replaced = browser.clone();
        browser.log_in(EMAIL, PASSWORD).await;
        let before = app.state.database.statements();
        assert!(before > 0);
        assert_eq!(browser.info().await.status, 200);
        assert_eq!(bearer(&app, browser.access()).await.status, 200);
        // A token that is verified for the first time, for the cache knows it not yet.
        assert_eq!(bearer(&app, &forge::claims(&forge::access())).await.status, 200);
        assert_eq!(app.browser().info().await.status, 401);
        assert_eq!(replaced.info().await.status, 401);
        assert_eq!(bearer(&app, browser.refresh_token()).await.status, 401);
        assert_eq!(bearer(&app, "rubbish").await.status, 401);
        app.advance(TimeDelta::minutes(15));
        assert_eq!(browser.info().await.status, 401);
        assert_eq!(app.state.database.statements(), before);
    }

    async fn without_a_token_the_cookie_is_missed(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert_answer!("info_401_absent", app.get(INFO).await);
        let mut browser = app.signed_up(EMAIL).await.with_only("refresh");
        assert_eq!(browser.info().await.body, app.get(INFO).await.body);
    }

    async fn each_reason_has_its_message(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let mut told = String::new();
        let expired = forge::access_with("exp", json!(TestApp::start_of_time().timestamp()));
        let cases = [
            ("rubbish", "rubbish".to_owned()),
            ("expired", forge::claims(&expired)),
            ("a refresh token", browser.refresh_token().to_owned()),
            ("no jti", forge::claims(&forge::access_without("jti"))),
            ("no token_type", forge::claims(&forge::access_without("token_type"))),
        ];
        for (name, token) in cases {
            let answer = bearer(&app, &token).await;
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"api\""));
            writeln!(told, "{name}\n  {} {}", answer.status, answer.body).unwrap();
            let by_cookie = with_header(&app, "Cookie", format!("access={token}")).await;
            assert_eq!((by_cookie.status, by_cookie.body), (answer.status, answer.body));
        }
        assert_answer!("info_401_messages", told);
    }

    async fn a_token_that_does_not_verify_answers_401(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert_answer!("info_401_invalid", bearer(&app, "rubbish").await);
    }

    async fn a_bearer_header_has_two_parts_and_its_scheme_in_any_case(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let access = browser.access();
        let headers = [
            "Bearer ACCESS", "Bearer  ACCESS", "Bearer\tACCESS", "Bearer", "Bearer ACCESS x", "Bearer a b", "Bearer abc", "Bearer a.b.c",
            "bearer ACCESS", "BEARER ACCESS", "bEaReR  ACCESS", "bearer", "bearer \u{e9}", "bearerx ACCESS", "Token ACCESS", "JWT ACCESS", "Basic YTpi", "BearerACCESS", "ACCESS", "", "Bearer \u{e9}",
        ];
        let mut told = String::new();
        for header in headers {
            let answer = with_header(&app, "Authorization", header.replace("ACCESS", access)).await;
            writeln!(told, "{header:?}\n  {} {}", answer.status, answer.body).unwrap();
        }
        assert_answer!("info_bearer_forms", told);
    }

    async fn the_header_decides_and_cookies_are_not_read(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        let grace = app.signed_up("grace@example.com").await;
        let by_header = |token: &str| app.request(Method::GET, INFO).header("Authorization", format!("Bearer {token}"));
        assert_eq!(ada.send(by_header(grace.access())).await.body, r#"{"email":"grace@example.com","user_id":2}"#);
        let refused = ada.send(by_header("rubbish")).await;
        assert_eq!((refused.status, refused.set_cookies().count()), (401, 0));
        let twice = format!("access={0}; access={0}", ada.access());
        let answer = Answer::of(by_header(grace.access()).header("Cookie", twice)).await;
        assert_eq!(answer.status, 200);
        let other_scheme = app.request(Method::GET, INFO).header("Authorization", "Basic YTpi");
        assert_eq!(ada.send(other_scheme).await.body, r#"{"email":"ada@example.com","user_id":1}"#);
    }

    async fn a_cookie_that_comes_twice_is_refused_and_every_form_of_it_deleted(backend: Backend) {
        let app = TestApp::with(backend, &[("refresh_cookie_path", "/api/v1/users/")]).await;
        let browser = app.signed_up(EMAIL).await;
        let access = browser.access();
        let twice = [format!("access={access}; access={access}"), format!("access=planted; access={access}"), format!("access={access}; a=b; access=")];
        for cookies in twice {
            let request = app.request(Method::GET, INFO).header("Host", "app.shop.example.com:8000").header("Cookie", cookies);
            assert_answer!("info_401_twice", Answer::of(request).await);
        }
        let apart = app.request(Method::GET, INFO).header("Cookie", format!("access={access}")).header("Cookie", "access=planted");
        assert_eq!(Answer::of(apart).await.status, 401);
    }

    async fn a_name_that_only_resembles_ours_is_another_cookie(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let access = browser.access();
        let cookies = format!("ACCESS=planted; xaccess=planted; access2=planted; %61ccess=planted;access={access};  access-=x");
        assert_eq!(with_header(&app, "Cookie", cookies).await.status, 200);
        for cookies in [format!("Access={access}"), format!("%61ccess={access}"), format!("access ={access}")] {
            assert_eq!(with_header(&app, "Cookie", cookies).await.status, 401);
        }
        for cookies in [format!("access=\"{access}\""), format!("access={access}%20"), "access=".to_owned()] {
            let answer = with_header(&app, "Cookie", &cookies).await;
            assert!(answer.body.contains("Token is invalid"), "{cookies}: {answer}");
        }
    }
}
