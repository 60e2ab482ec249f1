//! `POST logout/others/` and `POST logout/all/`.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::schema::{events, revocations, sessions};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    Answer, Backend, Browser, PASSWORD, TestApp, USERS, assert_answer, forge, on_both_databases,
    rows, run,
};

const EMAIL: &str = "ada@example.com";

async fn others(browser: &mut Browser<'_>) -> Answer {
    browser.post("/logout/others/", json!({})).await
}

async fn all(browser: &mut Browser<'_>) -> Answer {
    browser.post("/logout/all/", json!({})).await
}

/// A user with three sessions.
async fn three(app: &TestApp) -> [Browser<'_>; 3] {
    let one = app.signed_up(EMAIL).await;
    let (mut two, mut three) = (app.browser(), app.browser());
    for browser in [&mut two, &mut three] {
        assert_eq!(browser.log_in(EMAIL, PASSWORD).await.status, 200);
    }
    [one, two, three]
}

/// Neither of its tokens is good for anything.
async fn assert_dead(browser: &Browser<'_>) {
    assert_answer!("info_401_revoked", browser.clone().info().await);
    assert_eq!(browser.clone().refresh().await.status, 401);
}

/// How many rows there are of what the end of sessions writes.
fn written(app: &TestApp) -> (i64, i64, i64, i64) {
    let connection = &mut app.connect();
    let ended = sessions::table.filter(sessions::ended_at.is_not_null());
    let noted = events::table.filter(events::kind.eq("session_ended"));
    let blacklisted = rows::counts(app)[3].1;
    (
        ended.count().get_result(connection).unwrap(),
        blacklisted,
        revocations::table.count().get_result(connection).unwrap(),
        noted.count().get_result(connection).unwrap(),
    )
}

on_both_databases! {
    async fn all_others_end_and_this_one_stays(backend: Backend) {
        let app = TestApp::new(backend).await;
        let [mut one, two, three] = three(&app).await;
        let mut grace = app.signed_up("grace@example.com").await;
        assert_answer!("logout_others_200", others(&mut one).await);
        assert_dead(&two).await;
        assert_dead(&three).await;
        assert_eq!((one.info().await.status, one.refresh().await.status), (200, 200));
        assert_eq!(grace.info().await.status, 200);
        let revoked = Some("revoked".to_owned());
        assert_eq!(rows::end_reasons(&app), [None, revoked.clone(), revoked, None]);
        assert_eq!(written(&app), (2, 3, 2, 2));
        let again = others(&mut one).await;
        assert_eq!((again.status, again.body.as_str()), (200, r#"{"ended":0}"#));
        assert_eq!(written(&app), (2, 3, 2, 2));
    }

    async fn all_end_this_one_too_and_the_cookies_are_deleted(backend: Backend) {
        let app = TestApp::new(backend).await;
        let [mut one, two, three] = three(&app).await;
        let mut grace = app.signed_up("grace@example.com").await;
        let kept = one.clone();
        assert_answer!("logout_all_200", all(&mut one).await);
        assert!(one.cookies.is_empty());
        for browser in [&kept, &two, &three] {
            assert_dead(browser).await;
        }
        assert_eq!(grace.info().await.status, 200);
        assert_eq!(written(&app), (3, 3, 1, 3));
        assert_answer!("info_401_revoked", all(&mut kept.clone()).await);
        assert_answer!("info_401_revoked", others(&mut kept.clone()).await);
        assert_eq!(written(&app), (3, 3, 1, 3));
    }

    /// The clock stands still: not even the `iat` of the tokens differs.
    async fn who_logs_in_again_within_the_same_second_lives_and_the_old_is_dead(backend: Backend) {
        let app = TestApp::new(backend).await;
        let [mut one, two, _] = three(&app).await;
        let old = one.clone();
        assert_eq!(all(&mut one).await.status, 200);
        assert_eq!(one.log_in(EMAIL, PASSWORD).await.status, 200);
        let claims = |browser: &Browser<'_>| forge::read(browser.access())["iat"].as_i64();
        assert_eq!(claims(&old), claims(&one));
        assert_dead(&old).await;
        assert_dead(&two).await;
        assert_eq!((one.info().await.status, one.clone().refresh().await.status), (200, 200));
        assert_eq!(one.get("/sessions/").await.json().as_array().unwrap().len(), 1);
        // A node that reads all of it from the database says the same.
        let (old, new) = (old.access().to_owned(), one.access().to_owned());
        let app = app.restart(&[]).await;
        for (access, status) in [(old, 401), (new, 200)] {
            let mut browser = app.browser();
            browser.cookies.insert("access".to_owned(), access);
            assert_eq!(browser.info().await.status, status);
        }
    }

    async fn ten_thousand_sessions_end_in_one_transaction_with_one_revocation(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s")]).await;
        let mut browser = app.signed_up(EMAIL).await;
        let kept = browser.clone();
        rows::open_sessions(&app, &browser, 9_999);
        let answer = all(&mut browser).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"ended":10000}"#));
        assert_eq!(written(&app), (10_000, 10_000, 1, 10_000));
        let before = app.state.database.statements();
        assert_eq!(kept.clone().info().await.status, 401);
        assert_eq!(app.state.database.statements(), before);
        assert_eq!(app.state.revoked.len(), 1);
    }

    async fn fifteen_hundred_others_end_and_reading_still_makes_no_statement(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s")]).await;
        let mut browser = app.signed_up(EMAIL).await;
        rows::open_sessions(&app, &browser, 1_500);
        let answer = others(&mut browser).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"ended":1500}"#));
        assert_eq!(written(&app), (1_500, 1_500, 1_500, 1_500));
        let before = app.state.database.statements();
        for _ in 0..10 {
            assert_eq!(browser.info().await.status, 200);
        }
        assert_eq!(app.state.database.statements(), before);
        assert_eq!(browser.get("/sessions/").await.json().as_array().unwrap().len(), 1);
    }

    async fn without_a_valid_access_token_nothing_ends(backend: Backend) {
        let app = TestApp::new(backend).await;
        let [one, mut two, _] = three(&app).await;
        let late = two.clone();
        two.log_out().await;
        let before = written(&app);
        for view in ["/logout/others/", "/logout/all/"] {
            assert_answer!("info_401_absent", app.browser().post(view, json!({})).await);
            assert_answer!("info_401_absent", one.with_only("refresh").post(view, json!({})).await);
            assert_answer!("info_401_revoked", late.clone().post(view, json!({})).await);
            let request = app.request(Method::POST, &format!("{USERS}{view}")).bearer_auth(forge::claims(&forge::access()));
            assert_answer!("info_401_revoked", Answer::of(request).await);
        }
        app.advance(TimeDelta::minutes(15));
        for view in ["/logout/others/", "/logout/all/"] {
            let answer = one.clone().post(view, json!({})).await;
            assert!(answer.status == 401 && answer.body.contains("Token is expired"), "{answer}");
        }
        assert_eq!(written(&app), before);
    }

    /// A node that has not heard yet that the thief's session is over: nobody is thrown out.
    async fn a_session_that_another_node_has_ended_ends_no_others(backend: Backend) {
        let app = TestApp::new(backend).await;
        let [mut one, thief, _] = three(&app).await;
        diesel::update(sessions::table.filter(sessions::sid.eq(thief.sid())))
            .set(sessions::ended_at.eq(sessions::created_at.nullable()))
            .execute(&mut app.connect())
            .unwrap();
        assert_answer!("info_401_revoked", others(&mut thief.clone()).await);
        assert_answer!("info_401_revoked", all(&mut thief.clone()).await);
        assert_eq!(written(&app), (1, 0, 0, 0));
        assert_eq!(one.info().await.status, 200);
    }
}

/// Whoever knows a password may open as many sessions as they like, and every statement has an
/// end (`database_timeout`): that must keep nobody from ending them.
#[test]
fn more_sessions_than_a_statement_has_time_for_end_all_the_same() {
    run(async {
        let app = TestApp::with(Backend::Postgres, &[("database_timeout", "1s")]).await;
        let mut one = app.signed_up(EMAIL).await;
        let mut two = app.browser();
        assert_eq!(two.log_in(EMAIL, PASSWORD).await.status, 200);
        rows::open_sessions(&app, &one, 8_000);
        rows::slow_sessions(&app);
        assert_eq!(others(&mut one).await.body, r#"{"ended":8001}"#);
        assert_dead(&two).await;
    });
}
