//! The demo at `/demo/`.

use frontgate::db::as_upkeep;
use frontgate::error::Error;

use crate::support::{Backend, TestApp, assert_answer, on_both_databases};

const EMAIL: &str = "ada@example.com";

/// How many statements the demo says that requests have cost.
async fn statements(app: &TestApp) -> u64 {
    let answer = app.get("/demo/statements").await;
    answer.json()["statements"].as_u64().unwrap()
}

on_both_databases! {
    async fn the_demo_is_a_page_under_a_strict_policy(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert_answer!("demo_page", app.get("/demo/").await);
    }

    async fn the_demo_asks_the_user_endpoints_where_they_are(backend: Backend) {
        let app = TestApp::with(backend, &[("users_prefix", "/people")]).await;
        assert!(app.get("/demo/").await.body.contains("data-users=\"/people/\""));
    }

    async fn only_who_would_wait_for_a_refresh_is_told_how_to_wait_less(backend: Backend) {
        let hint = "FRONTGATE_ACCESS_TOKEN_LIFETIME=30s frontgate";
        for (lifetime, is_told) in [("30s", false), ("2m", false), ("121s", true), ("15m", true)] {
            let app = TestApp::with(backend, &[("access_token_lifetime", lifetime)]).await;
            assert_eq!(app.get("/demo/").await.body.contains(hint), is_told, "{lifetime}");
        }
    }

    async fn the_count_of_statements_tells_requests_that_cost_some(backend: Backend) {
        let app = TestApp::new(backend).await;
        let at_first = statements(&app).await;
        let mut browser = app.signed_up(EMAIL).await;
        let after_sign_up = statements(&app).await;
        assert!(after_sign_up > at_first);
        // Neither reading the current user nor counting costs one.
        for _ in 0..100 {
            assert_eq!(browser.info().await.status, 200);
        }
        assert_eq!(statements(&app).await, after_sign_up);
        assert_eq!(browser.refresh().await.status, 200);
        assert!(statements(&app).await > after_sign_up);
    }

    async fn the_upkeep_of_the_server_is_counted_apart(backend: Backend) {
        let app = TestApp::new(backend).await;
        let database = &app.state.database;
        let ask = || database.read(|connection| {
            diesel::RunQueryDsl::execute(diesel::sql_query("SELECT 1"), connection)?;
            Ok::<_, Error>(())
        });
        let (all, shown) = (database.statements(), statements(&app).await);
        as_upkeep(ask()).await.unwrap();
        assert!(database.statements() > all);
        assert_eq!(statements(&app).await, shown);
        // The thread that did it may be the one that serves the next request.
        for _ in 0..20 {
            let before = statements(&app).await;
            ask().await.unwrap();
            assert!(statements(&app).await > before);
        }
    }

    async fn a_demo_that_is_switched_off_is_not_there_and_not_linked(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert!(app.get("/").await.body.contains("href=\"/demo/\""));
        let app = TestApp::with(backend, &[("demo", "false")]).await;
        for path in ["/demo/", "/demo", "/demo/statements"] {
            assert_eq!(app.get(path).await.status, 404, "{path}");
        }
        let start = app.get("/").await.body;
        assert!(!start.contains("/demo"), "{start}");
        assert!(start.contains("class=\"card primary\" href=\"/api/docs/\""), "{start}");
    }
}
