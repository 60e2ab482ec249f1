//! Claims of one's own: `access_token_claims` and `users.claims`.

use diesel::prelude::*;
use frontgate::schema::users;
use serde_json::{Value, json};

use crate::support::test_app::PASSWORD;
use crate::support::{Backend, TestApp, forge, on_both_databases};

const EMAIL: &str = "ada@example.com";
const ALL: (&str, &str) = (
    "access_token_claims",
    "first_name, last_name, is_staff, is_superuser, date_joined",
);

fn set_claims(app: &TestApp, claims: &str) {
    diesel::update(users::table)
        .set(users::claims.eq(claims))
        .execute(&mut app.connect())
        .unwrap();
}

/// The claims of an access token that a log-in hands out, beside the standing ones.
async fn custom(app: &TestApp) -> Value {
    let mut browser = app.browser();
    let answer = browser.log_in(EMAIL, PASSWORD).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(browser.info().await.status, 200);
    let mut refresh = forge::read(browser.refresh_token());
    let mut access = forge::read(browser.access());
    let standing = ["token_type", "exp", "iat", "jti", "user_id", "sid", "gen"];
    for name in standing {
        access.as_object_mut().unwrap().remove(name).unwrap();
        refresh.as_object_mut().unwrap().remove(name).unwrap();
    }
    assert_eq!(
        access.as_object_mut().unwrap().remove("email"),
        Some(json!(EMAIL))
    );
    assert_eq!(refresh, json!({}), "the refresh token carries none of them");
    access
}

async fn signed_up(backend: Backend, settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::with(backend, settings).await;
    let body = json!({ "email": EMAIL, "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace" });
    assert_eq!(app.post("/api/v1/users/create/", body).await.status, 201);
    app
}

on_both_databases! {
    async fn without_settings_there_are_none(backend: Backend) {
        let app = signed_up(backend, &[]).await;
        assert_eq!(custom(&app).await, json!({}));
    }

    async fn the_fields_that_the_settings_name_are_there(backend: Backend) {
        let app = signed_up(backend, &[ALL]).await;
        let expected = json!({
            "first_name": "Ada", "last_name": "Lovelace", "is_staff": false, "is_superuser": false,
            "date_joined": TestApp::start_of_time().timestamp(),
        });
        assert_eq!(custom(&app).await, expected);
    }

    async fn a_users_own_claims_are_there_and_win(backend: Backend) {
        let app = signed_up(backend, &[("access_token_claims", "first_name,is_staff")]).await;
        set_claims(&app, r#"{"plan": "pro", "roles": ["a", {"b": 1}], "first_name": "Countess", "none": null}"#);
        let expected = json!({ "plan": "pro", "roles": ["a", { "b": 1 }], "first_name": "Countess", "none": null, "is_staff": false });
        assert_eq!(custom(&app).await, expected);
    }

    async fn reserved_names_never_override(backend: Backend) {
        let app = signed_up(backend, &[]).await;
        set_claims(&app, r#"{"token_type": "refresh", "exp": 9999999999, "iat": 1, "nbf": 9999999999, "jti": "x", "user_id": 2,
            "sid": "x", "gen": 99, "email": "root@example.com", "iss": "x", "aud": "x", "sub": "x", "kept": true}"#);
        assert_eq!(custom(&app).await, json!({ "kept": true }));
    }

    async fn claims_that_are_no_object_are_passed_over(backend: Backend) {
        let app = signed_up(backend, &[("access_token_claims", "last_name")]).await;
        for claims in ["", "null", "5", "[1]", "\"text\"", "{", "{\"a\":}"] {
            set_claims(&app, claims);
            assert_eq!(custom(&app).await, json!({ "last_name": "Lovelace" }), "{claims:?}");
        }
    }

    async fn a_refresh_reads_them_anew(backend: Backend) {
        let app = signed_up(backend, &[]).await;
        let mut browser = app.browser();
        browser.log_in(EMAIL, PASSWORD).await;
        set_claims(&app, r#"{"plan": "pro"}"#);
        browser.refresh().await;
        assert_eq!(forge::read(browser.access())["plan"], json!("pro"));
    }
}
