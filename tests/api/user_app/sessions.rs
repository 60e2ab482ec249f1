//! `GET sessions/`.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::models::revocation::Revocation;
use frontgate::rotation::EndReason;
use frontgate::schema::{sessions, users};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::change::{by_command, elsewhere};
use crate::support::{
    Answer, Backend, Browser, PASSWORD, TestApp, USERS, assert_answer, forge, on_both_databases,
    rows,
};

const EMAIL: &str = "ada@example.com";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

/// Another browser of the same user.
async fn logged_in<'a>(app: &'a TestApp, user_agent: &[u8]) -> Browser<'a> {
    let mut browser = app.browser();
    let request = app
        .request(Method::POST, &format!("{USERS}/login/"))
        .header("User-Agent", user_agent)
        .json(&json!({ "email": EMAIL, "password": PASSWORD }));
    let answer = browser.send(request).await;
    assert_eq!(answer.status, 200, "{answer}");
    browser
}

async fn list(browser: &mut Browser<'_>) -> Vec<Value> {
    let answer = browser.get("/sessions/").await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.json().as_array().unwrap().clone()
}

/// The identities that a browser's list shows.
async fn ids(browser: &mut Browser<'_>) -> Vec<String> {
    let listed = list(browser).await;
    listed
        .iter()
        .map(|session| session["id"].as_str().unwrap().to_owned())
        .collect()
}

on_both_databases! {
    async fn sessions_are_listed_with_their_devices_the_last_seen_first(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut laptop = app.signed_up(EMAIL).await;
        app.signed_up("grace@example.com").await;
        app.advance(TimeDelta::minutes(1));
        let mut phone = logged_in(&app, PHONE.as_bytes()).await;
        app.advance(TimeDelta::minutes(1));
        let tool = logged_in(&app, b"curl/8.14.1").await;
        app.advance(TimeDelta::minutes(1));
        let refreshed = app.request(Method::POST, &format!("{USERS}/refresh/")).header("User-Agent", PHONE);
        assert_eq!(phone.send(refreshed).await.status, 200);
        let mut answer = laptop.get("/sessions/").await;
        for (browser, name) in [(&laptop, "laptop"), (&phone, "phone"), (&tool, "tool")] {
            answer.body = answer.body.replace(&browser.sid(), &format!("<{name}>"));
        }
        answer.body = answer.body.replace("},{", "},\n{");
        assert_answer!("sessions_200", answer);
        let current: Vec<_> = list(&mut phone).await.iter().map(|session| session["current"] == true).collect();
        assert_eq!(current, [true, false, false]);
        let bearer = Answer::of(app.request(Method::GET, &format!("{USERS}/sessions")).bearer_auth(phone.access())).await;
        assert_eq!(bearer.body, phone.get("/sessions/").await.body);
    }

    async fn without_a_valid_token_nothing_is_listed(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert_answer!("info_401_absent", app.get(&format!("{USERS}/sessions/")).await);
        let mut browser = app.signed_up(EMAIL).await;
        assert_answer!("info_401_absent", browser.with_only("refresh").get("/sessions/").await);
        let mut late = browser.clone();
        browser.log_out().await;
        assert_answer!("info_401_revoked", late.get("/sessions/").await);
        let mut other = logged_in(&app, b"").await;
        app.advance(TimeDelta::minutes(15));
        let answer = other.get("/sessions/").await;
        assert!(answer.status == 401 && answer.body.contains("Token is expired"), "{answer}");
    }

    /// Each way in which a session may be over, but for the one that asks.
    async fn only_sessions_that_can_be_refreshed_are_listed(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let mut here = logged_in(&app, b"").await;
        for column in ["expires_at", "ended_at", "generation"] {
            let there = logged_in(&app, b"").await;
            assert!(ids(&mut here).await.contains(&there.sid()));
            let value = if column == "generation" { "-1" } else { "created_at" };
            let change = format!("UPDATE sessions SET {column} = {value} WHERE sid = '{}'", there.sid());
            app.connect().batch_execute(&change).unwrap();
            assert!(!ids(&mut here).await.contains(&there.sid()), "{column}");
        }
        assert_eq!(ids(&mut here).await.len(), 2);
    }

    /// The database knows already; this node is about to hear of it.
    async fn a_session_that_another_node_has_ended_lists_nothing(backend: Backend) {
        let app = TestApp::new(backend).await;
        for change in ["UPDATE sessions SET ended_at = created_at", "UPDATE users SET generation = generation + 1",
            "UPDATE users SET is_active = (1 = 0)", "DELETE FROM sessions", "DELETE FROM users"] {
            let mut browser = app.browser();
            if browser.create(EMAIL, PASSWORD).await.status != 201 {
                browser = logged_in(&app, b"").await;
            }
            assert_eq!(browser.get("/sessions/").await.status, 200);
            app.connect().batch_execute(change).unwrap();
            assert_answer!("info_401_revoked", browser.get("/sessions/").await);
            diesel::update(users::table).set(users::is_active.eq(true)).execute(&mut app.connect()).unwrap();
        }
        let forged = Answer::of(app.request(Method::GET, &format!("{USERS}/sessions/")).bearer_auth(forge::claims(&forge::access()))).await;
        assert_answer!("info_401_revoked", forged);
    }

    async fn sessions_from_before_everything_was_revoked_are_not_listed(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let mut connection = app.connect();
        Revocation::everything(&mut connection, 5, app.clock.now()).unwrap();
        let mut here = logged_in(&app, b"").await;
        assert_eq!(ids(&mut here).await, [here.sid()]);
    }

    async fn a_list_holds_a_hundred_and_this_one_always(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        rows::open_sessions(&app, &browser, 1_500);
        let later = app.clock.now() + TimeDelta::seconds(1);
        let others = sessions::table.filter(sessions::sid.ne(browser.sid()));
        diesel::update(others).set(sessions::last_seen_at.eq(later.naive_utc())).execute(&mut app.connect()).unwrap();
        let listed = ids(&mut browser).await;
        assert_eq!((listed.len(), listed.last()), (100, Some(&browser.sid())));
        // Of those that were last seen at one moment, the newest.
        assert_eq!(listed[0], format!("a{:031}", 1_500));
    }

    async fn a_user_agent_of_ten_kilobytes_or_of_rubbish_is_an_unknown_browser(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let long = [b"Firefox\t\xff<script>".as_slice(), &[b'x'; 10_000]].concat();
        let mut here = logged_in(&app, &long).await;
        let listed = list(&mut here).await;
        let own = listed.iter().find(|session| session["current"] == true).unwrap();
        assert_eq!(own["device"], "Unknown browser");
        let kept: String = sessions::table
            .filter(sessions::sid.eq(here.sid()))
            .select(sessions::last_user_agent)
            .first(&mut app.connect())
            .unwrap();
        assert_eq!(kept.chars().count(), 400);
        assert!(kept.starts_with("Firefox\u{fffd}<script>xxx"), "{kept}");
    }

    async fn an_address_that_somebody_made_up_is_not_shown(backend: Backend) {
        for (trusted, shown) in [("", "127.0.0.1"), ("10.0.0.0/8", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.9")] {
            let app = TestApp::with(backend, &[("trusted_proxies", trusted)]).await;
            let mut browser = app.signed_up(EMAIL).await;
            let refresh = app.request(Method::POST, &format!("{USERS}/refresh/"));
            let lie = refresh.header("X-Forwarded-For", "6.6.6.6, 203.0.113.9").header("X-Real-IP", "6.6.6.6").header("Forwarded", "for=6.6.6.6");
            assert_eq!(browser.send(lie).await.status, 200);
            assert_eq!(list(&mut browser).await[0]["ip"], shown, "trusting {trusted:?}");
        }
    }

    async fn a_user_whose_sessions_were_ended_beside_the_server_sees_the_new_one_alone(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let id = rows::user(&app, EMAIL).id;
        let ended = elsewhere(&mut app.connect(), &app.clock, &by_command(None), |change| change.end_all(id, EndReason::Revoked));
        assert_eq!(ended.unwrap(), 1);
        let mut here = logged_in(&app, b"").await;
        assert_eq!(ids(&mut here).await, [here.sid()]);
    }
}
