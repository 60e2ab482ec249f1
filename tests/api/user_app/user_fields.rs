//! What the answers about a user tell: the setting `user_fields`, from the token alone.

use diesel::prelude::*;
use frontgate::schema::users;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::test_app::PASSWORD;
use crate::support::{Answer, Backend, TestApp, on_both_databases};

const EMAIL: &str = "ada@example.com";
const NEW_PASSWORD: &str = "a staple of another day";

/// What each endpoint that tells of a user answers, by its name, for one who signs up now.
async fn told(app: &TestApp, email: &str) -> Vec<(&'static str, String)> {
    let mut browser = app.browser();
    let mut told = Vec::new();
    let mut note = |name, answer: Answer| {
        assert!(answer.status < 300, "{name}: {answer}");
        told.push((name, answer.body));
    };
    note("create/", browser.create(email, PASSWORD).await);
    note("GET \"\"", browser.info().await);
    note("login/", browser.log_in(email, PASSWORD).await);
    let access = browser.access().to_owned();
    let bearer = app
        .request(Method::GET, "/api/v1/users/")
        .bearer_auth(access);
    note("GET \"\" by a header", Answer::of(bearer).await);
    let passwords = json!({ "old_password": PASSWORD, "new_password": NEW_PASSWORD });
    note("password/", browser.post("/password/", passwords).await);
    browser.refresh().await;
    note("GET \"\" refreshed", browser.info().await);
    told
}

/// The profile's own fields are told whatever the setting says.
async fn profile_without_its_own(app: &TestApp, email: &str) -> Value {
    let mut browser = app.browser();
    browser.log_in(email, NEW_PASSWORD).await;
    let mut profile = browser.get("/profile/").await.json();
    let change = json!({ "first_name": "Ada" });
    let patched = app
        .request(Method::PATCH, "/api/v1/users/profile/")
        .json(&change);
    let mut patched = browser.send(patched).await.json();
    for answer in [&mut profile, &mut patched] {
        let answer = answer.as_object_mut().unwrap();
        for own in ["first_name", "last_name", "date_joined", "last_login"] {
            let value = answer.remove(own).unwrap();
            assert!(value.is_string(), "{own}: {value}");
        }
    }
    assert_eq!(profile, patched);
    profile
}

fn set_claims(app: &TestApp, claims: &str) {
    diesel::update(users::table)
        .set(users::claims.eq(claims))
        .execute(&mut app.connect())
        .unwrap();
}

on_both_databases! {
    async fn every_answer_about_a_user_tells_address_and_number(backend: Backend) {
        let app = TestApp::new(backend).await;
        for (id, email) in [(1, EMAIL), (2, "Grace@example.com")] {
            for (name, body) in told(&app, email).await {
                assert_eq!(body, format!(r#"{{"email":"{email}","user_id":{id}}}"#), "{name}");
            }
            assert_eq!(profile_without_its_own(&app, email).await, json!({ "email": email, "user_id": id }));
        }
    }

    async fn the_address_alone_is_what_django_answers(backend: Backend) {
        let app = TestApp::with(backend, &[("user_fields", "email")]).await;
        for (name, body) in told(&app, EMAIL).await {
            assert_eq!(body, r#"{"email":"ada@example.com"}"#, "{name}");
        }
        assert_eq!(profile_without_its_own(&app, EMAIL).await, json!({ "email": EMAIL }));
    }

    async fn names_and_claims_are_told_in_the_order_of_the_setting(backend: Backend) {
        let fields = ("user_fields", "user_id, plan, https://example.com/roles, first_name, date_joined, email");
        let app = TestApp::with(backend, &[fields, ("access_token_claims", "first_name,date_joined")]).await;
        let joined = TestApp::start_of_time().timestamp();
        let nothing = format!(
            r#"{{"user_id":1,"plan":null,"https://example.com/roles":null,"first_name":"","date_joined":{joined},"email":"{EMAIL}"}}"#
        );
        for (name, body) in told(&app, EMAIL).await {
            assert_eq!(body, nothing, "{name}");
        }
        set_claims(&app, r#"{"plan": {"name": "pro"}, "https://example.com/roles": ["a"], "secret": 1}"#);
        let mut browser = app.browser();
        let answer = browser.log_in(EMAIL, NEW_PASSWORD).await;
        let expected = nothing.replacen("null", r#"{"name":"pro"}"#, 1).replacen("null", r#"["a"]"#, 1);
        assert_eq!(answer.body, expected);
        assert_eq!(browser.info().await.body, expected);
        let claims = json!({ "email": EMAIL, "user_id": 1, "plan": { "name": "pro" }, "https://example.com/roles": ["a"] });
        assert_eq!(profile_without_its_own(&app, EMAIL).await, claims);
    }

    async fn they_are_read_from_the_token_with_no_statement(backend: Backend) {
        let app = TestApp::with(backend, &[("user_fields", "user_id,plan")]).await;
        let mut browser = app.signed_up(EMAIL).await;
        set_claims(&app, r#"{"plan": "pro"}"#);
        let before = app.state.database.statements();
        assert_eq!(browser.info().await.body, r#"{"user_id":1,"plan":null}"#);
        assert_eq!(app.state.database.statements(), before);
        browser.refresh().await;
        let before = app.state.database.statements();
        for _ in 0..2 {
            assert_eq!(browser.info().await.body, r#"{"user_id":1,"plan":"pro"}"#);
        }
        assert_eq!(app.state.database.statements(), before);
    }

    async fn a_token_from_before_the_setting_tells_what_it_has(backend: Backend) {
        let app = TestApp::new(backend).await;
        let cookies = app.signed_up(EMAIL).await.cookies;
        let app = app.restart(&[("user_fields", "user_id,first_name"), ("access_token_claims", "first_name")]).await;
        let mut browser = app.browser();
        browser.cookies = cookies;
        assert_eq!(browser.info().await.body, r#"{"user_id":1,"first_name":null}"#);
        browser.refresh().await;
        assert_eq!(browser.info().await.body, r#"{"user_id":1,"first_name":""}"#);
    }

    async fn the_document_names_the_fields_of_the_setting(backend: Backend) {
        let fields = ("user_fields", "user_id,last_name,plan");
        let app = TestApp::with(backend, &[fields, ("access_token_claims", "last_name")]).await;
        let schemas = app.get("/api/openapi.json").await.json()["components"]["schemas"].take();
        let names = |schema: &Value| schema["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&schemas["UserAnswer"]), ["last_name", "plan", "user_id"]);
        assert_eq!(schemas["UserAnswer"]["required"], json!(["user_id", "last_name", "plan"]));
        let profile = ["date_joined", "first_name", "last_login", "last_name", "plan", "user_id"];
        assert_eq!(names(&schemas["Profile"]), profile);
    }
}
