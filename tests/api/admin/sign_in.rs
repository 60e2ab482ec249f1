//! `/admin/login/` and `/admin/logout/`.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::schema::{admin_sessions, users};

use crate::support::{
    Backend, OPERATOR, Operator, PASSWORD, TestApp, assert_answer, on_both_databases, rows,
};

fn sessions(app: &TestApp) -> i64 {
    admin_sessions::table
        .count()
        .get_result(&mut app.connect())
        .unwrap()
}

on_both_databases! {
    async fn whoever_is_not_signed_in_is_sent_to_where_one_does(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut nobody = Operator::new(&app);
        assert_answer!("admin_sign_in_needed", nobody.get("/admin/").await);
        let answer = nobody.post("/admin/logout/", &[]).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/admin/login/")), "{answer}");
        assert_eq!(sessions(&app), 0);
    }

    async fn an_operator_signs_in_looks_and_signs_out(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let again = operator.sign_in(OPERATOR, PASSWORD).await;
        assert_answer!("admin_signed_in", again);
        assert_eq!(sessions(&app), 1, "the session before was replaced");
        assert_eq!(operator.get("/admin/").await.status, 200);
        let mut copy = operator.clone();
        operator.get("/admin/").await;
        let page = operator.post_and_follow("/admin/logout/", &[]).await;
        assert!(page.status == 200 && page.body.contains("<h1>Sign in</h1>"), "{page}");
        assert_eq!((sessions(&app), operator.cookie.clone()), (0, None));
        assert_eq!(copy.get("/admin/").await.status, 303, "the cookie alone is worth nothing");
    }

    async fn signing_in_stores_a_fresh_hash_in_place_of_a_stale_one(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let fresh = rows::user(&app, OPERATOR).password;
        let stale = frontgate::passwords::encode(PASSWORD, 5).unwrap();
        diesel::update(users::table.filter(users::email.eq(OPERATOR)))
            .set(users::password.eq(&stale))
            .execute(&mut app.connect())
            .unwrap();
        assert_eq!(operator.sign_in(OPERATOR, "wrong").await.status, 400);
        assert_eq!(rows::user(&app, OPERATOR).password, stale);
        assert_eq!(operator.sign_in(OPERATOR, PASSWORD).await.status, 303);
        let stored = rows::user(&app, OPERATOR).password;
        assert_eq!(stored.split('$').nth(3), fresh.split('$').nth(3), "{stored}");
        assert_ne!(stored, stale);
        // The next one finds nothing to renew.
        assert_eq!(operator.sign_in(OPERATOR, PASSWORD).await.status, 303);
        assert_eq!(rows::user(&app, OPERATOR).password, stored);
    }

    async fn every_failure_has_the_same_answer(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.operator().await;
        app.signed_up("ada@example.com").await;
        app.signed_up("joan@example.com").await;
        diesel::update(users::table.filter(users::email.eq("joan@example.com")))
            .set((users::is_staff.eq(true), users::is_active.eq(false)))
            .execute(&mut app.connect())
            .unwrap();
        let before = sessions(&app);
        for (email, password) in [
            (OPERATOR, "wrong"), (OPERATOR, ""), ("ada@example.com", PASSWORD), ("joan@example.com", PASSWORD),
            ("nobody@example.com", PASSWORD), ("", ""), ("<script>", "' OR 1=1 --"), ("\0", "\0"),
        ] {
            let mut operator = Operator::new(&app);
            let mut answer = operator.sign_in(email, password).await;
            let email = email.replace('\0', "\u{fffd}").replace('<', "&#60;").replace('>', "&#62;");
            answer.body = answer.body.replace(&format!("value=\"{email}\""), "value=\"<typed>\"");
            assert_answer!("admin_sign_in_failed", answer);
            assert_eq!(operator.cookie, None);
        }
        assert_eq!(sessions(&app), before);
    }

    async fn a_session_ends_when_it_is_idle_and_in_the_end_anyway(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        for _ in 0..14 {
            app.advance(TimeDelta::minutes(50));
            assert_eq!(operator.get("/admin/").await.status, 200);
        }
        app.advance(TimeDelta::minutes(20));
        assert_eq!(operator.get("/admin/").await.status, 303, "after twelve hours");
        let mut operator = Operator::new(&app);
        operator.sign_in(OPERATOR, PASSWORD).await;
        app.advance(TimeDelta::minutes(60));
        assert_eq!(operator.get("/admin/").await.status, 303, "after an idle hour");
    }

    async fn an_operator_signs_in_while_the_public_has_taken_every_place_of_the_hashers(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.operator().await;
        app.signed_up("ada@example.com").await;
        // Nine passwords at a second each: the public has one thread.
        let slow = frontgate::passwords::encode(PASSWORD, 14).unwrap();
        let settings = [("password_hashing_threads", "1"), ("password_hashing_queue", "8")];
        let app = app.restart(&settings).await;
        let public = || app.state.passwords.verify(PASSWORD.to_owned(), Some(slow.clone()));
        let flood = futures_util::future::join_all(std::iter::repeat_with(public).take(9));
        let (flooded, ()) = futures_util::future::join(flood, async {
            let mut form = Operator::new(&app);
            // The admin's door is the public's for everybody but operators.
            for email in ["ada@example.com", "nobody@example.com"] {
                assert_eq!(form.sign_in(email, PASSWORD).await.status, 503, "{email}");
            }
            assert_eq!(app.browser().log_in(OPERATOR, PASSWORD).await.status, 503);
            let answer = form.sign_in(OPERATOR, PASSWORD).await;
            assert_eq!(answer.status, 303, "{answer}");
            assert_eq!(app.browser().log_in("ada@example.com", PASSWORD).await.status, 503);
        }).await;
        assert!(flooded.iter().all(Result::is_ok));
    }

    async fn the_lane_of_operators_has_an_end_too(backend: Backend) {
        let app = TestApp::with(backend, &[("bcrypt_cost", "10")]).await;
        let operators = app.state.passwords.for_operators();
        let all = futures_util::future::join_all(std::iter::repeat_with(|| operators.encode(PASSWORD.to_owned())).take(20));
        let (all, public) = futures_util::future::join(all, app.state.passwords.encode(PASSWORD.to_owned())).await;
        assert_eq!(all.iter().filter(|hashed| hashed.is_ok()).count(), 8);
        assert!(public.is_ok(), "operators take no place of the public");
    }

    async fn a_browser_that_drops_the_cookie_is_told_why(backend: Backend) {
        let app = TestApp::with(backend, &[("trusted_proxies", "127.0.0.1")]).await;
        app.operator().await;
        let mut operator = Operator::new(&app);
        let fields = [("email", OPERATOR), ("password", PASSWORD), ("next", "/admin/users/?q=a")];
        let answer = operator.post_exactly("/admin/login/", &fields).await;
        let location = answer.header("location").unwrap().to_owned();
        assert_eq!(location, "/admin/login/?signed_in=yes&next=%2Fadmin%2Fusers%2F%3Fq%3Da", "{answer}");
        let kept = operator.get(&location).await;
        assert_eq!((kept.status, kept.header("location")), (303, Some("/admin/users/?q=a")), "{kept}");
        let dropped = Operator::new(&app).get(&location).await;
        assert_answer!("admin_sign_in_cookie_dropped", dropped);
        // The form can be sent again, and leads where it led before.
        assert!(dropped.body.contains("name=\"next\" value=\"/admin/users/?q=a\""), "{dropped}");
        let plain = Operator::new(&app).get("/admin/login/").await;
        assert!(!plain.body.contains("cookie"), "{plain}");
    }

    async fn where_the_cookie_is_kept_nobody_goes_a_longer_way(backend: Backend) {
        let app = TestApp::with(backend, &[("trusted_proxies", "127.0.0.1")]).await;
        app.operator().await;
        let form = format!("email={OPERATOR}&password={}&next=/admin/users/", PASSWORD.replace(' ', "+"));
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        for (proto, location) in [
            ("https", "/admin/users/"), ("https,http", "/admin/users/"),
            ("http", "/admin/login/?signed_in=yes&next=%2Fadmin%2Fusers%2F"),
        ] {
            let request = http.post(format!("http://{}/admin/login/", app.address))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("X-Forwarded-Proto", proto)
                .body(form.clone());
            let answer = crate::support::Answer::of(request).await;
            assert_eq!(answer.header("location"), Some(location), "{answer}");
        }
        let app = TestApp::with(backend, &[("cookie_secure", "false")]).await;
        app.operator().await;
        let answer = Operator::new(&app).post_exactly("/admin/login/", &[("email", OPERATOR), ("password", PASSWORD)]).await;
        assert_eq!(answer.header("location"), Some("/admin/"), "{answer}");
    }

    async fn nothing_is_said_of_a_cookie_that_no_browser_drops(backend: Backend) {
        // Such an address may stand in the history, from before there was https.
        let path = "/admin/login/?signed_in=yes&next=/admin/users/";
        let app = TestApp::with(backend, &[("trusted_proxies", "127.0.0.1")]).await;
        for (proto, told) in [("https", false), ("http", true)] {
            let request = reqwest::Client::new().get(format!("http://{}{path}", app.address)).header("X-Forwarded-Proto", proto);
            let answer = crate::support::Answer::of(request).await;
            assert_eq!(answer.body.contains("over plain http"), told, "{answer}");
        }
        let app = TestApp::with(backend, &[("cookie_secure", "false")]).await;
        let answer = Operator::new(&app).get(path).await;
        assert!(!answer.body.contains("over plain http"), "{answer}");
    }
}
