//! 404 and 405, HEAD and OPTIONS, and trailing slashes, for every route.

use reqwest::Method;

use crate::support::{Answer, Backend, TestApp, assert_answer, on_both_databases};

const READ: &str = "GET, HEAD, OPTIONS";
const CHANGE: &str = "POST, OPTIONS";
/// Every route and what it allows.
const ROUTES: [(&str, &str); 20] = [
    ("/api/v1/users/", "GET, HEAD, DELETE, OPTIONS"),
    ("/api/v1/users/create/", CHANGE),
    ("/api/v1/users/login/", CHANGE),
    ("/api/v1/users/refresh/", CHANGE),
    ("/api/v1/users/logout/", CHANGE),
    ("/api/v1/users/sessions/", READ),
    (
        "/api/v1/users/sessions/0123456789abcdef0123456789abcdef/",
        "DELETE, OPTIONS",
    ),
    ("/api/v1/users/logout/others/", CHANGE),
    ("/api/v1/users/logout/all/", CHANGE),
    ("/api/v1/users/password/", CHANGE),
    ("/api/v1/users/profile/", "GET, HEAD, PATCH, OPTIONS"),
    ("/api/v1/users/password/reset/confirm/", CHANGE),
    ("/health/live/", READ),
    ("/health/ready/", READ),
    ("/api/openapi.json/", READ),
    ("/api/docs/", READ),
    ("/demo/", READ),
    ("/demo/statements", READ),
    ("/", READ),
    ("/static/frontgate.css", READ),
];

async fn ask(app: &TestApp, method: &str, path: &str) -> Answer {
    Answer::of(app.request(method.parse().unwrap(), path)).await
}

on_both_databases! {
    async fn a_wrong_method_is_405_and_says_what_is_allowed(backend: Backend) {
        let app = TestApp::new(backend).await;
        for (route, allowed) in ROUTES {
            let without = route.trim_end_matches('/');
            for path in [route, without] {
                for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get"] {
                    let answer = ask(&app, method, path).await;
                    if allowed.split(", ").any(|known| known == method) {
                        assert_ne!(answer.status, 405, "{method} {path}: {answer}");
                        assert_ne!(answer.body, r#"{"detail":"Not found."}"#, "{method} {path}");
                        continue;
                    }
                    assert_eq!(answer.status, 405, "{method} {path}: {answer}");
                    assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
                    if method != "HEAD" {
                        assert_eq!(answer.body, format!("{{\"detail\":\"Method \\\"{method}\\\" not allowed.\"}}"));
                    }
                }
            }
        }
        assert_answer!("method_405", ask(&app, "GET", "/api/v1/users/create/").await);
    }

    async fn options_say_what_is_allowed(backend: Backend) {
        let app = TestApp::new(backend).await;
        for (route, allowed) in ROUTES {
            for path in [route, route.trim_end_matches('/')] {
                let answer = ask(&app, "OPTIONS", path).await;
                let status = if path.starts_with("/health/") { 200 } else { 204 };
                assert_eq!((answer.status, answer.header("allow")), (status, Some(allowed)), "{path}: {answer}");
            }
        }
        assert_answer!("options_204", ask(&app, "OPTIONS", "/api/v1/users/login/").await);
    }

    async fn head_is_answered_like_get_without_the_body(backend: Backend) {
        let app = TestApp::new(backend).await;
        for (path, _) in ROUTES.iter().filter(|(_, allowed)| allowed.contains("HEAD")) {
            let (head, get) = (ask(&app, "HEAD", path).await, ask(&app, "GET", path).await);
            assert_eq!(head.body, "", "{path}");
            assert_eq!(head.status, get.status, "{path}");
            let same = |answer: &Answer| {
                let mut headers = answer.headers.clone();
                headers.retain(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
                headers
            };
            assert_eq!(same(&head), same(&get), "{path}");
        }
    }

    async fn unknown_paths_are_404_for_every_method(backend: Backend) {
        let app = TestApp::new(backend).await;
        for path in ["/nothing", "/api/", "/api/v1/", "/api/v1/users/nothing/", "/api/v1/users/create/x", "/api/v1/users/sessions//", "/api/v1/users/sessions/a/b/", "/api/v1/users/logout/most/", "/API/v1/users/",
            "/api/v1/users/log%69n/x", "/static/", "/static/nothing.css", "/api/docs/nothing.js", "/health/"] {
            let answer = ask(&app, "GET", path).await;
            assert_eq!((answer.status, answer.body.as_str()), (404, r#"{"detail":"Not found."}"#), "{path}");
        }
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            assert_eq!(ask(&app, method, "/api/v1/nothing/").await.status, 404, "{method}");
        }
        assert_answer!("unknown_404", ask(&app, "GET", "/api/v1/nothing/").await);
    }

    async fn the_prefix_of_the_user_endpoints_is_a_setting(backend: Backend) {
        let app = TestApp::with(backend, &[("users_prefix", "/auth")]).await;
        assert_eq!(ask(&app, "GET", "/auth").await.status, 401);
        assert_eq!(ask(&app, "POST", "/auth/refresh").await.status, 401);
        assert_eq!(ask(&app, "GET", "/api/v1/users/").await.status, 404);
    }

    async fn paths_do_not_leave_the_embedded_files(backend: Backend) {
        let app = TestApp::new(backend).await;
        for path in ["/static/../Cargo.toml", "/static/%2e%2e/Cargo.toml", "/static//etc/passwd", "/static/..%2fCargo.toml"] {
            let answer = app.raw(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
        }
        assert_eq!(app.request(Method::GET, "/static/frontgate.css").send().await.unwrap().status(), 200);
    }
}
