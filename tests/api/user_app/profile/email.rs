//! A new address.

use futures_util::future::join;
use reqwest::Method;
use serde_json::json;

use super::{EMAIL, noted, patch};
use crate::support::{
    Backend, OPERATOR, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

const NEW: &str = "ada@example.org";

on_both_databases! {
    async fn a_new_address_acts_as_a_new_password(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut phone = app.browser();
        phone.log_in(EMAIL, PASSWORD).await;
        let tab = browser.clone();
        let answer = patch(&app, &mut browser, json!({ "email": " Ada@EXAMPLE.org", "password": PASSWORD })).await;
        assert_answer!("profile_patch_200_address", answer);
        assert_ne!(browser.sid(), tab.sid());

        let before = app.state.database.statements();
        assert_eq!(browser.info().await.body, r#"{"email":"Ada@example.org","user_id":1}"#);
        assert_answer!("info_401_revoked", phone.info().await);
        assert_answer!("info_401_revoked", tab.clone().info().await);
        assert_eq!(app.state.database.statements(), before);
        assert_answer!("refresh_401", phone.refresh().await);
        // The other tab's refusal must not delete the new cookies.
        assert_answer!("refresh_401_replaced", tab.clone().refresh().await);
        assert_eq!(browser.refresh().await.status, 200);

        let reasons = [Some("replaced"), Some("address_changed"), None].map(|reason| reason.map(str::to_owned));
        assert_eq!(rows::end_reasons(&app), reasons);
        assert_eq!(rows::user(&app, NEW).generation, 1);
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 404);
        assert_eq!(app.browser().log_in(NEW, PASSWORD).await.status, 200);
        assert_eq!(noted(&app), [r#"{"changed":["email"],"old_email":"ada@example.com"}"#]);
    }

    /// They are nowhere else.
    async fn a_bearer_client_finds_its_new_tokens_in_the_cookies(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up(EMAIL).await;
        let request = app.request(Method::PATCH, "/api/v1/users/profile/").bearer_auth(browser.access());
        let mut client = app.browser();
        let answer = client.send(request.json(&json!({ "email": NEW, "first_name": "Ada", "password": PASSWORD }))).await;
        assert_eq!((answer.status, answer.set_cookies().count()), (200, 2), "{answer}");
        assert_eq!(client.info().await.json()["email"], NEW);
        assert_eq!(client.refresh().await.status, 200);
        assert_eq!(rows::user(&app, NEW).first_name, "Ada");
    }

    async fn an_operator_who_changes_the_address_is_signed_out_of_the_admin(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut browser = app.browser();
        browser.log_in(OPERATOR, PASSWORD).await;
        assert_eq!(patch(&app, &mut browser, json!({ "email": NEW, "password": PASSWORD })).await.status, 200);
        assert_eq!(operator.get("/admin/").await.status, 303);
    }

    async fn the_case_of_ones_own_address_may_change(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut phone = app.browser();
        phone.log_in(EMAIL, PASSWORD).await;
        let answer = patch(&app, &mut browser, json!({ "email": "ADA@example.com", "password": PASSWORD })).await;
        assert_eq!((answer.status, &answer.json()["email"]), (200, &json!("ADA@example.com")));
        assert_eq!(browser.info().await.body, r#"{"email":"ADA@example.com","user_id":1}"#);
        assert_eq!(phone.info().await.body, r#"{"email":"ada@example.com","user_id":1}"#, "it is the same address");
        assert_eq!(phone.refresh().await.status, 200);
        assert_eq!(phone.info().await.body, r#"{"email":"ADA@example.com","user_id":1}"#);
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 200);
    }

    async fn of_two_who_want_one_address_exactly_one_gets_it(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s")]).await;
        for round in 0..10 {
            let mut ada = app.signed_up(&format!("ada{round}@example.com")).await;
            let mut bob = app.signed_up(&format!("bob{round}@example.com")).await;
            let wanted = |spelling: &str| json!({ "email": format!("{spelling}{round}@example.org"), "password": PASSWORD });
            let (first, second) = join(patch(&app, &mut ada, wanted("chief")), patch(&app, &mut bob, wanted("CHIEF"))).await;
            let (won, lost) = if first.status == 200 { (first, second) } else { (second, first) };
            assert_eq!(won.status, 200, "{won}");
            assert_eq!((lost.status, &*lost.body), (400, r#"{"email":["user with this email already exists."]}"#));
        }
    }

    async fn a_new_address_makes_reset_links_useless(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let link = rows::reset_link(&app, EMAIL);
        patch(&app, &mut browser, json!({ "first_name": "Ada" })).await;
        let confirm = |token: &str| app.post("/api/v1/users/password/reset/confirm/", json!({ "token": token, "new_password": "12345678" }));
        assert!(confirm(&link).await.body.contains("too common"), "a new name leaves the link alone");
        patch(&app, &mut browser, json!({ "email": NEW, "password": PASSWORD })).await;
        assert!(confirm(&link).await.body.contains("invalid or has expired"));
    }

    /// The password that was verified is not that of the row any more, and the session of
    /// whoever asked has ended with it.
    async fn a_new_address_that_races_a_new_password_does_not_get_past_it(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "30s")]).await;
        for round in 0..10 {
            let old = format!("ada{round}@example.com");
            let mut browser = app.signed_up(&old).await;
            let link = rows::reset_link(&app, &old);
            let body = json!({ "email": format!("ada{round}@example.org"), "password": PASSWORD });
            let reset = app.post("/api/v1/users/password/reset/confirm/", json!({ "token": link, "new_password": "another horse battery" }));
            let (changed, reset) = join(patch(&app, &mut browser, body), reset).await;
            match changed.status {
                // The link was sent to the old address.
                200 => assert_eq!(reset.status, 400, "{reset}"),
                _ => assert_eq!((changed.status, reset.status), (401, 200), "{changed}\n{reset}"),
            }
        }
    }
}
