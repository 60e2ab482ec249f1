//! `/admin/`: how things stand, shown from sample values.

mod served;

use std::collections::HashMap;

use askama::Template;
use chrono::{NaiveDateTime, TimeDelta};
use frontgate::activity::series::{Series, Span};
use frontgate::admin::frame::{Frame, Section};
use frontgate::admin::overview::OverviewPage;
use frontgate::admin::overview::alarms::AlarmRow;
use frontgate::admin::overview::figures::Figures;
use frontgate::admin::overview::servers::ServerRow;
use frontgate::clock::Moment;
use frontgate::models::activity::Kind;
use frontgate::models::activity::Recorded;
use frontgate::models::event::{Event, EventKind};
use frontgate::models::node::Node;
use frontgate::models::session_count::LiveSessions;

use crate::support::{Answer, TestApp, assert_answer};

const EVIL: &str = "\"><script>alert('x')</script>";

/// The content of the page, without what differs from version to version.
fn content(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer}");
    inner(&answer.body)
}

fn inner(page: &str) -> String {
    let (_, content) = page.split_once("<main id=\"content\">").unwrap();
    let (content, _) = content.split_once("</main>").unwrap();
    content.replace(env!("CARGO_PKG_VERSION"), "<version>")
}

fn moment(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
}

/// An alarm of a kind, with whatever else there may be.
fn alarm(kind: EventKind, detail: &str) -> Event {
    Event {
        id: 1,
        at: moment("2026-01-05 11:58:00"),
        kind: kind.as_str().to_owned(),
        user_id: None,
        actor_id: None,
        sid: None,
        jti: None,
        ip: None,
        user_agent: None,
        reason: None,
        detail: detail.to_owned(),
    }
}

fn told(alarm: &Event) -> (String, String) {
    let row = AlarmRow::new(alarm, &HashMap::new(), TestApp::start_of_time());
    (row.what.word, row.meaning)
}

fn node(name: &str, seen: &str, fresh: Option<&str>) -> Node {
    Node {
        name: name.to_owned(),
        version: "9.9.9".to_owned(),
        started_at: moment("2026-01-01 00:00:00"),
        last_seen_at: moment(seen),
        fresh_at: fresh.map(moment),
    }
}

fn server(node: &Node) -> ServerRow {
    let now = TestApp::start_of_time();
    ServerRow::new(node, "b", TimeDelta::seconds(2), now)
}

fn figures(span: Span, counted: &[(&str, Kind, i64)], now: Moment) -> Figures {
    let recorded = counted.iter().map(|(starts_at, kind, count)| Recorded {
        starts_at: moment(starts_at),
        kind: kind.as_str().to_owned(),
        count: *count,
    });
    let recorded: Vec<_> = recorded.collect();
    Figures::new(span, &Series::of(span, &recorded, now))
}

fn page() -> OverviewPage {
    let now = TestApp::start_of_time();
    OverviewPage {
        frame: Frame {
            section: Section::Overview,
            email: "ops@example.com".to_owned(),
            user_id: 1,
            is_superuser: false,
            csrf: "<csrf>".to_owned(),
            messages: Vec::new(),
            now,
        },
        alarms: Vec::new(),
        live: LiveSessions::Exact(0),
        figures: figures(Span::Hour, &[], now),
        servers: vec![server(&node(
            "b",
            "2026-01-05 12:00:00",
            Some("2026-01-05 12:00:00"),
        ))],
        to_api: Some(String::new()),
    }
}

#[test]
fn a_busy_page_from_samples() {
    let now = TestApp::start_of_time();
    let follower = Event {
        user_id: Some(7),
        sid: Some("0f5e2c5d8d6b4c5e9a3a0d1b2c3d4e5f".to_owned()),
        ip: Some("2001:db8::66".to_owned()),
        user_agent: Some(EVIL.to_owned()),
        ..alarm(
            EventKind::FollowerSuspected,
            r#"{"rotated_from":{"ip":"192.0.2.7","user_agent":"a"},"repeated_from":{"ip":"2001:db8::66","user_agent":"b"}}"#,
        )
    };
    let failures = Event {
        user_id: Some(8),
        ..alarm(
            EventKind::GuessingSuspected,
            r#"{"count":1500,"minutes":60}"#,
        )
    };
    let everything = Event {
        actor_id: Some(9),
        user_agent: Some("frontgate sessions revoke".to_owned()),
        ..alarm(EventKind::EverythingRevoked, r#"{"generation":3}"#)
    };
    let emails = HashMap::from([(7, EVIL.to_owned()), (9, "ops@example.com".to_owned())]);
    let alarm = |event: &Event| AlarmRow::new(event, &emails, now);
    let counted = [
        ("2026-01-05 11:15:00", Kind::LoggedIn, 1_234),
        ("2026-01-05 11:15:00", Kind::LogInFailed, 3),
        ("2026-01-05 12:00:00", Kind::ReuseDetected, 1),
        ("2026-01-05 12:00:00", Kind::GuessingSuspected, 2),
    ];
    let busy = OverviewPage {
        alarms: [follower, failures, everything].iter().map(alarm).collect(),
        live: LiveSessions::Estimate(1_000_000),
        figures: figures(Span::Hour, &counted, now),
        servers: vec![
            server(&node(
                "a",
                "2026-01-05 11:59:55",
                Some("2026-01-05 11:59:52"),
            )),
            server(&node(
                "b",
                "2026-01-05 12:00:00",
                Some("2026-01-05 12:00:00"),
            )),
            server(&node(
                "c",
                "2026-01-05 11:59:29",
                Some("2026-01-05 11:59:29"),
            )),
        ],
        ..page()
    };
    let html = busy.render().unwrap();
    assert!(
        !html.contains("<script>") && !html.contains("style="),
        "{html}"
    );
    assert_answer!("admin_overview_busy", inner(&html));
}

#[test]
fn each_kind_of_alarm_says_what_it_means() {
    for (kind, detail, word, meaning) in [
        (
            EventKind::ReuseDetected,
            "{}",
            "Reuse",
            "A refresh token that had been replaced was used again. The session has ended.",
        ),
        (
            EventKind::FollowerSuspected,
            "no JSON",
            "Follower",
            "A refresh token was used by one program and at once again by another. Two may hold this session.",
        ),
        (
            EventKind::GuessingSuspected,
            r#"{"count":1001,"minutes":60}"#,
            "Guessing",
            "1,001 log-ins from clients whose address is not known failed within an hour. Somebody may be guessing passwords.",
        ),
        (
            EventKind::StaffGranted,
            "{}",
            "New staff",
            "The admin lets this user in.",
        ),
        (
            EventKind::SuperuserGranted,
            "{}",
            "New superuser",
            "This user may do everything in the admin.",
        ),
        (
            EventKind::SuperuserCreated,
            "{}",
            "New superuser",
            "This user may do everything in the admin.",
        ),
        (
            EventKind::EverythingRevoked,
            "{}",
            "Everything ended",
            "Everybody's sessions were ended.",
        ),
        (
            EventKind::KeyRevoked,
            r#"{"kid":"k1"}"#,
            "Key revoked",
            "Every token that the key k1 has signed is refused.",
        ),
        (
            EventKind::DatabaseRefused,
            r#"{"server":"postgres://db-a/x"}"#,
            "Database refused",
            "The PostgreSQL server postgres://db-a/x is of another cluster than this database.",
        ),
        (EventKind::SignedUp, "{}", "Signed up", ""),
    ] {
        assert_eq!(
            told(&alarm(kind, detail)),
            (word.to_owned(), meaning.to_owned())
        );
    }
}

#[test]
fn a_server_is_fresh_stale_or_silent() {
    for (seen, fresh_at, state, fresh) in [
        (
            "2026-01-05 12:00:00",
            Some("2026-01-05 11:59:58"),
            "Fresh",
            "2.0 s when last seen",
        ),
        (
            "2026-01-05 11:59:30",
            Some("2026-01-05 11:59:30"),
            "Fresh",
            "0.0 s when last seen",
        ),
        (
            "2026-01-05 12:00:00",
            Some("2026-01-05 11:59:57"),
            "Stale",
            "3.0 s when last seen",
        ),
        ("2026-01-05 12:00:00", None, "Stale", "never"),
        (
            "2026-01-05 11:59:29",
            Some("2026-01-05 11:59:29"),
            "Silent",
            "0.0 s when last seen",
        ),
    ] {
        let row = server(&node("a", seen, fresh_at));
        assert_eq!(
            (row.state.word.as_str(), row.fresh.as_str()),
            (state, fresh)
        );
        assert_eq!(row.is_well, state == "Fresh");
        assert_eq!(row.meaning.is_empty(), row.is_well);
    }
    let this = server(&node(
        "b",
        "2026-01-05 12:00:00",
        Some("2026-01-05 12:00:00"),
    ));
    assert!(this.is_this && this.fresh == "0.0 s ago");
}

#[test]
fn points_are_named_by_what_they_count_for() {
    let now = TestApp::start_of_time();
    let counted = [
        ("2026-01-05 12:00:00", Kind::Refreshed, 1),
        ("2026-01-05 11:00:00", Kind::Refreshed, 1),
        ("2026-01-04 12:00:00", Kind::Refreshed, 2),
    ];
    for (span, names, marks) in [
        (
            Span::Hour,
            vec!["12:00, so far"],
            vec!["11:15", "11:30", "11:45", "12:00"],
        ),
        (
            Span::Day,
            vec!["5 Jan, 12:00, so far", "5 Jan, 11:00"],
            vec!["18:00", "00:00", "06:00", "12:00"],
        ),
        (
            Span::Month,
            vec!["Mon, 5 Jan, so far", "Sun, 4 Jan"],
            vec!["8 Dec", "15 Dec", "22 Dec", "29 Dec", "5 Jan"],
        ),
    ] {
        // An hour is of minutes: what was counted by the hour is not among them.
        let counted = if span == Span::Hour {
            &counted[..1]
        } else {
            &counted[..]
        };
        let figures = figures(span, counted, now);
        let shown: Vec<_> = figures.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(shown, names);
        let shown: Vec<_> = figures.groups[0]
            .chart
            .marks
            .iter()
            .map(|(_, mark)| mark.as_str())
            .collect();
        assert_eq!(shown, marks);
    }
}
