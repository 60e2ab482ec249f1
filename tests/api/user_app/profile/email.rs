//! A new address.

use futures_util::future::join;
use serde_json::json;

use super::{EMAIL, noted, patch};
use crate::support::{Backend, PASSWORD, TestApp, on_both_databases, rows};

const NEW: &str = "ada@example.org";

on_both_databases! {
    async fn a_new_address_is_said_at_once_here_and_after_a_refresh_elsewhere(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let mut phone = app.browser();
        phone.log_in(EMAIL, PASSWORD).await;
        let answer = patch(&app, &mut browser, json!({ "email": " Ada@EXAMPLE.org", "password": PASSWORD })).await;
        assert_eq!(answer.json()["email"], "Ada@example.org");
        assert_eq!(answer.header("x-access-expires-in"), Some("900"));

        let before = app.state.database.statements();
        assert_eq!(browser.info().await.body, r#"{"email":"Ada@example.org","user_id":1}"#);
        assert_eq!(phone.info().await.body, r#"{"email":"ada@example.com","user_id":1}"#);
        assert_eq!(app.state.database.statements(), before);
        assert_eq!(phone.refresh().await.status, 200);
        assert_eq!(phone.info().await.body, r#"{"email":"Ada@example.org","user_id":1}"#);

        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 404);
        assert_eq!(app.browser().log_in(NEW, PASSWORD).await.status, 200);
        assert_eq!(noted(&app), [r#"{"changed":["email"],"old_email":"ada@example.com"}"#]);
        // The old address is free.
        let mut other = app.signed_up(EMAIL).await;
        assert_eq!(other.info().await.body, r#"{"email":"ada@example.com","user_id":2}"#);
    }

    async fn the_case_of_ones_own_address_may_change(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up(EMAIL).await;
        let answer = patch(&app, &mut browser, json!({ "email": "ADA@example.com", "password": PASSWORD })).await;
        assert_eq!((answer.status, &answer.json()["email"]), (200, &json!("ADA@example.com")));
        assert_eq!(browser.info().await.body, r#"{"email":"ADA@example.com","user_id":1}"#);
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
