//! `POST password/`.

mod fields;
mod races;

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::schema::{events, revocations, users};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    Answer, Backend, Browser, PASSWORD, TestApp, USERS, assert_answer, forge, on_both_databases,
    rows,
};

const EMAIL: &str = "Ada@example.com";
const NEW: &str = "a staple of another day";

async fn change(browser: &mut Browser<'_>, old: &str, new: &str) -> Answer {
    let body = json!({ "old_password": old, "new_password": new });
    browser.post("/password/", body).await
}

on_both_databases! {
    async fn the_new_password_counts_and_this_browser_has_a_new_session(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut old = browser.clone();
        assert_answer!("password_200", change(&mut browser, PASSWORD, NEW).await);
        assert_ne!(browser.sid(), old.sid());
        assert_answer!("info_401_revoked", old.info().await);
        assert_eq!((browser.info().await.status, browser.clone().refresh().await.status), (200, 200));
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 404);
        assert_eq!(app.browser().log_in(EMAIL, NEW).await.status, 200);
    }

    async fn every_other_session_ends_and_its_own_old_one_is_replaced(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut phone = app.signed_up(EMAIL).await;
        let mut browser = app.browser();
        browser.log_in(EMAIL, PASSWORD).await;
        let mut grace = app.signed_up("grace@example.com").await;
        assert_eq!(change(&mut browser, PASSWORD, NEW).await.status, 200);
        assert_eq!((phone.info().await.status, grace.info().await.status), (401, 200));
        assert_answer!("refresh_401", phone.refresh().await);
        let reasons = [Some("password_changed"), Some("replaced"), None, None];
        assert_eq!(rows::end_reasons(&app), reasons.map(|reason| reason.map(str::to_owned)));
        let revoked: Vec<(String, String)> = revocations::table
            .order(revocations::id)
            .select((revocations::kind, revocations::reason))
            .load(&mut app.connect())
            .unwrap();
        let row = |kind: &str, reason: &str| (kind.to_owned(), reason.to_owned());
        assert_eq!(revoked, [row("session", "replaced"), row("user", "password_changed")]);
        let noted: Vec<(String, Option<String>)> = events::table
            .filter(events::kind.eq_any(["password_changed", "session_ended", "logged_in"]))
            .order(events::id)
            .select((events::kind, events::reason))
            .load(&mut app.connect())
            .unwrap();
        let line = |kind: &str, reason: Option<&str>| (kind.to_owned(), reason.map(str::to_owned));
        assert_eq!(
            noted,
            [
                line("logged_in", None),
                line("password_changed", None),
                line("session_ended", Some("replaced")),
                line("session_ended", Some("password_changed")),
                line("logged_in", Some("password_changed")),
            ]
        );
    }

    /// Its refusal must not delete what the change has set.
    async fn a_late_tab_with_the_old_cookies_leaves_the_new_ones_alone(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut superseded = browser.clone();
        browser.refresh().await;
        let mut late = browser.clone();
        change(&mut browser, PASSWORD, NEW).await;
        for tab in [&mut late, &mut superseded] {
            let (refreshed, changed) = (tab.refresh().await, change(tab, NEW, "yet another of them").await);
            assert_eq!((refreshed.status, refreshed.set_cookies().count()), (401, 0), "{refreshed}");
            assert_eq!((changed.status, changed.set_cookies().count()), (401, 0), "{changed}");
        }
        assert_eq!(browser.info().await.status, 200);
    }

    async fn a_node_that_starts_afterwards_says_the_same(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let old = browser.access().to_owned();
        change(&mut browser, PASSWORD, NEW).await;
        let new = browser.access().to_owned();
        let app = app.restart(&[]).await;
        for (access, status) in [(old, 401), (new, 200)] {
            let mut browser = app.browser();
            browser.cookies.insert("access".to_owned(), access);
            assert_eq!(browser.info().await.status, status);
        }
    }

    async fn a_bearer_client_finds_its_new_tokens_in_the_cookies(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut carried = app.signed_up("grace@example.com").await;
        let mut grace = carried.clone();
        let request = app
            .request(Method::POST, &format!("{USERS}/password/"))
            .header("Origin", "https://evil.example")
            .bearer_auth(browser.access())
            .json(&json!({ "old_password": PASSWORD, "new_password": NEW }));
        assert_answer!("password_200", carried.send(request).await);
        assert_eq!(forge::read(carried.access())["email"], EMAIL);
        assert_eq!((carried.info().await.status, browser.info().await.status), (200, 401));
        assert_eq!(grace.info().await.status, 200, "her cookies came along and were not read");
    }

    async fn without_a_valid_access_token_nothing_is_changed(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut phone = app.browser();
        phone.log_in(EMAIL, PASSWORD).await;
        let mut ended = browser.clone();
        browser.log_out().await;
        let before = rows::counts(&app);
        assert_answer!("info_401_revoked", change(&mut ended, PASSWORD, NEW).await);
        assert_answer!("info_401_absent", change(&mut app.browser(), PASSWORD, NEW).await);
        assert_answer!("info_401_absent", change(&mut phone.with_only("refresh"), PASSWORD, NEW).await);
        let forged = app.request(Method::POST, &format!("{USERS}/password/")).bearer_auth(forge::claims(&forge::access()));
        let forged = forged.json(&json!({ "old_password": PASSWORD, "new_password": NEW }));
        assert_answer!("info_401_revoked", Answer::of(forged).await);
        app.advance(TimeDelta::minutes(15));
        let answer = change(&mut phone, PASSWORD, NEW).await;
        assert!(answer.status == 401 && answer.body.contains("Token is expired"), "{answer}");
        assert_eq!(rows::counts(&app), before);
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 200);
    }

    async fn an_imported_hash_of_another_cost_verifies_and_is_replaced(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let stale = frontgate::passwords::encode(PASSWORD, 5).unwrap();
        diesel::update(users::table).set(users::password.eq(stale)).execute(&mut app.connect()).unwrap();
        assert_eq!(change(&mut browser, PASSWORD, NEW).await.status, 200);
        let kept = rows::user(&app, EMAIL).password;
        assert!(kept.starts_with("bcrypt_sha256$$2b$04$"), "{kept}");
    }
}
