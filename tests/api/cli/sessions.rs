//! `sessions list`, `sessions show` and `sessions revoke`, beside a running server.

mod hostile;
mod list;
mod many;
mod revoke;
mod show;

use std::fmt::Display;

use diesel::prelude::*;
use frontgate::schema::{events, revocations, sessions};
use regex::Regex;
use reqwest::Method;
use serde_json::json;

use crate::support::process::{Finished, ServerProcess, cookie, run_on};
use crate::support::{Answer, PASSWORD, TestDatabase};

/// Runs `frontgate sessions …` beside the server.
fn sessions(database: &TestDatabase, arguments: &[&str]) -> Finished {
    run_on(database, &[&["sessions"], arguments].concat(), "")
}

/// What differs from run to run, as wide as it was: identities, times, primary keys.
pub fn redacted(output: &impl Display) -> String {
    let rules = [
        (r"\b[0-9a-f]{32}\b", "<an identity of 32 hex digits.>>"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "<time of 20 letters>"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "<RFC 3339>"),
        (r#""(user_)?id": \d+"#, r#""${1}id": <number>"#),
        (r"number \d+", "number <n>"),
        (r"\(cli:[^)]+\)", "(cli:<user>)"),
    ];
    rules.iter().fold(output.to_string(), |text, (from, to)| {
        Regex::new(from)
            .unwrap()
            .replace_all(&text, *to)
            .into_owned()
    })
}

/// A log-in by a browser of this name; answers the cookies.
async fn log_in(server: &ServerProcess, email: &str, browser: &str) -> Device {
    let request = server
        .request(Method::POST, "/api/v1/users/login/")
        .header("User-Agent", browser)
        .json(&json!({ "email": email, "password": PASSWORD }));
    Device::of(&Answer::of(request).await)
}

/// The cookies of one session.
#[derive(Clone)]
struct Device {
    access: String,
    refresh: String,
}

impl Device {
    fn of(answer: &Answer) -> Self {
        assert!(answer.status < 300, "{answer}");
        Self {
            access: cookie(answer, "access"),
            refresh: cookie(answer, "refresh"),
        }
    }

    /// How the server answers the access token.
    async fn info(&self, server: &ServerProcess) -> u16 {
        let request = server.request(Method::GET, "/api/v1/users/");
        Answer::of(request.bearer_auth(&self.access)).await.status
    }

    /// Asks until the server refuses the access token: it must hear of it, within its lease
    /// or so; a test that never ends has failed.
    async fn wait_until_refused(&self, server: &ServerProcess) {
        while self.info(server).await != 401 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(server.refresh(&self.refresh).await.unwrap().status, 401);
    }
}

/// The ids of all sessions, in the order in which they were opened.
fn sids(database: &TestDatabase) -> Vec<String> {
    sessions::table
        .order(sessions::id)
        .select(sessions::sid)
        .load(&mut database.connect())
        .unwrap()
}

/// How many sessions have ended, and how many rows the log and the feed have.
fn counts(database: &TestDatabase) -> (i64, i64, i64) {
    let connection = &mut database.connect();
    let ended = sessions::table.filter(sessions::ended_at.is_not_null());
    (
        ended.count().get_result(connection).unwrap(),
        events::table.count().get_result(connection).unwrap(),
        revocations::table.count().get_result(connection).unwrap(),
    )
}
