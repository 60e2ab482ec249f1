//! `POST create/`.

use serde_json::json;

use crate::support::{Backend, TestApp, assert_answer, on_both_databases};

on_both_databases! {
    async fn a_sign_up_answers_201_and_sets_both_cookies(backend: Backend) {
        let app = TestApp::new(backend).await;
        let answer = app.browser().create("Ada@EXAMPLE.com", "correct horse battery").await;
        assert_answer!("create_201", answer);
    }

    async fn a_taken_address_is_refused_however_it_is_cased(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.signed_up("ada@example.com").await;
        let answer = app.post("/api/v1/users/create/", json!({ "email": "ADA@example.com", "password": "correct horse battery" })).await;
        assert_answer!("create_400_taken", answer);
    }
}
