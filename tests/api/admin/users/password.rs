//! `password/`.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontgate::schema::users;
use futures_util::future::join;

use super::{admin_sessions_of, by_operator, message, noted, path};
use crate::support::{
    Backend, OPERATOR, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

const NEW: &str = "another horse battery";

on_both_databases! {
    async fn a_password_is_set_and_every_session_ends(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut grace = app.staff("grace@example.com", false).await;
        let mut browser = app.browser();
        browser.log_in("grace@example.com", PASSWORD).await;
        let path = path(&app, "grace@example.com", "password/");
        assert_answer!("admin_user_password", operator.get(&path).await);
        let answer = operator.post_and_follow(&path, &[("password", NEW), ("password_again", NEW)]).await;
        assert_eq!(message(&answer), "grace@example.com has a new password. 2 sessions ended.");
        assert_eq!((browser.info().await.status, grace.get("/admin/").await.status), (401, 303));
        assert_eq!(admin_sessions_of(&app, "grace@example.com"), 0);
        assert_eq!(app.browser().log_in("grace@example.com", PASSWORD).await.status, 404);
        assert_eq!(app.browser().log_in("grace@example.com", NEW).await.status, 200);
        assert_eq!(noted(&app, &["password_changed"]), [by_operator(&app, "password_changed", "grace@example.com", "{}")]);
    }

    async fn a_weak_or_mistyped_password_is_refused_beside_its_field(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut ada = app.signed_up("ada.lovelace@example.com").await;
        let path = path(&app, "ada.lovelace@example.com", "password/");
        let before = rows::user(&app, "ada.lovelace@example.com").password;
        assert_answer!("admin_user_password_400", operator.post(&path, &[("password", "lovelace"), ("password_again", "x")]).await);
        for (password, again) in [("", ""), ("12345678", "12345678"), (NEW, ""), (NEW, "another horse battery "), ("password", "password")] {
            let answer = operator.post(&path, &[("password", password), ("password_again", again)]).await;
            assert_eq!(answer.status, 400, "{password}: {answer}");
        }
        assert_eq!(rows::user(&app, "ada.lovelace@example.com").password, before);
        assert_eq!(ada.info().await.status, 200);
    }

    /// Under the lock for which the second one waits, after it was looked at.
    async fn of_two_who_set_a_password_the_first_wins(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "20s")]).await;
        let mut operator = app.operator().await;
        app.signed_up("ada@example.com").await;
        let path = path(&app, "ada@example.com", "password/");
        let first = frontgate::passwords::encode("what the first one set", 4).unwrap();
        let mut blocker = app.connect();
        blocker.batch_execute(match backend {
            Backend::Sqlite => "BEGIN IMMEDIATE",
            Backend::Postgres => "BEGIN; UPDATE users SET generation = generation",
        }).unwrap();
        let release = async {
            actix_web::rt::time::sleep(Duration::from_millis(400)).await;
            let ada = users::table.filter(users::email.eq("ada@example.com"));
            diesel::update(ada).set(users::password.eq(first)).execute(&mut blocker).unwrap();
            blocker.batch_execute("COMMIT").unwrap();
        };
        let fields = [("password", NEW), ("password_again", NEW)];
        let (page, ()) = join(operator.post_and_follow(&path, &fields), release).await;
        assert!(message(&page).starts_with("ada@example.com got another password a moment ago"), "{page}");
        assert_eq!(app.browser().log_in("ada@example.com", NEW).await.status, 404);
        assert_eq!(app.browser().log_in("ada@example.com", "what the first one set").await.status, 200);
        assert!(noted(&app, &["password_changed"]).is_empty());
    }

    async fn one_s_own_password_is_changed_elsewhere(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let before = rows::user(&app, OPERATOR).password;
        let path = path(&app, OPERATOR, "password/");
        assert_eq!(operator.get(&path).await.header("location"), Some("/admin/account/password/"));
        let page = operator.post_and_follow(&path, &[("password", NEW), ("password_again", NEW)]).await;
        assert_eq!(message(&page), "Change your own password here: it takes the one that you have now.");
        assert_eq!(rows::user(&app, OPERATOR).password, before);
    }
}
