//! `reset-link/`.

use diesel::prelude::*;
use frontgate::link_token::LinkToken;
use frontgate::password_reset::Link;
use frontgate::schema::{admin_sessions, events, one_time_tokens};
use frontgate::sessions::revoke_everything;
use serde_json::json;

use super::{by_operator, message, noted, path};
use crate::support::change::{by_command, elsewhere};
use crate::support::{
    Backend, OPERATOR, Operator, PASSWORD, TestApp, USERS, assert_answer, on_both_databases, rows,
};

/// The token of the page, and the page without it.
fn token(page: &str) -> String {
    let (_, rest) = page.split_once("aria-labelledby=\"token\">").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

on_both_databases! {
    async fn a_link_is_shown_once_works_once_and_is_kept_nowhere(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.signed_up("ada@example.com").await;
        let path = path(&app, "ada@example.com", "reset-link/");
        let mut page = operator.post(&path, &[]).await;
        let token = token(&page.body);
        page.body = page.body.replace(&token, "<token of the link>").replace(&app.address.to_string(), "<address>");
        assert_answer!("admin_user_reset_link", page);
        assert_eq!(operator.get(&path).await.status, 405);
        let states: Vec<String> = admin_sessions::table.select(admin_sessions::state).load(&mut app.connect()).unwrap();
        let details: Vec<String> = events::table.select(events::detail).load(&mut app.connect()).unwrap();
        assert!(!format!("{states:?}{details:?}").contains(&token));
        let made_by: Vec<Option<i64>> = one_time_tokens::table
            .filter(one_time_tokens::purpose.eq("password_reset"))
            .select(one_time_tokens::created_by)
            .load(&mut app.connect())
            .unwrap();
        assert_eq!(made_by, [Some(rows::user(&app, OPERATOR).id)]);
        let body = json!({ "token": token, "new_password": "another horse battery" });
        for status in [200, 400] {
            let answer = app.post(&format!("{USERS}/password/reset/confirm/"), body.clone()).await;
            assert_eq!(answer.status, status, "{answer}");
        }
        assert_eq!(noted(&app, &["reset_link_made"]), [by_operator(&app, "reset_link_made", "ada@example.com", "{}")]);
    }

    async fn the_page_of_the_setting_stands_in_the_link(backend: Backend) {
        let app = TestApp::with(backend, &[("password_reset_url", "https://app.example.com/reset?a=1"), ("password_reset_lifetime", "1d")]).await;
        let mut operator = app.operator().await;
        app.signed_up("ada@example.com").await;
        let page = operator.post(&path(&app, "ada@example.com", "reset-link/"), &[]).await;
        assert!(page.body.contains("https://app.example.com/reset?a=1&#38;token="), "{page}");
        assert!(page.body.contains("until 2026-01-06 12:00:00 UTC") && !page.body.contains("curl"), "{page}");
    }

    async fn a_user_who_may_not_log_in_gets_none(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.signed_up("ada@example.com").await;
        rows::deactivate(&app, "ada@example.com");
        let page = operator.post_and_follow(&path(&app, "ada@example.com", "reset-link/"), &[]).await;
        let said = "ada@example.com is inactive: a new password would not let them in. Activate them first.";
        assert_eq!(message(&page), said);
        assert!(noted(&app, &["reset_link_made"]).is_empty());
    }

    async fn links_stop_working_when_the_operator_who_made_them_may_operate_no_more(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        for email in ["ada@example.com", "alan@example.com"] {
            app.signed_up(email).await;
        }
        let works = async |token: &str| {
            let body = json!({ "token": token, "new_password": "another horse battery" });
            app.post(&format!("{USERS}/password/reset/confirm/"), body).await.status
        };
        let role = async |operator: &mut Operator<'_>, email: &str, role: &str| {
            let path = path(&app, email, "role/");
            assert_eq!(operator.post(&path, &[("role", role)]).await.status, 303);
        };
        for out in ["staff", "user", "inactive", "deleted"] {
            let email = format!("{out}@example.com");
            let mut grace = app.staff(&email, true).await;
            let made = token(&grace.post(&path(&app, "ada@example.com", "reset-link/"), &[]).await.body);
            let others = token(&operator.post(&path(&app, "alan@example.com", "reset-link/"), &[]).await.body);
            match out {
                "inactive" => assert_eq!(operator.post(&path(&app, &email, "deactivate/"), &[]).await.status, 303),
                "deleted" => assert_eq!(operator.post(&path(&app, &email, "delete/"), &[("email", &email)]).await.status, 303),
                less => role(&mut operator, &email, less).await,
            }
            assert_eq!((works(&made).await, works(&others).await), (400, 200), "{out}");
        }
        // Who may do more keeps them.
        let mut grace = app.staff("grace@example.com", true).await;
        let made = token(&grace.post(&path(&app, "ada@example.com", "reset-link/"), &[]).await.body);
        role(&mut operator, "grace@example.com", "superuser").await;
        assert_eq!(works(&made).await, 200);
    }

    /// An intruder who operated for a while must not come back by what they made.
    async fn links_stop_working_with_everything_else_of_the_operator_who_made_them(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut honest = app.operator().await;
        for email in ["ada@example.com", "alan@example.com"] {
            app.signed_up(email).await;
        }
        let works = async |token: &str| {
            let body = json!({ "token": token, "new_password": "another horse battery" });
            app.post(&format!("{USERS}/password/reset/confirm/"), body).await.status
        };
        for (number, put_out) in ["own password", "changepassword", "revoke --user", "own address"].into_iter().enumerate() {
            let email = format!("grace{number}@example.com");
            let mut grace = app.staff(&email, true).await;
            let made = token(&grace.post(&path(&app, "ada@example.com", "reset-link/"), &[]).await.body);
            let others = token(&honest.post(&path(&app, "alan@example.com", "reset-link/"), &[]).await.body);
            let mut browser = app.browser();
            browser.log_in(&email, PASSWORD).await;
            match put_out {
                "own password" => {
                    let body = json!({ "old_password": PASSWORD, "new_password": "a staple of another day" });
                    assert_eq!(browser.post("/password/", body).await.status, 200);
                }
                "own address" => {
                    let body = json!({ "email": "grace@example.org", "password": PASSWORD });
                    let request = app.request(reqwest::Method::PATCH, &format!("{USERS}/profile/"));
                    assert_eq!(browser.send(request.json(&body)).await.status, 200);
                }
                "revoke --user" => assert_eq!(browser.post("/logout/all/", json!({})).await.status, 200),
                _ => rows::change_password(&app, &email, "a staple of another day"),
            }
            assert_eq!((works(&made).await, works(&others).await), (400, 200), "{put_out}");
        }
    }

    async fn no_link_outlives_the_end_of_everything(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.signed_up("ada@example.com").await;
        let of_a_command = rows::reset_link(&app, "ada@example.com");
        let by_operator = token(&operator.post(&path(&app, "ada@example.com", "reset-link/"), &[]).await.body);
        let found = LinkToken::parse(&of_a_command).unwrap();
        let link = Link::find(&mut app.connect(), &found, app.clock.now()).unwrap().unwrap();
        let by = by_command(None);
        elsewhere(&mut app.connect(), &app.clock, &by, revoke_everything).unwrap();
        for made in [&of_a_command, &by_operator] {
            let body = json!({ "token": made, "new_password": "another horse battery" });
            let answer = app.post(&format!("{USERS}/password/reset/confirm/"), body).await;
            assert_eq!((answer.status, &*answer.body), (400, r#"{"token":["The link is invalid or has expired."]}"#));
        }
        // Nor one that was looked at before.
        let used = elsewhere(&mut app.connect(), &app.clock, &by, |change| link.set_password(change, "!"));
        assert!(!used.unwrap());
        let new = rows::reset_link(&app, "ada@example.com");
        let body = json!({ "token": new, "new_password": "another horse battery" });
        assert_eq!(app.post(&format!("{USERS}/password/reset/confirm/"), body).await.status, 200);
    }
}
