//! CORS with credentials: for the listed origins, on every answer; for nobody else.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{Answer, Backend, PASSWORD, TestApp, USERS, assert_answer, on_both_databases};

const LISTED: &str = "https://spa.example.net";
const SETTINGS: [(&str, &str); 1] = [("cors_allowed_origins", LISTED)];
const ALLOW_ORIGIN: &str = "access-control-allow-origin";

/// A request for each kind of answer.
fn requests(app: &TestApp) -> Vec<(u16, RequestBuilder)> {
    let at = |method, path: &str| app.request(method, &format!("{USERS}{path}"));
    let log_in = json!({ "email": "ada@example.com", "password": PASSWORD });
    vec![
        (200, at(Method::POST, "/login/").json(&log_in)),
        (400, at(Method::POST, "/create/").json(&json!({}))),
        (401, at(Method::GET, "/")),
        (404, at(Method::GET, "/nothing/")),
        (405, at(Method::PUT, "/login/")),
        (413, at(Method::POST, "/login/").body(vec![b' '; 17_000])),
        (415, at(Method::POST, "/login/").body("x")),
        (
            431,
            at(Method::GET, "/").header("X-Long", "x".repeat(17_000)),
        ),
    ]
}

/// What is no part of the API, and what it answers.
const ELSEWHERE: [(&str, u16); 13] = [
    ("/admin/login/", 200),
    ("/admin/setup/", 400),
    ("/admin/users/", 200),
    ("/admin/nothing/", 404),
    ("/static/admin.css", 200),
    ("/static/nothing", 404),
    ("/health/live", 200),
    ("/health/ready", 200),
    ("/", 200),
    ("/demo/", 200),
    ("/api/docs/", 200),
    ("/api/openapi.json", 200),
    ("/api/v1/usersx/", 404),
];

fn preflight(app: &TestApp, origin: &str) -> RequestBuilder {
    app.request(Method::OPTIONS, &format!("{USERS}/login/"))
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "content-type,authorization",
        )
}

fn cors_headers(answer: &Answer) -> Vec<&str> {
    let names = answer.headers.iter().map(|(name, _)| name.as_str());
    names
        .filter(|name| name.starts_with("access-control-"))
        .collect()
}

/// A header's list in the order of the alphabet: actix-cors keeps none.
fn sorted(answer: &Answer, name: &str) -> String {
    let mut parts: Vec<_> = answer
        .header(name)
        .unwrap_or_default()
        .split(", ")
        .collect();
    parts.sort_unstable();
    parts.join(", ")
}

on_both_databases! {
    async fn a_listed_origin_may_read_every_answer(backend: Backend) {
        let app = TestApp::with(backend, &SETTINGS).await;
        app.signed_up("ada@example.com").await;
        for (status, request) in requests(&app) {
            let answer = Answer::of(request.header("Origin", LISTED)).await;
            assert_eq!(answer.status, status, "{answer}");
            assert_eq!(answer.header(ALLOW_ORIGIN), Some(LISTED), "{answer}");
            assert_eq!(answer.header("access-control-allow-credentials"), Some("true"), "{answer}");
            assert_eq!(
                sorted(&answer, "access-control-expose-headers"),
                "retry-after, x-access-expires-in, x-refresh-grace",
                "{answer}"
            );
            assert!(answer.header("vary").unwrap().contains("Origin"), "{answer}");
        }
    }

    async fn an_unlisted_origin_may_read_nothing(backend: Backend) {
        let app = TestApp::with(backend, &SETTINGS).await;
        for origin in ["https://evil.example", "null", "http://spa.example.net", "https://spa.example.net.evil.example"] {
            for (_, request) in requests(&app) {
                let answer = Answer::of(request.header("Origin", origin)).await;
                assert!(cors_headers(&answer).is_empty(), "{origin}: {answer}");
                assert!(answer.header("vary").unwrap().contains("Origin"), "{answer}");
            }
            let answer = Answer::of(preflight(&app, origin)).await;
            assert!(cors_headers(&answer).is_empty(), "{origin}: {answer}");
        }
    }

    async fn a_listed_origin_may_read_nothing_but_the_api(backend: Backend) {
        for settings in [&SETTINGS[..], &[SETTINGS[0], ("users_prefix", "/api")]] {
            let app = TestApp::with(backend, settings).await;
            for (path, status) in ELSEWHERE.into_iter().filter(|(path, _)| *path != "/api/v1/usersx/" || settings.len() == 1) {
                let get = app.request(Method::GET, path).header("Sec-Fetch-Site", "same-origin");
                let alone = Answer::of(get).await;
                assert_eq!(alone.status, status, "{path}: {alone}");
                for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::POST] {
                    let asked = app
                        .request(method, path)
                        .header("Origin", LISTED)
                        .header("Access-Control-Request-Method", "POST");
                    let answer = Answer::of(asked).await;
                    assert!(cors_headers(&answer).is_empty(), "{path}: {answer}");
                    assert_eq!(answer.header("vary"), None, "{path}: {answer}");
                }
            }
        }
    }

    async fn every_origin_may_import_the_client_and_no_cookie_comes_along(backend: Backend) {
        for settings in [&[][..], &SETTINGS] {
            let app = TestApp::with(backend, settings).await;
            for module in ["frontgate.js", "frontgate/errors.js"] {
                let import = app.request(Method::GET, &format!("/static/{module}")).header("Origin", "https://evil.example");
                let answer = Answer::of(import).await;
                assert_eq!(answer.status, 200, "{answer}");
                assert_eq!(answer.header(ALLOW_ORIGIN), Some("*"), "{answer}");
                assert_eq!(cors_headers(&answer), [ALLOW_ORIGIN], "{answer}");
            }
        }
    }

    async fn without_an_origin_the_answer_still_varies_by_it(backend: Backend) {
        let app = TestApp::with(backend, &SETTINGS).await;
        let answer = app.get(&format!("{USERS}/")).await;
        assert!(cors_headers(&answer).is_empty(), "{answer}");
        assert!(answer.header("vary").unwrap().contains("Origin"), "{answer}");
    }

    async fn where_no_origin_is_listed_nobody_gets_anything(backend: Backend) {
        let app = TestApp::new(backend).await;
        for (_, request) in requests(&app) {
            let answer = Answer::of(request.header("Origin", LISTED)).await;
            assert!(cors_headers(&answer).is_empty(), "{answer}");
            assert_eq!(answer.header("vary"), None, "{answer}");
        }
        assert_answer!("preflight_where_none_is_listed", Answer::of(preflight(&app, LISTED)).await);
    }

    async fn a_preflight_of_a_listed_origin_says_what_is_allowed(backend: Backend) {
        let app = TestApp::with(backend, &SETTINGS).await;
        let mut answer = Answer::of(preflight(&app, LISTED)).await;
        for name in ["access-control-allow-methods", "access-control-allow-headers"] {
            let value = sorted(&answer, name);
            let header = answer.headers.iter_mut().find(|(known, _)| known == name);
            header.unwrap().1 = value;
        }
        assert_answer!("preflight_listed", answer);
    }

    async fn a_preflight_for_what_is_not_allowed_is_refused(backend: Backend) {
        let app = TestApp::with(backend, &SETTINGS).await;
        let options = || app.request(Method::OPTIONS, &format!("{USERS}/login/")).header("Origin", LISTED);
        for request in [
            options().header("Access-Control-Request-Method", "PUT"),
            options().header("Access-Control-Request-Method", "POST").header("Access-Control-Request-Headers", "x-other"),
        ] {
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, 400, "{answer}");
            assert!(cors_headers(&answer).is_empty(), "{answer}");
        }
    }

    async fn headers_of_tracing_tools_and_those_that_are_set_may_be_sent(backend: Backend) {
        let set = ("cors_allowed_headers", "X-Tenant, x-app-version");
        let app = TestApp::with(backend, &[SETTINGS[0], set]).await;
        let asked = |origin, names: &'static str| {
            let request = app.request(Method::OPTIONS, &format!("{USERS}/login/")).header("Origin", origin);
            Answer::of(request.header("Access-Control-Request-Method", "POST").header("Access-Control-Request-Headers", names))
        };
        for names in [
            "traceparent", "traceparent,tracestate", "baggage,sentry-trace", "content-type, x-request-id",
            "accept,authorization,baggage,content-type,sentry-trace,traceparent,tracestate,x-request-id", "x-tenant", "X-Tenant,X-App-Version",
        ] {
            let answer = asked(LISTED, names).await;
            assert_eq!((answer.status, answer.header(ALLOW_ORIGIN)), (200, Some(LISTED)), "{names}: {answer}");
            let allowed = sorted(&answer, "access-control-allow-headers");
            for name in names.split(',') {
                assert!(allowed.split(", ").any(|known| known == name.trim().to_lowercase()), "{name}: {allowed}");
            }
            assert!(cors_headers(&asked("https://evil.example", names).await).is_empty(), "{names}");
        }
        for names in ["x-other", "traceparent,x-other", "cookie", "*"] {
            let answer = asked(LISTED, names).await;
            assert_eq!(answer.status, 400, "{names}: {answer}");
        }
    }
}
