//! What was answered survives `kill -9`.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;

use crate::support::process::{ServerProcess, cookie};
use crate::support::{Backend, TestDatabase, on_both_databases};

const SESSIONS: usize = 8;
/// The server is killed right after this answer, while the other clients wait for theirs.
const LAST_ANSWER: usize = 50;
/// Long enough for a slow machine: a refresh whose answer was lost is a retry after the crash.
const SETTINGS: [(&str, &str); 1] = [("FRONTGATE_REFRESH_GRACE", "5m")];

/// Refreshes until no answer comes, and answers the last token that was received.
async fn refresh_until_it_breaks(
    server: &ServerProcess,
    answers: &AtomicUsize,
    mut token: String,
) -> String {
    while let Some(answer) = server.refresh(&token).await {
        assert_eq!(answer.status, 200, "{answer}");
        let successor = cookie(&answer, "refresh");
        assert_ne!(successor, token);
        token = successor;
        if answers.fetch_add(1, Ordering::SeqCst) + 1 == LAST_ANSWER {
            let id = server.id().to_string();
            let sent = Command::new("kill").args(["-KILL", &id]).status().unwrap();
            assert!(sent.success());
        }
    }
    token
}

on_both_databases! {
    async fn every_answered_refresh_is_there_after_a_kill(backend: Backend) {
        let database = TestDatabase::new(backend);
        let server = ServerProcess::start(&database, &SETTINGS);
        let mut tokens = Vec::new();
        for number in 0..SESSIONS {
            let answer = server.create(&format!("user{number}@example.com")).await;
            assert_eq!(answer.status, 201, "{answer}");
            tokens.push(cookie(&answer, "refresh"));
        }
        let answers = AtomicUsize::new(0);
        let clients = tokens.into_iter().map(|token| refresh_until_it_breaks(&server, &answers, token));
        let last = join_all(clients).await;
        assert!(answers.into_inner() >= LAST_ANSWER);
        drop(server);

        let server = ServerProcess::start(&database, &SETTINGS);
        for token in last {
            let answer = server.refresh(&token).await.unwrap();
            assert_eq!(answer.status, 200, "{answer}");
            let next = server.refresh(&cookie(&answer, "refresh")).await.unwrap();
            assert_eq!(next.status, 200, "{next}");
        }
    }
}

/// A core would hold the secret key.
#[test]
fn a_server_may_leave_no_core() {
    let database = TestDatabase::new(Backend::Sqlite);
    let server = ServerProcess::start(&database, &[]);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let limit = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<_> = limit.unwrap().split_whitespace().collect();
    assert_eq!(words, ["Max", "core", "file", "size", "0", "0", "bytes"]);
}
