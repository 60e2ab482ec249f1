//! A node that cannot know what was revoked says so.

use std::collections::BTreeSet;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use frontgate::error::Error;
use reqwest::Method;
use serde_json::json;

use super::eventually;
use crate::support::{Answer, Backend, PASSWORD, TestApp, assert_answer, on_both_databases};

const EMAIL: &str = "ada@example.com";
/// The only looks are those at the start: the lease runs out when the test says so.
const STILL: [(&str, &str); 2] = [
    ("revocation_max_staleness", "2h"),
    ("revocation_poll_interval", "1h"),
];

on_both_databases! {
    async fn without_a_lease_an_access_token_is_neither_accepted_nor_refused(backend: Backend) {
        let app = TestApp::with(backend, &STILL).await;
        let browser = app.signed_up(EMAIL).await;
        app.clock.advance_uptime(Duration::from_hours(2));
        assert_eq!(browser.clone().info().await.status, 200);
        app.clock.advance_uptime(Duration::from_micros(1));
        let mut answer = browser.clone().info().await;
        spread(&mut answer);
        assert_answer!("lease_info_503", answer);
        let mut answer = browser.clone().log_out().await;
        spread(&mut answer);
        assert_answer!("lease_log_out_503", answer);
        let mut answer = app.get("/health/ready").await;
        spread(&mut answer);
        assert_answer!("lease_ready_503", answer);
        assert_eq!(app.get("/health/live").await.status, 200);
    }

    async fn without_a_lease_what_is_known_to_be_refused_is_refused(backend: Backend) {
        let app = TestApp::with(backend, &STILL).await;
        let browser = app.signed_up(EMAIL).await;
        let thief = browser.with_only("access");
        assert_eq!(browser.clone().log_out().await.status, 200);
        app.clock.advance_uptime(Duration::from_hours(3));
        assert!(thief.clone().info().await.body.contains("Token is revoked"));
        assert_eq!(app.browser().info().await.status, 401);
    }

    /// These ask the database, which knows.
    async fn without_a_lease_people_log_in_and_refresh(backend: Backend) {
        let app = TestApp::with(backend, &STILL).await;
        let mut browser = app.signed_up(EMAIL).await;
        app.clock.advance_uptime(Duration::from_hours(3));
        assert_eq!(browser.refresh().await.status, 200);
        assert_eq!(app.browser().log_in(EMAIL, PASSWORD).await.status, 200);
    }

    async fn retries_are_spread(backend: Backend) {
        let app = TestApp::with(backend, &STILL).await;
        let browser = app.signed_up(EMAIL).await;
        app.clock.advance_uptime(Duration::from_hours(3));
        let mut seen = BTreeSet::new();
        for _ in 0..60 {
            seen.insert(browser.clone().info().await.header("retry-after").unwrap().to_owned());
        }
        assert!(seen.len() > 1, "{seen:?}");
    }

    /// Every connection of the pool is taken, and log-ins queue for the threads that hash.
    async fn neither_an_exhausted_pool_nor_log_ins_keep_a_node_from_looking(backend: Backend) {
        let settings = [("revocation_poll_interval", "20ms"), ("database_pool_size", "1"), ("bcrypt_cost", "10"), ("database_timeout", "20s")];
        let app = TestApp::with(backend, &settings).await;
        let browser = app.signed_up(EMAIL).await;
        let hold = taken(&app).await;
        let storm: Vec<_> = (0..20).map(|_| {
            let request = app.request(Method::POST, "/api/v1/users/login/").json(&json!({"email": EMAIL, "password": PASSWORD}));
            actix_web::rt::spawn(Answer::of(request))
        }).collect();
        for _ in 0..3 {
            app.clock.advance_uptime(Duration::from_mins(1));
            eventually("the node is fresh again", async || browser.clone().info().await.status == 200).await;
        }
        drop(hold);
        for log_in in storm {
            let status = log_in.await.unwrap().status;
            assert!(status == 200 || status == 503, "{status}");
        }
    }

    async fn the_next_look_brings_the_lease_back(backend: Backend) {
        let app = TestApp::with(backend, &[("revocation_poll_interval", "20ms")]).await;
        let browser = app.signed_up(EMAIL).await;
        app.clock.advance_uptime(Duration::from_mins(1));
        eventually("the node is fresh again", async || browser.clone().info().await.status == 200).await;
    }
}

/// Takes the one connection of the pool until the sender is dropped.
async fn taken(app: &TestApp) -> Sender<()> {
    let (hold, dropped) = channel::<()>();
    let (taken, is_taken) = channel();
    let database = app.state.database.clone();
    actix_web::rt::spawn(async move {
        let holding = database.read(move |_| {
            taken.send(()).unwrap();
            // Ends with an error when the other end is dropped, as it is meant to.
            let _ = dropped.recv();
            Ok::<_, Error>(())
        });
        holding.await
    });
    actix_web::web::block(move || is_taken.recv().unwrap())
        .await
        .unwrap();
    hold
}

/// Takes out the one value that differs from answer to answer.
fn spread(answer: &mut Answer) {
    let value = answer.header("retry-after").unwrap_or_default().to_owned();
    assert!(["1", "2", "3"].contains(&value.as_str()), "{value}");
    answer.replace_header("retry-after", "1 to 3");
}
