//! What every answer carries, large headers, and failures that tell nothing.

use diesel::connection::SimpleConnection;
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Backend, PASSWORD, TestApp, USERS, assert_answer, on_both_databases};

/// Whatever the answer is.
const EVERYWHERE: [(&str, &str); 5] = [
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

fn assert_standing(answer: &Answer) {
    for (name, value) in EVERYWHERE {
        assert_eq!(answer.header(name), Some(value), "{name}: {answer}");
    }
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; "), "{answer}");
    assert!(policy.contains("frame-ancestors 'none'"), "{answer}");
    let id = answer.header("x-request-id").unwrap();
    assert!(uuid::Uuid::parse_str(id).is_ok(), "{id}");
    let mut names: Vec<_> = answer.headers.iter().map(|(name, _)| name).collect();
    names.retain(|name| *name != "set-cookie");
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a header came twice: {answer}");
}

on_both_databases! {
    async fn every_answer_carries_the_standing_headers(backend: Backend) {
        let app = TestApp::with(backend, &[("cors_allowed_origins", "https://spa.example.net")]).await;
        app.signed_up("ada@example.com").await;
        let at = |method, path: &str| app.request(method, &format!("{USERS}{path}"));
        let log_in = json!({ "email": "ada@example.com", "password": PASSWORD });
        let requests = [
            (200, at(Method::POST, "/login/").json(&log_in)),
            (204, at(Method::OPTIONS, "/login/")),
            (200, at(Method::OPTIONS, "/login/").header("Origin", "https://spa.example.net").header("Access-Control-Request-Method", "POST")),
            (400, at(Method::OPTIONS, "/login/").header("Origin", "https://evil.example").header("Access-Control-Request-Method", "POST")),
            (400, at(Method::POST, "/create/")),
            (401, at(Method::GET, "/")),
            (403, at(Method::POST, "/login/").header("Origin", "https://evil.example")),
            (404, at(Method::POST, "/login/")),
            (404, app.request(Method::GET, "/nothing")),
            (405, at(Method::GET, "/login/")),
            (413, at(Method::POST, "/login/").body(vec![b' '; 17_000])),
            (415, at(Method::POST, "/login/").body("x")),
            (431, at(Method::GET, "/").header("X-Long", "x".repeat(17_000))),
            (200, app.request(Method::GET, "/")),
            (200, app.request(Method::GET, "/health/ready")),
            (200, app.request(Method::GET, "/api/openapi.json")),
            (200, app.request(Method::GET, "/api/docs/")),
            (200, app.request(Method::GET, "/api/docs/swagger-ui.css")),
            (200, app.request(Method::GET, "/static/frontgate.svg")),
        ];
        for (status, request) in requests {
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, status, "{answer}");
            assert_standing(&answer);
        }
    }

    async fn request_ids_differ_and_are_not_taken_from_the_client(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ask = || app.request(Method::GET, "/health/live").header("X-Request-Id", "mine");
        let (first, second) = (Answer::of(ask()).await, Answer::of(ask()).await);
        assert_standing(&first);
        assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    }

    async fn headers_over_16_kib_are_431(backend: Backend) {
        let app = TestApp::new(backend).await;
        let ask = |length: usize| Answer::of(app.request(Method::GET, "/health/live").header("X-Long", "x".repeat(length)));
        assert_eq!(ask(16_000).await.status, 200);
        assert_answer!("headers_431", ask(16 * 1024).await);
    }

    async fn headers_of_200_kb_end_their_connection_and_nothing_else(backend: Backend) {
        let app = TestApp::new(backend).await;
        let long = "x".repeat(200_000);
        let request = app.request(Method::GET, "/health/live").header("X-Long", long);
        if let Ok(response) = request.send().await {
            assert!(response.status().is_client_error(), "{response:?}");
        }
        assert_eq!(app.get("/health/live").await.status, 200);
    }

    async fn a_bug_of_ours_is_500_and_tells_nothing_of_the_database(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        app.connect().batch_execute("ALTER TABLE users RENAME TO gone").unwrap();
        let answer = browser.log_in("ada@example.com", PASSWORD).await;
        assert_standing(&answer);
        assert_answer!("server_error_500", answer);
        let answer = browser.create("eve@example.com", PASSWORD).await;
        assert_eq!(answer.body, r#"{"detail":"A server error occurred."}"#);
        assert_eq!(browser.info().await.status, 200, "reading needs no database");
    }

    async fn a_database_that_is_busy_is_503_and_reading_goes_on(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "300ms")]).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let mut other = app.connect();
        other.batch_execute(match backend {
            Backend::Sqlite => "BEGIN IMMEDIATE",
            Backend::Postgres => "BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE",
        }).unwrap();
        let answer = browser.refresh().await;
        assert_eq!(browser.info().await.status, 200);
        assert_standing(&answer);
        assert_answer!("database_busy_503", answer);
        other.batch_execute("ROLLBACK").unwrap();
        assert_eq!(browser.refresh().await.status, 200, "the cookies stayed");
    }

    /// A cost at which no hash is done before the test is.
    async fn a_full_hashing_queue_is_503_and_reading_goes_on(backend: Backend) {
        for queue in [0, 1] {
            let app = TestApp::new(backend).await;
            let cookies = app.signed_up("ada@example.com").await.cookies;
            let queue_setting = queue.to_string();
            let app = app.restart(&[
                ("bcrypt_cost", "20"),
                ("password_hashing_threads", "1"),
                ("password_hashing_queue", &queue_setting),
            ]).await;
            let log_in = || Box::pin(app.post("/api/v1/users/login/", json!({ "email": "eve@example.com", "password": PASSWORD })));
            // As many as there are places, and one more: only that one is answered.
            let log_ins: Vec<_> = (0..queue + 2).map(|_| log_in()).collect();
            let (answer, _, _waiting) = futures_util::future::select_all(log_ins).await;
            assert_standing(&answer);
            assert_answer!("hashing_busy_503", answer);
            let mut browser = app.browser();
            browser.cookies = cookies;
            assert_eq!(browser.info().await.status, 200);
            assert_eq!(browser.create("bob@example.com", PASSWORD).await.status, 503);
        }
    }
}
