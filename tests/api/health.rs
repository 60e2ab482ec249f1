//! Health.

mod haproxy;

use std::sync::mpsc;

use frontgate::error::Error;
use reqwest::Method;

use crate::support::{Answer, Backend, TestApp, assert_answer, on_both_databases};

/// What each safe method is told, with and without the trailing slash: the status is that of GET.
async fn statuses(app: &TestApp, path: &str) -> Vec<u16> {
    let mut statuses = Vec::new();
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        for path in [path, &format!("{path}/")] {
            let answer = Answer::of(app.request(method.clone(), path)).await;
            let allow =
                (method == Method::OPTIONS && answer.status == 200).then_some("GET, HEAD, OPTIONS");
            assert_eq!(answer.header("allow"), allow, "{method} {path}: {answer}");
            statuses.push(answer.status);
        }
    }
    statuses
}

on_both_databases! {
    async fn a_server_is_live_and_ready(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert_answer!("health_live", app.get("/health/live").await);
        assert_answer!("health_ready", app.get("/health/ready").await);
        for path in ["/health/live", "/health/ready"] {
            assert_eq!(statuses(&app, path).await, [200; 6], "{path}");
        }
    }

    async fn being_live_takes_no_statement(backend: Backend) {
        let app = TestApp::new(backend).await;
        let before = app.state.database.statements();
        app.get("/health/live").await;
        assert_eq!(app.state.database.statements(), before);
        app.get("/health/ready").await;
        assert!(app.state.database.statements() > before);
    }

    async fn a_server_whose_connections_are_all_at_work_is_ready(backend: Backend) {
        let settings = [("database_pool_size", "1"), ("database_timeout", "100ms")];
        let app = TestApp::with(backend, &settings).await;
        let (taken, is_taken) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let database = app.state.database.clone();
        let holding = actix_web::rt::spawn(async move {
            database.read(move |_| {
                taken.send(()).unwrap();
                released.recv().unwrap();
                Ok::<_, Error>(())
            }).await
        });
        actix_web::web::block(move || is_taken.recv().unwrap()).await.unwrap();
        assert_eq!(statuses(&app, "/health/ready").await, [200; 6]);
        release.send(()).unwrap();
        holding.await.unwrap().unwrap();
        assert_eq!(statuses(&app, "/health/ready").await, [200; 6]);
    }

    async fn a_server_without_a_database_is_live_and_not_ready(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "100ms")]).await;
        app.state.database.close().await;
        assert_answer!("health_not_ready_503", app.get("/health/ready").await);
        assert_eq!(statuses(&app, "/health/ready").await, [503; 6]);
        assert_eq!(statuses(&app, "/health/live").await, [200; 6]);
    }
}
