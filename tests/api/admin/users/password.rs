//! `password/`.

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

    async fn of_two_who_set_a_password_at_once_one_wins(backend: Backend) {
        let app = TestApp::with(backend, &[("workers", "4")]).await;
        let mut first = app.operator().await;
        let mut second = app.staff("grace@example.com", true).await;
        app.signed_up("ada@example.com").await;
        let path = path(&app, "ada@example.com", "password/");
        let (one, two) = ("another horse battery", "a third horse battery");
        let (a, b) = join(
            first.post(&path, &[("password", one), ("password_again", one)]),
            second.post(&path, &[("password", two), ("password_again", two)]),
        ).await;
        assert_eq!((a.status, b.status), (303, 303));
        let page = super::path(&app, "ada@example.com", "");
        let said = [first.get(&page).await, second.get(&page).await];
        let won: Vec<_> = said.iter().map(|page| message(page).contains("has a new password")).collect();
        let works = [app.browser().log_in("ada@example.com", one).await.status == 200, app.browser().log_in("ada@example.com", two).await.status == 200];
        // One after the other is fine as well: then the later one is right.
        assert!(works[0] != works[1], "{said:?}");
        assert!(won == works || won == [true, true], "{won:?} {works:?}");
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
