//! What `POST create/` says about each field that is not right.

use std::fmt::Write;

use reqwest::Method;
use serde_json::{Value, json};

use super::CREATE;
use crate::support::rows;
use crate::support::test_app::PASSWORD;
use crate::support::{Answer, Backend, TestApp, assert_answer, on_both_databases};

/// Sends each body, and answers what came back, one after the other. None may store a row.
async fn refusals(app: &TestApp, bodies: &[String]) -> String {
    let before = rows::counts(app);
    let mut told = String::new();
    for body in bodies {
        let request = app
            .request(Method::POST, CREATE)
            .header("Content-Type", "application/json");
        let answer = Answer::of(request.body(body.clone())).await;
        assert_eq!(answer.set_cookies().count(), 0);
        writeln!(
            told,
            "{}\n  {} {}",
            shortened(body),
            answer.status,
            answer.body
        )
        .unwrap();
    }
    assert_eq!(rows::counts(app), before);
    told
}

/// Runs of one letter, which only make a field too long, cut to their length.
fn shortened(body: &str) -> String {
    let run = ["x", "1"]
        .into_iter()
        .find(|letter| body.contains(&letter.repeat(100)));
    let Some(letter) = run else {
        return body.to_owned();
    };
    let start = body.find(&letter.repeat(100)).unwrap();
    let rest = body[start..].trim_start_matches(letter);
    let length = body.len() - start - rest.len();
    format!("{}<{letter} {length} times>{rest}", &body[..start])
}

/// A sign-up that is right, with some fields changed.
fn sign_up(changes: &Value) -> String {
    let mut body = json!({ "email": "ada@example.com", "password": PASSWORD });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.to_string()
}

on_both_databases! {
    async fn a_missing_field_is_named(backend: Backend) {
        let app = TestApp::new(backend).await;
        let bodies = [
            json!({}),
            json!({ "email": "ada@example.com" }),
            json!({ "password": PASSWORD }),
            json!({ "email": "nope" }),
            json!({ "first_name": "Ada" }),
        ];
        let told = refusals(&app, &bodies.map(|body| body.to_string())).await;
        assert_answer!("create_400_missing", told);
    }

    async fn a_blank_a_null_and_a_value_of_another_type_are_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut bodies = Vec::new();
        for name in ["email", "password"] {
            for wrong in [json!(""), json!("   "), json!(" \t\n  \u{a0}    "), Value::Null, json!(5), json!(1.5), json!(true), json!([]), json!({})] {
                bodies.push(sign_up(&json!({ name: wrong })));
            }
        }
        for name in ["first_name", "last_name"] {
            for wrong in [Value::Null, json!(5), json!(false), json!(["Ada"])] {
                bodies.push(sign_up(&json!({ name: wrong })));
            }
        }
        assert_answer!("create_400_types", refusals(&app, &bodies).await);
    }

    async fn a_field_too_long_or_with_a_nul_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let domain = "@bb.com";
        let bodies = [
            json!({ "email": format!("{}{domain}", "x".repeat(255 - domain.len())) }),
            json!({ "email": "x".repeat(255) }),
            json!({ "email": "a\0@example.com" }),
            json!({ "email": format!("{}\0{domain}", "x".repeat(300)) }),
            json!({ "password": "x".repeat(129) }),
            json!({ "password": "1".repeat(129) }),
            json!({ "password": "correct\0horse" }),
            json!({ "first_name": "x".repeat(151) }),
            json!({ "last_name": "x".repeat(151) }),
            json!({ "first_name": "A\0da" }),
        ];
        let bodies = bodies.map(|changes| sign_up(&changes));
        assert_answer!("create_400_lengths", refusals(&app, &bodies).await);
    }

    async fn what_just_fits_is_accepted(backend: Backend) {
        let app = TestApp::new(backend).await;
        let domain = "@bb.com";
        let fitting = [
            json!({ "email": format!("{}{domain}", "x".repeat(254 - domain.len())) }),
            json!({ "email": "b@example.com", "password": "Xy7-".repeat(32) }),
            json!({ "email": "c@example.com", "first_name": "\u{1f600}".repeat(150), "last_name": "x".repeat(150) }),
            json!({ "email": "d@example.com", "first_name": "", "last_name": "   " }),
        ];
        for changes in fitting {
            let body: Value = serde_json::from_str(&sign_up(&changes)).unwrap();
            let answer = app.post(CREATE, body).await;
            assert_eq!(answer.status, 201, "{changes}: {answer}");
        }
    }

    async fn what_is_no_address_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let wrong = ["nope", "@example.com", "ada@", "ada@example", "a b@example.com", "A <a@b.co>", "ada@example.com, b@c.co", "ada@example.com.", "\u{e9}@example.com"];
        let bodies = wrong.map(|email| sign_up(&json!({ "email": email })));
        assert_answer!("create_400_addresses", refusals(&app, &bodies).await);
    }

    async fn a_weak_password_is_refused_with_djangos_messages(backend: Backend) {
        let app = TestApp::new(backend).await;
        let bodies = [
            json!({ "password": "aB3$xyz" }),
            json!({ "password": "PASSWORD1" }),
            json!({ "password": "84736251473625" }),
            json!({ "password": "ada@example.com" }),
            json!({ "password": "lovelace1", "last_name": "Lovelace" }),
            json!({ "password": "lovelace1", "first_name": "Lovelace" }),
            json!({ "email": "123456@example.com", "password": "123456" }),
            json!({ "email": "correcthorse", "password": "correcthorse" }),
        ];
        let bodies = bodies.map(|changes| sign_up(&changes));
        assert_answer!("create_400_weak", refusals(&app, &bodies).await);
    }

    async fn every_wrong_field_is_told_of_at_once_and_in_order(backend: Backend) {
        let app = TestApp::new(backend).await;
        let bodies = [
            json!({ "last_name": null, "first_name": null, "password": null, "email": null }),
            json!({ "email": "nope", "password": "1" }),
            json!({ "email": "nope", "password": "" }),
            json!({ "password": "12345678", "first_name": "x".repeat(151), "nickname": "ada" }),
        ];
        let bodies = bodies.map(|changes| sign_up(&changes));
        assert_answer!("create_400_several", refusals(&app, &bodies).await);
    }

    async fn a_field_that_nobody_asked_for_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let bodies = [
            json!({ "is_staff": true }),
            json!({ "id": 1 }),
            json!({ "nickname": null }),
            json!({ "is_superuser": true, "generation": 5, "Email": "a@b.co" }),
        ];
        let bodies = bodies.map(|changes| sign_up(&changes));
        assert_answer!("create_400_unexpected", refusals(&app, &bodies).await);
    }
}
