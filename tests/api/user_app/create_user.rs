//! `POST create/`.

mod fields;

use serde_json::json;

use crate::support::rows;
use crate::support::test_app::PASSWORD;
use crate::support::{Backend, TestApp, assert_answer, forge, on_both_databases};

const CREATE: &str = "/api/v1/users/create/";

on_both_databases! {
    async fn a_sign_up_answers_201_and_sets_both_cookies(backend: Backend) {
        let app = TestApp::new(backend).await;
        let answer = app.browser().create("Ada@EXAMPLE.com", "correct horse battery").await;
        assert_answer!("create_201", answer);
    }

    async fn a_sign_up_stores_a_user_and_a_session_and_no_password(backend: Backend) {
        let app = TestApp::new(backend).await;
        let body = json!({ "email": " Ada@EXAMPLE.com ", "password": PASSWORD, "first_name": " Ada ", "last_name": "Lovelace" });
        let answer = app.post(CREATE, body).await;
        assert_eq!(answer.status, 201, "{answer}");
        assert_eq!(answer.body, r#"{"email":"Ada@example.com","user_id":1}"#);
        let user = rows::user(&app, "ada@example.com");
        assert_eq!((user.email.as_str(), user.first_name.as_str(), user.last_name.as_str()), ("Ada@example.com", "Ada", "Lovelace"));
        assert_eq!((user.is_active, user.is_staff, user.is_superuser, user.generation), (true, false, false, 0));
        assert_eq!(user.date_joined, TestApp::start_of_time().naive_utc());
        assert!(user.password.starts_with("bcrypt_sha256$$2b$04$"), "{}", user.password);
        assert_eq!(rows::end_reasons(&app), [None]);
    }

    async fn the_cookies_of_a_sign_up_are_logged_in(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let claims = forge::read(browser.access());
        assert_eq!(claims["exp"], TestApp::start_of_time().timestamp() + 900);
        assert_eq!(browser.info().await.body, r#"{"email":"ada@example.com","user_id":1}"#);
        assert_eq!(browser.refresh().await.status, 200);
    }

    async fn a_taken_address_is_refused_however_it_is_cased(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        let before = rows::counts(&app);
        let answer = app.post(CREATE, json!({ "email": "ADA@example.com", "password": "correct horse battery" })).await;
        assert_answer!("create_400_taken", answer);
        assert_eq!(rows::counts(&app), before);
    }

    async fn of_racing_sign_ups_under_one_address_exactly_one_wins(backend: Backend) {
        let app = TestApp::new(backend).await;
        let sign_up = |email: &'static str| app.post(CREATE, json!({ "email": email, "password": PASSWORD }));
        let spellings = ["ada@example.com", "ADA@example.com", "Ada@Example.com", "ada@EXAMPLE.com"];
        let answers = futures_util::future::join_all(spellings.map(sign_up)).await;
        let mut answers: Vec<_> = answers.into_iter().map(|answer| (answer.status, answer.body)).collect();
        answers.sort();
        assert_eq!(answers[0].0, 201);
        for lost in &answers[1..] {
            assert_eq!(*lost, (400, r#"{"email":["user with this email already exists."]}"#.to_owned()));
        }
        let stored: Vec<_> = rows::counts(&app).into_iter().take(3).collect();
        assert_eq!(stored, [("users", 1), ("sessions", 1), ("outstanding_tokens", 1)]);
    }

    async fn a_sign_up_over_an_old_session_ends_it(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let mut old = browser.clone();
        let answer = browser.create("grace@example.com", PASSWORD).await;
        assert_eq!(answer.status, 201, "{answer}");
        assert_eq!(rows::end_reasons(&app), [Some("replaced".to_owned()), None]);
        assert!(old.info().await.body.contains("Token is revoked"));
        assert_eq!(browser.info().await.body, r#"{"email":"grace@example.com","user_id":2}"#);
    }

    async fn a_refused_sign_up_over_an_old_session_leaves_it_alone(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        assert_eq!(browser.create("ada@example.com", PASSWORD).await.status, 400);
        assert_eq!(rows::end_reasons(&app), [None]);
        assert_eq!(browser.info().await.status, 200);
    }
}
