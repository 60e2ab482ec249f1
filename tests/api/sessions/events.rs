//! What the audit log says of signing up, logging in and logging out.

use std::fmt::Write;

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::models::event::EventKind;
use frontgate::schema::events;
use reqwest::Method;
use serde_json::json;

use crate::support::{Backend, PASSWORD, TestApp, USERS, assert_answer, on_both_databases, rows};

type Row = (
    String,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
);

/// Every event, with letters for sessions in the order in which they first come.
fn log(app: &TestApp) -> String {
    let found: Vec<Row> = events::table
        .order(events::id)
        .select((
            events::kind,
            events::user_id,
            events::sid,
            events::jti,
            events::ip,
            events::user_agent,
            events::reason,
            events::detail,
        ))
        .load(&mut app.connect())
        .unwrap();
    let ada = rows::user(app, "ada@example.com").id;
    let mut known = Vec::new();
    let mut text = String::new();
    for (kind, user_id, sid, jti, ip, agent, reason, detail) in found {
        let sid = sid.unwrap();
        if !known.contains(&sid) {
            known.push(sid.clone());
        }
        let session = known.iter().position(|other| *other == sid).unwrap();
        let by = if user_id == Some(ada) { "ada" } else { "?" };
        let reason = reason.unwrap_or_default();
        let (ip, agent) = (ip.unwrap(), agent.unwrap());
        writeln!(
            text,
            "{kind} of {by}, session {session}, token {}, from {ip} by {agent:?}, {reason:?} {detail}",
            jti.is_some()
        )
        .unwrap();
    }
    text
}

on_both_databases! {
    async fn every_way_in_and_out_is_noted_once_with_who_and_from_where(backend: Backend) {
        let app = TestApp::new(backend).await;
        let body = json!({ "email": "ada@example.com", "password": PASSWORD });
        let mut ada = app.browser();
        let create = app.request(Method::POST, &format!("{USERS}/create/")).header("User-Agent", "Firefox\u{9b}31m\tone").json(&body);
        assert_eq!(ada.send(create).await.status, 201);
        // The session of the cookie that comes along is replaced.
        let log_in = app.request(Method::POST, &format!("{USERS}/login/")).header("User-Agent", "x".repeat(10_000)).json(&body);
        assert_eq!(ada.send(log_in).await.status, 200);
        let old = ada.clone();
        assert_eq!(ada.refresh().await.status, 200);
        assert_eq!(old.clone().refresh().await.status, 200);
        rows::settle(&app).await;
        let mut phone = app.browser();
        phone.log_in("ada@example.com", PASSWORD).await;
        assert_eq!(phone.log_out().await.status, 200);
        // After the grace it is reuse.
        app.advance(TimeDelta::seconds(10));
        assert_eq!(old.clone().refresh().await.status, 401);
        let log = log(&app).replace(&"x".repeat(400), "(400 letters)");
        assert_answer!("events", log);
    }

    async fn what_fails_or_changes_nothing_is_no_event(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up("ada@example.com").await;
        ada.refresh().await;
        let before = rows::counts(&app);
        assert_eq!(app.browser().create("ada@example.com", PASSWORD).await.status, 400);
        assert_eq!(ada.info().await.status, 200);
        assert_eq!(rows::counts(&app), before);
        let late = ada.clone();
        assert_eq!(ada.log_out().await.status, 200);
        let before = rows::counts(&app);
        assert_eq!(late.clone().log_out().await.status, 401);
        assert_eq!(late.clone().refresh().await.status, 401);
        assert_eq!(rows::counts(&app), before);
    }
}

#[test]
fn every_kind_of_event_is_explained_to_operators() {
    let operations = include_str!("../../../docs/operations.md");
    for kind in EventKind::ALL {
        let word = format!("`{}`", kind.as_str());
        let explained = operations
            .lines()
            .any(|line| line.starts_with('|') && line.contains(&word));
        assert!(explained, "{word} is missing in docs/operations.md");
    }
}
