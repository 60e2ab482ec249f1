//! `end-sessions/` and `admin-sessions/{session}/end/`, and the way from a user's page to the end of one session.

use diesel::prelude::*;
use frontgate::schema::{admin_sessions, events, sessions};

use super::{admin_sessions_of, by_operator, message, noted, path};
use crate::support::{Backend, OPERATOR, Operator, PASSWORD, TestApp, on_both_databases, rows};

on_both_databases! {
    async fn one_session_is_ended_by_staff_and_refused_at_once(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut staff = app.staff(OPERATOR, false).await;
        let mut ada = app.signed_up("ada@example.com").await;
        let mut other = app.browser();
        other.log_in("ada@example.com", PASSWORD).await;
        let sid = ada.sid();
        let end = format!("/admin/sessions/{sid}/end/");
        let page = path(&app, "ada@example.com", "");
        let form = format!("<form method=\"post\" action=\"{end}\"");
        assert!(staff.get(&page).await.body.contains(&form));
        let answer = staff.post(&end, &[("back", "user")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(page.as_str())));
        assert_eq!(message(&staff.get(&page).await), "The session has ended, and its tokens are refused from now on.");
        assert_eq!((ada.info().await.status, ada.refresh().await.status, other.info().await.status), (401, 401, 200));
        let answer = staff.post_and_follow(&end, &[("back", "user")]).await;
        assert_eq!(message(&answer), "The session had ended before: revoked.");
        let ended: Vec<(Option<String>, Option<i64>)> = sessions::table
            .filter(sessions::sid.eq(&sid))
            .select((sessions::end_reason, sessions::ended_by))
            .load(&mut app.connect())
            .unwrap();
        assert_eq!(ended, [(Some("revoked".to_owned()), Some(rows::user(&app, OPERATOR).id))]);
        assert_eq!(noted(&app, &["session_ended"]), [by_operator(&app, "session_ended", "ada@example.com", "{}")]);
        // No other page is led to, and what is no session is not found.
        for elsewhere in ["", "users", "//example.com/", "https://example.com/", "/admin/users/1/"] {
            let answer = staff.post(&end, &[("back", elsewhere)]).await;
            assert_eq!(answer.header("location"), Some(format!("/admin/sessions/{sid}/").as_str()), "{elsewhere}");
        }
        for none in ["%27--", "%00", "%FF", "a%00b"] {
            let wrong = format!("/admin/sessions/{none}/end/");
            assert_eq!(staff.post(&wrong, &[("back", "user")]).await.status, 404, "{wrong}");
        }
        assert_eq!(other.info().await.status, 200);
    }

    async fn all_sessions_end_those_in_the_admin_too(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut staff = app.staff(OPERATOR, false).await;
        let mut boss = app.staff("grace@example.com", true).await;
        let mut browsers = Vec::new();
        for _ in 0..2 {
            let mut browser = app.browser();
            browser.log_in("grace@example.com", PASSWORD).await;
            browsers.push(browser);
        }
        let all = path(&app, "grace@example.com", "end-sessions/");
        assert_eq!(message(&staff.post_and_follow(&all, &[]).await), "3 sessions ended.");
        for browser in &mut browsers {
            assert_eq!((browser.info().await.status, browser.refresh().await.status), (401, 401));
        }
        assert_eq!(boss.get("/admin/").await.status, 303);
        assert_eq!(admin_sessions_of(&app, "grace@example.com"), 0);
        assert_eq!(message(&staff.post_and_follow(&all, &[]).await), "There was no session to end.");
        let actors: Vec<Option<i64>> = events::table
            .filter(events::kind.eq("session_ended"))
            .select(events::actor_id)
            .load(&mut app.connect())
            .unwrap();
        assert_eq!(actors, vec![Some(rows::user(&app, OPERATOR).id); 3]);
        boss.sign_in("grace@example.com", PASSWORD).await;
        assert_eq!(boss.get("/admin/").await.status, 200, "the account is as good as before");
        // One's own end as well.
        let answer = staff.post(&path(&app, OPERATOR, "end-sessions/"), &[]).await;
        assert_eq!(answer.status, 303);
        assert_eq!(staff.get("/admin/").await.header("location"), Some("/admin/login/"));
    }

    async fn one_session_in_the_admin_ends_and_the_others_stay(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut staff = app.staff(OPERATOR, false).await;
        let mut boss = app.staff("grace@example.com", true).await;
        let mut elsewhere = Operator::new(&app);
        elsewhere.sign_in("grace@example.com", PASSWORD).await;
        let first: i64 = admin_sessions::table
            .filter(admin_sessions::user_id.eq(rows::user(&app, "grace@example.com").id))
            .order(admin_sessions::id)
            .select(admin_sessions::id)
            .first(&mut app.connect())
            .unwrap();
        let below = format!("admin-sessions/{first}/end/");
        let end = path(&app, "grace@example.com", &below);
        // Not by way of somebody else.
        let wrong = staff.post_and_follow(&path(&app, OPERATOR, &below), &[]).await;
        assert_eq!(message(&wrong), "That session in the admin had ended already. Nothing was changed.");
        assert_eq!(boss.get("/admin/").await.status, 200);
        let answer = staff.post_and_follow(&end, &[]).await;
        assert_eq!(message(&answer), "The session in the admin ended.");
        assert_eq!((boss.get("/admin/").await.status, elsewhere.get("/admin/").await.status), (303, 200));
        let answer = staff.post_and_follow(&end, &[]).await;
        assert_eq!(message(&answer), "That session in the admin had ended already. Nothing was changed.");
        let wanted = by_operator(&app, "admin_session_ended", "grace@example.com", r#"{"sessions":1}"#);
        assert_eq!(noted(&app, &["admin_session_ended"]), [wanted]);
    }
}
