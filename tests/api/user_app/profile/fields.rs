//! What `PATCH profile/` says about each field that is not right.

use std::fmt::Write;

use serde_json::json;

use super::{EMAIL, noted, patch};
use crate::support::{Backend, PASSWORD, TestApp, assert_answer, on_both_databases, rows};

on_both_databases! {
    async fn fields_that_are_not_right_are_refused_and_nothing_changes(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("Grace@example.com").await;
        let mut browser = app.signed_up(EMAIL).await;
        let before = (rows::counts(&app), format!("{:?}", rows::user(&app, EMAIL)));
        let bodies = [
            json!({ "is_staff": true }),
            json!({ "id": 1, "first_name": "Ada" }),
            json!({ "is_superuser": true, "generation": 5, "claims": {}, "last_login": null }),
            json!({ "first_name": null, "last_name": 5 }),
            json!({ "first_name": "x".repeat(151), "last_name": "A\0da" }),
            json!({ "email": null }),
            json!({ "email": "" }),
            json!({ "email": ["ada@example.org"] }),
            json!({ "email": "nope", "password": PASSWORD }),
            json!({ "email": format!("{}@bb.com", "x".repeat(250)), "password": PASSWORD }),
            json!({ "email": "ada@example.org" }),
            json!({ "email": "ada@example.org", "password": null }),
            json!({ "email": "ada@example.org", "password": "" }),
            json!({ "email": "ada@example.org", "password": 5 }),
            json!({ "email": "ada@example.org", "password": "wrong" }),
            json!({ "email": "ada@example.org", "password": format!("{PASSWORD} ") }),
            json!({ "email": "ada@example.org", "password": "x".repeat(16_000) }),
            json!({ "email": "ADA@example.com" }),
            json!({ "email": "grace@example.com", "password": "wrong" }),
            json!({ "email": "grace@example.com", "password": PASSWORD }),
            json!({ "email": "GRACE@EXAMPLE.COM", "first_name": "Grace", "password": PASSWORD }),
        ];
        let mut told = String::new();
        for body in bodies {
            let shown = body.to_string().replace(&"x".repeat(100), "<x 100 times>");
            let answer = patch(&app, &mut browser, body).await;
            assert_eq!(answer.set_cookies().count(), 0);
            let shown = shown.replace(&"<x 100 times>".repeat(160), "<x 16000 times>");
            writeln!(told, "{shown}\n  {} {}", answer.status, answer.body).unwrap();
        }
        assert_answer!("profile_400", told);
        assert_eq!((rows::counts(&app), format!("{:?}", rows::user(&app, EMAIL))), before);
        assert_eq!(noted(&app), [""; 0]);
    }

    async fn a_body_over_16_kib_is_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let body = json!({ "email": "ada@example.org", "password": "x".repeat(16 * 1024) });
        assert_eq!(patch(&app, &mut browser, body).await.status, 413);
    }

    async fn what_is_no_object_is_refused_before_anyone_asks_who_it_is(backend: Backend) {
        let app = TestApp::new(backend).await;
        let answer = patch(&app, &mut app.browser(), json!([])).await;
        assert_eq!((answer.status, &*answer.body), (400, r#"{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}"#));
        assert_eq!(patch(&app, &mut app.browser(), json!({ "id": 1 })).await.status, 400);
        assert_eq!(patch(&app, &mut app.browser(), json!({})).await.status, 401);
    }
}
