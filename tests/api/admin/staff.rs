//! Who may operate: asked anew with each request.

use diesel::prelude::*;
use frontgate::schema::{admin_sessions, users};

use crate::support::process::run_on;
use crate::support::{Backend, OPERATOR, Operator, PASSWORD, TestApp, forge, on_both_databases};

fn change(app: &TestApp, statement: &str) {
    diesel::sql_query(statement.replace("{}", OPERATOR))
        .execute(&mut app.connect())
        .unwrap();
}

on_both_databases! {
    async fn whoever_may_operate_no_more_is_out_at_once(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        for (out, back) in [
            ("is_active = false", "is_active = true"),
            ("is_staff = false, is_superuser = false", "is_staff = true, is_superuser = true"),
            ("generation = generation + 1", "generation = generation"),
        ] {
            assert_eq!(operator.get("/admin/").await.status, 200, "{out}");
            let csrf = operator.csrf.clone();
            change(&app, &format!("UPDATE users SET {out} WHERE email = '{{}}'"));
            let mut copy = operator.clone();
            let answer = operator.post_exactly("/admin/logout/", &[("csrf_token", &csrf)]).await;
            assert_eq!((answer.status, answer.header("location")), (303, Some("/admin/login/")), "{out}: {answer}");
            change(&app, &format!("UPDATE users SET {back} WHERE email = '{{}}'"));
            assert_eq!(copy.get("/admin/").await.status, 303, "the session ended for good: {out}");
            operator.sign_in(OPERATOR, PASSWORD).await;
        }
    }

    async fn ending_everything_ends_the_operators_sessions_as_well(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let ended = run_on(&app.database, &["sessions", "revoke", "--all", "--yes"], "");
        assert_eq!(ended.code, Some(0), "{ended}");
        assert_eq!(operator.get("/admin/").await.status, 303);
        operator.sign_in(OPERATOR, PASSWORD).await;
        assert_eq!(operator.get("/admin/").await.status, 200);
    }

    async fn a_deleted_operator_is_out(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.staff("grace@example.com", true).await;
        let mut operator = app.operator().await;
        diesel::delete(users::table.filter(users::email.eq(OPERATOR))).execute(&mut app.connect()).unwrap();
        assert_eq!(operator.get("/admin/").await.status, 303);
    }

    async fn the_cookie_is_nowhere_in_the_database_and_no_other_cookie_gets_in(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let rows: Vec<(Vec<u8>, String)> = admin_sessions::table
            .select((admin_sessions::key_hash, admin_sessions::state))
            .load(&mut app.connect())
            .unwrap();
        let cookie = operator.cookie.clone().unwrap();
        let (_, key) = cookie.split_once("%3D").unwrap();
        assert_eq!(key.len(), 64);
        for (hash, state) in rows {
            assert_eq!(hash.len(), 32);
            assert!(!state.contains(key) && !hash.windows(8).any(|part| key.contains(&*String::from_utf8_lossy(part))));
        }
        let access = forge::claims(&forge::access());
        for wrong in [key.to_owned(), format!("{cookie}x"), cookie.replacen("%3D", "%3Dx", 1), access, "\"".to_owned(), "%00".to_owned(), String::new()] {
            let mut thief = Operator::new(&app);
            thief.cookie = Some(wrong);
            assert_eq!(thief.get("/admin/").await.status, 303);
        }
        assert_eq!(operator.get("/admin/").await.status, 200);
    }

    async fn a_session_that_was_ended_meanwhile_does_not_come_back(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        diesel::delete(admin_sessions::table).execute(&mut app.connect()).unwrap();
        assert_eq!(operator.get("/admin/").await.status, 303);
        let left: i64 = admin_sessions::table.count().get_result(&mut app.connect()).unwrap();
        assert_eq!(left, 0);
    }
}
