//! `/admin/account/`.

use diesel::prelude::*;
use frontgate::admin::staff::MOST_MESSAGES;
use frontgate::schema::{admin_sessions, users};

use super::users::{admin_sessions_of, message, noted, path};
use crate::support::{
    Backend, OPERATOR, Operator, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

const NEW: &str = "another horse battery";

fn ids(app: &TestApp) -> Vec<i64> {
    admin_sessions::table
        .order(admin_sessions::id)
        .select(admin_sessions::id)
        .load(&mut app.connect())
        .unwrap()
}

on_both_databases! {
    async fn the_account_says_where_one_is_signed_in_and_ends_it(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.staff(OPERATOR, false).await;
        let mut others = Vec::new();
        for _ in 0..3 {
            let mut other = Operator::new(&app);
            other.sign_in(OPERATOR, PASSWORD).await;
            others.push(other);
        }
        let mut grace = app.staff("grace@example.com", true).await;
        assert_answer!("admin_account", operator.get("/admin/account/").await);
        let all = ids(&app);
        let end = |id: i64| format!("/admin/account/sessions/{id}/end/");
        // Somebody else's, and what is none.
        let page = operator.post_and_follow(&end(all[4]), &[]).await;
        assert_eq!(message(&page), "That session had ended already. Nothing was changed.");
        assert_eq!(grace.get("/admin/").await.status, 200);
        assert_eq!(operator.post("/admin/account/sessions/x/end/", &[]).await.status, 404);
        assert_eq!(message(&operator.post_and_follow(&end(all[1]), &[]).await), "The session ended.");
        assert_eq!((others[0].get("/admin/").await.status, others[1].get("/admin/").await.status), (303, 200));
        let page = operator.post_and_follow("/admin/account/sessions/end-others/", &[]).await;
        assert_eq!(message(&page), "2 sessions ended.");
        assert_eq!((others[1].get("/admin/").await.status, others[2].get("/admin/").await.status), (303, 303));
        assert_eq!(grace.get("/admin/").await.status, 200);
        let page = operator.post_and_follow("/admin/account/sessions/end-others/", &[]).await;
        assert_eq!(message(&page), "You were signed in nowhere else.");
        let own = Some(rows::user(&app, OPERATOR).id);
        let event = |count: u8| ("admin_session_ended".to_owned(), own, None, format!("{{\"sessions\":{count}}}"));
        assert_eq!(noted(&app, &["admin_session_ended"]), [event(1), event(2)]);
        // The one in which one reads it ends like the others.
        operator.post(&end(all[0]), &[]).await;
        assert_eq!(operator.get("/admin/").await.status, 303);
        assert_eq!(admin_sessions_of(&app, OPERATOR), 0);
    }

    async fn operators_change_their_own_password_and_stay_signed_in_here_alone(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.staff(OPERATOR, false).await;
        let mut other = Operator::new(&app);
        other.sign_in(OPERATOR, PASSWORD).await;
        let mut browser = app.browser();
        browser.log_in(OPERATOR, PASSWORD).await;
        let path = "/admin/account/password/";
        assert_answer!("admin_account_password", operator.get(path).await);
        let cookie = operator.cookie.clone();
        let fields = [("old_password", PASSWORD), ("password", NEW), ("password_again", NEW)];
        let page = operator.post_and_follow(path, &fields).await;
        assert_eq!(message(&page), "Your password is changed, and you are signed out of the admin everywhere else. 2 sessions ended.");
        assert_eq!((other.get("/admin/").await.status, browser.info().await.status), (303, 401));
        assert_eq!(operator.get("/admin/").await.status, 200);
        assert_ne!(operator.cookie, cookie, "under a new key");
        assert_eq!(admin_sessions_of(&app, OPERATOR), 1);
        assert_eq!(operator.post_and_follow("/admin/account/sessions/end-others/", &[]).await.status, 200);
        let mut thief = Operator::new(&app);
        thief.cookie = cookie;
        assert_eq!(thief.get("/admin/").await.status, 303);
        assert_eq!(thief.sign_in(OPERATOR, NEW).await.status, 303);
        let own = rows::user(&app, OPERATOR).id;
        assert_eq!(noted(&app, &["password_changed"]), [("password_changed".to_owned(), Some(own), None, "{}".to_owned())]);
    }

    async fn a_wrong_old_password_or_a_weak_new_one_changes_nothing(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let before = rows::user(&app, OPERATOR).password;
        let path = "/admin/account/password/";
        let wrong = [("old_password", "wrong"), ("password", "ops"), ("password_again", "")];
        assert_answer!("admin_account_password_400", operator.post(path, &wrong).await);
        for (old, new, again) in [("", NEW, NEW), (PASSWORD, "12345678", "12345678"), (PASSWORD, NEW, ""), (NEW, NEW, NEW)] {
            let fields = [("old_password", old), ("password", new), ("password_again", again)];
            assert_eq!(operator.post(path, &fields).await.status, 400);
        }
        assert_eq!(rows::user(&app, OPERATOR).password, before);
        assert_eq!(operator.get("/admin/").await.status, 200);
    }

    async fn markup_in_an_address_stays_text(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let address = "\"><script>alert(1)</script>@example.com";
        diesel::update(users::table.filter(users::email.eq(OPERATOR)))
            .set((users::email.eq(address), users::email_key.eq(address), users::first_name.eq(address)))
            .execute(&mut app.connect())
            .unwrap();
        let own = path(&app, address, "");
        for path in ["/admin/account/", "/admin/users/", own.as_str(), "/admin/account/password/"] {
            let page = operator.get(path).await;
            assert!(page.status == 200 && !page.body.contains("<script>"), "{page}");
        }
    }

    /// A program that sends forms and reads no page must not fill its session.
    async fn of_the_messages_that_nobody_reads_the_newest_twenty_are_kept(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        app.signed_up("ada@example.com").await;
        let role = path(&app, "ada@example.com", "role/");
        assert_eq!(operator.post(&role, &[("role", "staff")]).await.status, 303);
        for _ in 0..MOST_MESSAGES {
            assert_eq!(operator.post("/admin/account/sessions/9999/end/", &[]).await.status, 303);
        }
        let page = operator.get("/admin/account/").await;
        assert_eq!(page.body.matches("That session had ended already.").count(), MOST_MESSAGES);
        assert!(!page.body.contains("is staff now"), "{page}");
        assert!(!operator.get("/admin/account/").await.body.contains("had ended already"));
    }
}
