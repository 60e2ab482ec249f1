//! `GET profile/` and `PATCH profile/`.

mod email;
mod fields;

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::schema::events;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answer, Backend, Browser, PASSWORD, TestApp, USERS, assert_answer, forge, on_both_databases,
    rows,
};

const EMAIL: &str = "ada@example.com";

async fn read(app: &TestApp, browser: &mut Browser<'_>) -> Answer {
    let request = app.request(Method::GET, &format!("{USERS}/profile/"));
    browser.send(request).await
}

async fn patch(app: &TestApp, browser: &mut Browser<'_>, body: Value) -> Answer {
    let request = app.request(Method::PATCH, &format!("{USERS}/profile/"));
    browser.send(request.json(&body)).await
}

/// What the audit log says of changed profiles.
fn noted(app: &TestApp) -> Vec<String> {
    events::table
        .filter(events::kind.eq("profile_changed"))
        .order(events::id)
        .select(events::detail)
        .load(&mut app.connect())
        .unwrap()
}

on_both_databases! {
    async fn a_profile_is_what_the_database_knows(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        app.advance(TimeDelta::milliseconds(90_500));
        browser.log_in(EMAIL, PASSWORD).await;
        assert_answer!("profile_200", read(&app, &mut browser).await);
    }

    async fn a_profile_needs_a_token_of_a_session_that_lives(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert_answer!("info_401_absent", read(&app, &mut app.browser()).await);
        let browser = app.signed_up(EMAIL).await;
        let mut copy = browser.clone();
        browser.clone().log_out().await;
        assert_answer!("info_401_revoked", read(&app, &mut copy).await);
        assert_answer!("info_401_revoked", patch(&app, &mut copy, json!({ "first_name": "Ada" })).await);
        assert_eq!(rows::user(&app, EMAIL).first_name, "");
    }

    /// Nothing told the node: the database's own tools were at work.
    async fn a_user_who_is_gone_or_inactive_has_no_profile(backend: Backend) {
        let app = TestApp::new(backend).await;
        let (mut ada, mut grace) = (app.signed_up(EMAIL).await, app.signed_up("grace@example.com").await);
        rows::delete_user(&app, EMAIL);
        rows::deactivate(&app, "grace@example.com");
        for browser in [&mut ada, &mut grace] {
            assert_answer!("info_401_revoked", read(&app, browser).await);
            assert_answer!("info_401_revoked", patch(&app, browser, json!({ "first_name": "Ada" })).await);
        }
    }

    async fn names_change_trimmed_and_what_is_left_out_stays(backend: Backend) {
        let app = TestApp::with(backend, &[("access_token_claims", "first_name,last_name")]).await;
        let mut browser = app.signed_up(EMAIL).await;
        let refresh = browser.refresh_token().to_owned();
        let sid = forge::read(browser.access())["sid"].clone();
        app.advance(TimeDelta::minutes(1));
        let answer = patch(&app, &mut browser, json!({ "first_name": "  Ada ", "last_name": "King" })).await;
        assert_answer!("profile_patch_200", answer);
        let claims = forge::read(browser.access());
        assert_eq!((&claims["first_name"], &claims["last_name"], &claims["sid"]), (&json!("Ada"), &json!("King"), &sid));
        assert_eq!(browser.refresh_token(), refresh, "nothing rotates");

        let answer = patch(&app, &mut browser, json!({ "last_name": "Lovelace" })).await;
        assert_eq!(answer.json()["first_name"], "Ada");
        patch(&app, &mut browser, json!({ "first_name": "" })).await;
        let ada = rows::user(&app, EMAIL);
        assert_eq!((&*ada.first_name, &*ada.last_name, ada.generation), ("", "Lovelace", 0));
        assert_eq!(noted(&app), [r#"{"changed":["first_name","last_name"]}"#, r#"{"changed":["last_name"]}"#, r#"{"changed":["first_name"]}"#]);
        assert_eq!(browser.refresh().await.status, 200);
    }

    async fn what_changes_nothing_is_a_success_that_changes_nothing(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let before = rows::counts(&app);
        for body in [json!({}), json!({ "first_name": " " }), json!({ "email": " ada@EXAMPLE.com " }), json!({ "password": "not looked at" })] {
            let answer = patch(&app, &mut browser, body).await;
            assert_eq!((answer.status, answer.set_cookies().count()), (200, 0), "{answer}");
            assert_eq!(answer.header("x-access-expires-in"), None);
        }
        assert_eq!(rows::counts(&app), before);
    }

    /// Its cookies may be another user's.
    async fn beside_a_bearer_header_no_cookie_is_set(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ada = app.signed_up(EMAIL).await;
        let mut grace = app.signed_up("grace@example.com").await;
        let request = app.request(Method::PATCH, &format!("{USERS}/profile/")).bearer_auth(ada.access());
        let answer = grace.send(request.json(&json!({ "first_name": "Ada" }))).await;
        assert_eq!((answer.status, answer.set_cookies().count()), (200, 0), "{answer}");
        assert_eq!(answer.json()["email"], EMAIL);
        assert_eq!(rows::user(&app, "grace@example.com").first_name, "");
    }

    /// The token that a change hands out outlives the one before it; so must its revocation.
    async fn a_renewed_access_token_is_refused_with_its_session(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        app.advance(TimeDelta::minutes(14));
        assert_eq!(patch(&app, &mut browser, json!({ "first_name": "Ada" })).await.status, 200);
        browser.with_only("refresh").log_out().await;
        let access = browser.with_only("access").cookies;
        app.advance(TimeDelta::minutes(14));
        frontgate::purge::purge_all(&app.state.database, app.clock.now(), |_| {}).await.unwrap();
        let app = app.restart(&[]).await;
        let mut thief = app.browser();
        thief.cookies = access;
        assert_answer!("info_401_revoked", thief.info().await);
    }

    async fn a_change_from_another_site_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let body = json!({ "first_name": "Eve", "password": PASSWORD });
        for (method, path, body) in [
            (Method::PATCH, "/profile/", &body),
            (Method::DELETE, "/", &json!({ "password": PASSWORD })),
            (Method::POST, "/password/reset/confirm/", &json!({ "token": rows::reset_link(&app, EMAIL), "new_password": "another horse battery" })),
        ] {
            let request = app.request(method, &format!("{USERS}{path}")).header("Origin", "https://evil.example");
            assert_answer!("cross_site_403", browser.send(request.json(body)).await);
        }
        assert_eq!(rows::user(&app, EMAIL).first_name, "");
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 200);
    }
}
