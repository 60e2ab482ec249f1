//! What `POST password/` says about each field that is not right.

use std::fmt::Write;

use futures_util::future::join;
use serde_json::{Value, json};

use super::{EMAIL, NEW, change};
use crate::support::{Backend, Browser, PASSWORD, TestApp, assert_answer, on_both_databases, rows};

/// Sends each body, and answers what came back, one after the other. None may change a row.
async fn refusals(app: &TestApp, browser: &mut Browser<'_>, bodies: &[Value]) -> String {
    let before = (rows::counts(app), rows::user(app, EMAIL).password);
    let mut told = String::new();
    for body in bodies {
        let answer = browser.post("/password/", body.clone()).await;
        assert_eq!(answer.set_cookies().count(), 0);
        let mut shown = body.to_string();
        for length in [128, 129, 5_000] {
            shown = shown.replace(
                &format!("\"{}\"", "x".repeat(length)),
                &format!("<x {length} times>"),
            );
        }
        writeln!(told, "{shown}\n  {} {}", answer.status, answer.body).unwrap();
    }
    assert_eq!((rows::counts(app), rows::user(app, EMAIL).password), before);
    told
}

on_both_databases! {
    async fn each_field_that_is_missing_or_of_a_wrong_type_is_named(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut bodies = vec![
            json!({}),
            json!({ "old_password": PASSWORD }),
            json!({ "new_password": NEW }),
            json!({ "old_password": PASSWORD, "new_password": NEW, "email": "eve@example.com", "is_staff": true }),
            json!({ "old_password": PASSWORD, "new_password": "x".repeat(129) }),
            json!({ "old_password": "x".repeat(5_000), "new_password": NEW }),
            json!({ "old_password": "a\u{0}", "new_password": "b\u{0}" }),
        ];
        for name in ["old_password", "new_password"] {
            for wrong in [json!(""), json!("  "), Value::Null, json!(5), json!(true), json!([]), json!({})] {
                let mut body = json!({ "old_password": PASSWORD, "new_password": NEW });
                body[name] = wrong;
                bodies.push(body);
            }
        }
        assert_answer!("password_400_fields", refusals(&app, &mut browser, &bodies).await);
        assert_eq!(browser.info().await.status, 200);
    }

    async fn a_wrong_old_password_and_a_weak_new_one_are_told_at_once(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.browser();
        let sign_up = json!({ "email": EMAIL, "password": PASSWORD, "first_name": "Augusta", "last_name": "Lovelace" });
        assert_eq!(browser.post("/create/", sign_up).await.status, 201);
        let pair = |old: &str, new: &str| json!({ "old_password": old, "new_password": new });
        let bodies = [
            pair("not the password", NEW),
            pair(&PASSWORD.to_uppercase(), NEW),
            pair(&format!(" {PASSWORD}"), NEW),
            pair(PASSWORD, "aB3$xyz"),
            pair(PASSWORD, "password1"),
            pair(PASSWORD, "84736251473625"),
            pair(PASSWORD, "augusta12"),
            pair(PASSWORD, "lovelace1"),
            pair(PASSWORD, "ada@example.com"),
            pair("not the password", "1234"),
        ];
        assert_answer!("password_400_weak", refusals(&app, &mut browser, &bodies).await);
    }

    async fn a_wrong_old_password_is_refused_in_djangos_words(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        assert_answer!("password_400_wrong", change(&mut browser, "not the password", NEW).await);
    }

    async fn the_same_password_again_and_one_of_128_characters_are_taken(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        assert_eq!(change(&mut browser, PASSWORD, PASSWORD).await.status, 200);
        let long = "\u{e9}".repeat(128);
        assert_eq!(change(&mut browser, PASSWORD, &long).await.status, 200);
        assert_eq!(app.browser().log_in(EMAIL, &long).await.status, 200);
    }

    /// The one thread hashes something else, for a second.
    async fn where_hashing_is_saturated_the_answer_is_503(backend: Backend) {
        let app = TestApp::new(backend).await;
        let cookies = app.signed_up(EMAIL).await.cookies;
        let one_place = [("password_hashing_threads", "1"), ("password_hashing_queue", "0"), ("bcrypt_cost", "14")];
        let app = app.restart(&one_place).await;
        let mut browser = app.browser();
        browser.cookies = cookies;
        let hashing = app.state.passwords.encode(PASSWORD.to_owned());
        let (hashed, answer) = join(hashing, change(&mut browser, PASSWORD, NEW)).await;
        assert!(hashed.is_ok());
        assert_answer!("login_503_hashing", answer);
        assert_eq!(browser.info().await.status, 200);
    }
}
