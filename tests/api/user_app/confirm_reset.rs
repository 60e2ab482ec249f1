//! `POST password/reset/confirm/`.

mod links;

use std::fmt::Write;

use diesel::prelude::*;
use frontgate::models::user::User;
use frontgate::schema::events;
use serde_json::{Value, json};

use crate::support::{Answer, Backend, PASSWORD, TestApp, assert_answer, on_both_databases, rows};

const EMAIL: &str = "ada@example.com";
const NEW: &str = "another horse battery";
const CONFIRM: &str = "/api/v1/users/password/reset/confirm/";

async fn confirm(app: &TestApp, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "new_password": password });
    app.post(CONFIRM, body).await
}

on_both_databases! {
    async fn a_link_sets_the_password_ends_every_session_and_logs_nobody_in(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let mut phone = app.browser();
        phone.log_in(EMAIL, PASSWORD).await;
        let mut other = app.signed_up("grace@example.com").await;
        let link = rows::reset_link(&app, EMAIL);
        // Whoever opens the link may be anyone, also someone who is logged in as another.
        let request = app.request(reqwest::Method::POST, CONFIRM);
        let answer = other.send(request.json(&json!({ "token": link, "new_password": NEW }))).await;
        assert_answer!("confirm_200", answer);

        for device in [&browser, &phone] {
            assert_answer!("info_401_revoked", device.with_only("access").info().await);
            assert_eq!(device.with_only("refresh").refresh().await.status, 401);
        }
        assert_eq!(other.info().await.body, r#"{"email":"grace@example.com","user_id":2}"#);
        let changed = Some("password_changed".to_owned());
        assert_eq!(rows::end_reasons(&app), [changed.clone(), changed, None]);
        // The log says that a link did it, and of whom.
        let noted: Vec<(Option<i64>, Option<String>, Option<String>)> = events::table
            .filter(events::kind.eq("password_changed"))
            .select((events::user_id, events::sid, events::reason))
            .load(&mut app.connect())
            .unwrap();
        assert_eq!(noted, [(Some(rows::user(&app, EMAIL).id), None, Some("reset_link".to_owned()))]);
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 404);
        let mut new = app.browser();
        assert_eq!(new.log_in(EMAIL, NEW).await.status, 200);
        assert_eq!(new.info().await.status, 200);
    }

    async fn a_weak_password_is_refused_and_does_not_use_the_link_up(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let ada = User { first_name: "Augusta".to_owned(), ..rows::user(&app, EMAIL) };
        assert!(ada.store_names(&mut app.connect()).unwrap());
        let link = rows::reset_link(&app, EMAIL);
        let before = rows::counts(&app);
        let mut told = String::new();
        for weak in ["12345", "ada@example.com", "augusta1", "84736251473625"] {
            let answer = confirm(&app, &link, weak).await;
            writeln!(told, "{weak}\n  {} {}", answer.status, answer.body).unwrap();
        }
        assert_answer!("confirm_400_weak", told);
        assert_eq!(rows::counts(&app), before);
        assert_eq!(confirm(&app, &link, NEW).await.status, 200);
    }

    async fn fields_that_are_not_right_are_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up(EMAIL).await;
        let link = rows::reset_link(&app, EMAIL);
        let bodies: [Value; 12] = [
            json!({}),
            json!({ "token": "LINK" }),
            json!({ "new_password": NEW }),
            json!({ "token": null, "new_password": NEW }),
            json!({ "token": "", "new_password": NEW }),
            json!({ "token": " \t", "new_password": NEW }),
            json!({ "token": 5, "new_password": ["x"] }),
            json!({ "token": "LINK", "new_password": null }),
            json!({ "token": "LINK", "new_password": "  " }),
            json!({ "token": "LINK", "new_password": "x".repeat(129) }),
            json!({ "token": "LINK", "new_password": "correct\0horse battery" }),
            json!({ "token": "LINK", "new_password": NEW, "email": EMAIL, "is_staff": true }),
        ];
        let mut told = String::new();
        for body in bodies {
            let body = body.to_string();
            let sent: Value = serde_json::from_str(&body.replace("LINK", &link)).unwrap();
            let answer = app.post(CONFIRM, sent).await;
            let shown = body.replace(&"x".repeat(129), "<x 129 times>");
            writeln!(told, "{shown}\n  {} {}", answer.status, answer.body).unwrap();
        }
        assert_answer!("confirm_400_fields", told);
        let long = app.post(CONFIRM, json!({ "token": link, "new_password": "x".repeat(16 * 1024) })).await;
        assert_eq!(long.status, 413);
        assert_eq!(confirm(&app, &link, NEW).await.status, 200, "nothing used it up");
    }
}
