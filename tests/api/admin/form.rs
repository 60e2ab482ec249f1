//! What a form must bring along before it changes anything.

use frontgate::admin::cookie::SECURE_NAME;
use reqwest::Method;

use crate::support::{Answer, Backend, Operator, TestApp, assert_answer, on_both_databases};

async fn is_signed_in(operator: &mut Operator<'_>) -> bool {
    operator.get("/admin/").await.status == 200
}

on_both_databases! {
    async fn without_the_csrf_token_of_this_session_nothing_changes(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let mut other = app.staff("grace@example.com", false).await;
        other.get("/admin/").await;
        let foreign = other.csrf.clone();
        assert_answer!("admin_csrf_403", operator.post_exactly("/admin/logout/", &[]).await);
        let (longer, shorter) = (format!("{}x", operator.csrf), operator.csrf[1..].to_owned());
        for token in ["", "x", "<csrf>", &foreign, &longer, &shorter, "\0"] {
            let answer = operator.post_exactly("/admin/logout/", &[("csrf_token", token)]).await;
            assert_answer!("admin_csrf_403", answer);
        }
        assert!(is_signed_in(&mut operator).await);
    }

    async fn a_token_of_the_session_before_is_stale(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let stale = operator.csrf.clone();
        operator.sign_in(crate::support::OPERATOR, crate::support::PASSWORD).await;
        let answer = operator.post_exactly("/admin/logout/", &[("csrf_token", &stale)]).await;
        assert_answer!("admin_csrf_403", answer);
        assert!(is_signed_in(&mut operator).await);
    }

    async fn forms_from_other_sites_and_other_content_types_are_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let body = format!("csrf_token={}", operator.csrf);
        let cookie = format!("{}={}", SECURE_NAME, operator.cookie.clone().unwrap());
        let send = |headers: [(&'static str, &'static str); 2], body: String| {
            let mut request = app.request(Method::POST, "/admin/logout/").header("Cookie", &cookie).body(body);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            Answer::of(request)
        };
        let form = "application/x-www-form-urlencoded";
        for (headers, status) in [
            ([("Sec-Fetch-Site", "cross-site"), ("Content-Type", form)], 403),
            ([("Sec-Fetch-Site", "same-site"), ("Content-Type", form)], 403),
            ([("Origin", "https://evil.example"), ("Content-Type", form)], 403),
            ([("Origin", "null"), ("Content-Type", form)], 403),
            ([("Sec-Fetch-Site", "same-origin"), ("Content-Type", "application/json")], 415),
            ([("Sec-Fetch-Site", "same-origin"), ("Content-Type", "text/plain")], 415),
        ] {
            let answer = send(headers, body.clone()).await;
            assert_eq!(answer.status, status, "{headers:?}: {answer}");
            assert!(answer.body.contains("<h1>"), "an error is a page: {answer}");
        }
        let large = send([("Sec-Fetch-Site", "same-origin"), ("Content-Type", form)], format!("{body}&x={}", "x".repeat(20_000))).await;
        assert_eq!(large.status, 413, "{large}");
        assert!(is_signed_in(&mut operator).await);
    }

    async fn log_in_and_setup_forms_from_other_sites_are_refused(backend: Backend) {
        let app = TestApp::new(backend).await;
        for path in ["/admin/login/", "/admin/setup/"] {
            let request = app.request(Method::POST, path)
                .header("Origin", "https://evil.example")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body("email=ops@example.com&password=x");
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, 403, "{path}: {answer}");
            assert_eq!(answer.set_cookies().count(), 0);
        }
    }

    async fn reading_never_changes_anything(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut operator = app.operator().await;
        let answer = operator.get("/admin/logout/").await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST, OPTIONS")), "{answer}");
        assert!(answer.body.contains("<h1>"), "{answer}");
        assert!(is_signed_in(&mut operator).await);
    }
}
