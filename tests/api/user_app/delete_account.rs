//! `DELETE ""`.

use std::fmt::Write;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::schema::{events, users};
use futures_util::future::{join, join_all, join3};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answer, Backend, Browser, PASSWORD, TestApp, USERS, assert_answer, on_both_databases, rows, run,
};

const EMAIL: &str = "ada@example.com";

async fn delete(app: &TestApp, browser: &mut Browser<'_>, body: Value) -> Answer {
    let request = app.request(Method::DELETE, &format!("{USERS}/"));
    browser.send(request.json(&body)).await
}

fn right() -> Value {
    json!({ "password": PASSWORD })
}

fn make_superuser(app: &TestApp, email: &str) {
    let id = rows::user(app, email).id;
    diesel::update(users::table.filter(users::id.eq(id)))
        .set(users::is_superuser.eq(true))
        .execute(&mut app.connect())
        .unwrap();
}

on_both_databases! {
    async fn whoever_knows_the_password_is_deleted_and_refused_everywhere_at_once(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut phone = app.browser();
        phone.log_in(EMAIL, PASSWORD).await;
        let copy = browser.clone();
        let mut other = app.signed_up("grace@example.com").await;
        assert_answer!("delete_204", delete(&app, &mut browser, right()).await);

        for device in [&copy, &phone] {
            assert_answer!("info_401_revoked", device.with_only("access").info().await);
            assert_answer!("refresh_401", device.with_only("refresh").refresh().await);
        }
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 404);
        assert_eq!(other.info().await.status, 200);
        let gone: i64 = events::table.filter(events::kind.eq("user_deleted")).count().get_result(&mut app.connect()).unwrap();
        assert_eq!(gone, 1);

        let tokens = [copy.cookies, phone.cookies];
        let app = app.restart(&[]).await;
        for cookies in tokens {
            let mut device = app.browser();
            device.cookies = cookies;
            assert_answer!("info_401_revoked", device.with_only("access").info().await);
            assert_eq!(device.with_only("refresh").refresh().await.status, 401);
        }
    }

    async fn the_address_signs_up_again_as_somebody_else(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let old = browser.clone();
        let old_id = rows::user(&app, EMAIL).id;
        delete(&app, &mut browser, right()).await;
        let mut new = app.signed_up(EMAIL).await;
        assert_ne!(rows::user(&app, EMAIL).id, old_id);
        assert_eq!(new.info().await.status, 200);
        assert_answer!("info_401_revoked", old.with_only("access").info().await);
        assert_eq!(old.with_only("refresh").refresh().await.status, 401);
        assert_eq!(new.refresh().await.status, 200);
        let (old, new) = (old.cookies, new.cookies);
        let app = app.restart(&[]).await;
        for (cookies, status) in [(old, 401), (new, 200)] {
            let mut device = app.browser();
            device.cookies = cookies;
            assert_eq!(device.with_only("access").info().await.status, status);
            assert_eq!(device.with_only("refresh").refresh().await.status, status);
        }
    }

    async fn without_the_right_password_nothing_changes(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let before = rows::counts(&app);
        let bodies = [
            json!({}), json!({ "password": null }), json!({ "password": " " }), json!({ "password": 5 }), json!({ "password": "wrong" }),
            json!({ "password": "x".repeat(16_000) }), json!({ "password": PASSWORD, "email": EMAIL }),
        ];
        let mut told = String::new();
        for body in bodies {
            let answer = delete(&app, &mut browser, body).await;
            assert_eq!(answer.set_cookies().count(), 0);
            writeln!(told, "{} {}", answer.status, answer.body).unwrap();
        }
        assert_answer!("delete_400", told);
        assert_eq!(rows::counts(&app), before);
        assert_eq!(browser.info().await.status, 200);
        assert_eq!(browser.refresh().await.status, 200);
    }

    async fn the_password_alone_deletes_nobody(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        assert_answer!("info_401_absent", delete(&app, &mut app.browser(), right()).await);
        // A refresh cookie is for refreshing.
        assert_answer!("info_401_absent", delete(&app, &mut browser.with_only("refresh"), right()).await);
        let mut copy = browser.clone();
        browser.clone().log_out().await;
        assert_answer!("info_401_revoked", delete(&app, &mut copy, right()).await);
        assert_eq!(rows::user(&app, EMAIL).email, EMAIL);
    }

    async fn the_last_active_superuser_stays(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        let mut grace = app.signed_up("grace@example.com").await;
        let mut bob = app.signed_up("bob@example.com").await;
        for email in [EMAIL, "grace@example.com", "bob@example.com"] {
            make_superuser(&app, email);
        }
        rows::deactivate(&app, "bob@example.com");
        assert_eq!(delete(&app, &mut bob, right()).await.status, 401);
        assert_eq!(delete(&app, &mut ada, right()).await.status, 204);
        assert_answer!("delete_400_last_superuser", delete(&app, &mut grace, right()).await);
        assert_eq!(grace.info().await.status, 200);
    }

    async fn of_two_last_superusers_who_leave_at_once_one_stays(backend: Backend) {
        for _ in 0..5 {
            let app = TestApp::with(backend, &[("database_timeout", "30s")]).await;
            let mut ada = app.signed_up(EMAIL).await;
            let mut grace = app.signed_up("grace@example.com").await;
            make_superuser(&app, EMAIL);
            make_superuser(&app, "grace@example.com");
            let (first, second) = join(delete(&app, &mut ada, right()), delete(&app, &mut grace, right())).await;
            let (left, stayed) = if first.status == 204 { (first, second) } else { (second, first) };
            assert_eq!((left.status, stayed.status), (204, 400), "{left}\n{stayed}");
            assert_eq!(rows::counts(&app)[0], ("users", 1));
        }
    }

    async fn a_deletion_that_races_a_new_password_deletes_or_loses(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s")]).await;
        for round in 0..10 {
            let email = format!("ada{round}@example.com");
            let mut browser = app.signed_up(&email).await;
            let body = json!({ "token": rows::reset_link(&app, &email), "new_password": "another horse battery" });
            let reset = app.post("/api/v1/users/password/reset/confirm/", body);
            let (deleted, reset) = join(delete(&app, &mut browser, right()), reset).await;
            let log_in = app.browser().log_in(&email, "another horse battery").await.status;
            match deleted.status {
                204 => assert_eq!((reset.status, log_in), (400, 404), "{reset}"),
                _ => assert_eq!((deleted.status, reset.status, log_in), (401, 200, 200), "{deleted}\n{reset}"),
            }
        }
    }
    async fn what_races_a_deletion_leaves_nothing_alive(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s"), ("password_hashing_threads", "2")]).await;
        for round in 0..10 {
            let email = format!("ada{round}@example.com");
            let mut browser = app.signed_up(&email).await;
            let mut others = vec![browser.clone(), app.browser(), app.browser()];
            for other in &mut others[1..] {
                other.log_in(&email, PASSWORD).await;
            }
            let mut new = app.browser();
            let refreshes = join_all(others.iter_mut().map(Browser::refresh));
            let (deleted, log_in, refreshes) = join3(delete(&app, &mut browser, right()), new.log_in(&email, PASSWORD), refreshes).await;
            assert_eq!(deleted.status, 204, "{deleted}");
            assert!([200, 404].contains(&log_in.status), "{log_in}");
            assert!(refreshes.iter().all(|answer| [200, 401].contains(&answer.status)), "{refreshes:#?}");
            others.push(new);
            for mut other in others {
                assert_eq!(other.with_only("access").info().await.status, 401);
                assert_eq!(other.refresh().await.status, 401);
            }
        }
    }
    /// A log-in elsewhere stores a fresher hash: the session lives on, and what was verified
    /// is not what stands in the row.
    async fn a_hash_that_changes_after_it_was_verified_stops_the_change(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "20s")]).await;
        for (method, path, body) in [
            (Method::DELETE, "/", right()),
            (Method::PATCH, "/profile/", json!({ "email": "ada@example.org", "password": PASSWORD })),
        ] {
            let email = format!("{}@example.com", method.as_str().to_lowercase());
            let mut browser = app.signed_up(&email).await;
            let mut blocker = app.connect();
            let begin = if backend == Backend::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
            blocker.batch_execute(&format!("{begin}; UPDATE users SET password = 'another' WHERE email = '{email}'")).unwrap();
            let release = async {
                actix_web::rt::time::sleep(Duration::from_millis(300)).await;
                blocker.batch_execute("COMMIT").unwrap();
            };
            let request = app.request(method, &format!("{USERS}{path}")).json(&body);
            let (answer, ()) = join(browser.send(request), release).await;
            assert_eq!((answer.status, &*answer.body), (400, r#"{"password":["Your password was entered incorrectly. Please enter it again."]}"#));
            assert_eq!(rows::user(&app, &email).password, "another");
            assert_eq!(browser.info().await.status, 200);
        }
    }
}

/// As ending them: nobody may become undeletable by opening sessions.
#[test]
fn a_user_with_more_sessions_than_a_statement_has_time_for_is_deleted() {
    run(async {
        let app = TestApp::with(Backend::Postgres, &[("database_timeout", "1s")]).await;
        let mut browser = app.signed_up(EMAIL).await;
        rows::open_sessions(&app, &browser, 8_000);
        rows::slow_sessions(&app);
        assert_answer!("delete_204", delete(&app, &mut browser, right()).await);
        let left = rows::counts(&app);
        for table in [
            "users",
            "sessions",
            "outstanding_tokens",
            "blacklisted_tokens",
        ] {
            assert!(left.contains(&(table, 0)), "{left:?}");
        }
    });
}
