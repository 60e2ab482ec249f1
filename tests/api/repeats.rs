//! Repeated refreshes: counted in memory, and written once a second.

use chrono::TimeDelta;
use diesel::prelude::*;
use frontgate::clock::Moment;
use frontgate::repeats::{Counts, MAX_APART, MAX_SESSIONS};
use frontgate::schema::{events, sessions};
use frontgate::sessions::{Repeat, RepeatedToken};
use frontgate::write_behind::Buffer;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Backend, TestApp, on_both_databases, rows};

const EMAIL: &str = "ada@example.com";

/// How many repeats the audit log tells of, and in how many events.
fn written(app: &TestApp) -> (u64, usize) {
    let details: Vec<String> = events::table
        .filter(events::kind.eq("refresh_repeated"))
        .select(events::detail)
        .load(&mut app.connect())
        .unwrap();
    let counts = details.iter().map(|detail| {
        let detail: Value = serde_json::from_str(detail).unwrap();
        detail["count"].as_u64().unwrap()
    });
    (counts.sum(), details.len())
}

fn repeat(session: u16, token: u8, place: u8) -> Repeat {
    Repeat {
        user_id: 1,
        session_id: i64::from(session),
        sid: format!("{session:032x}"),
        sequence: i64::from(token),
        token: RepeatedToken {
            jti: format!("{token:032x}"),
            ip: Some(format!("192.0.2.{place}")),
            user_agent: String::new(),
            at_once: false,
        },
    }
}

fn now() -> Moment {
    TestApp::start_of_time()
}

on_both_databases! {
    async fn a_flood_of_repeats_writes_one_event_a_second(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut ada = app.signed_up(EMAIL).await;
        let old = ada.clone();
        ada.refresh().await;
        let last_seen = || -> chrono::NaiveDateTime {
            sessions::table.select(sessions::last_seen_at).first(&mut app.connect()).unwrap()
        };
        let (before, seen) = (rows::counts(&app), last_seen());
        for _ in 0..50 {
            assert_eq!(old.clone().refresh().await.status, 200);
        }
        // Not even the session's row: no token that was handed out lives longer.
        assert_eq!((rows::counts(&app), last_seen()), (before, seen));
        rows::settle(&app).await;
        assert_eq!(written(&app), (50, 1));
        app.advance(TimeDelta::seconds(1));
        assert_eq!(old.clone().refresh().await.status, 200);
        rows::settle(&app).await;
        rows::settle(&app).await;
        assert_eq!(written(&app), (51, 2));
    }

    async fn repeats_wait_while_the_database_is_away(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut counts = Counts::default();
        for token in 0..3 {
            counts.count(&repeat(1, token, 1), now());
        }
        let mut later = Counts::default();
        later.count(&repeat(1, 2, 1), now() + TimeDelta::seconds(5));
        later.absorb(&counts);
        later.write(&mut app.connect(), now() + TimeDelta::seconds(6)).unwrap();
        assert_eq!(written(&app), (4, 3));
        let seconds: Vec<String> = events::table.select(events::detail).load(&mut app.connect()).unwrap();
        assert!(seconds.iter().all(|detail| detail.ends_with("\"seconds\":6}")), "{seconds:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_counted_is_bounded_and_no_repeat_gets_lost(
        first in prop::collection::vec((0u16..1500, 0u8..20, 0u8..20), 0..3000),
        second in prop::collection::vec((0u16..1500, 0u8..20, 0u8..20), 0..3000),
    ) {
        let count = |repeats: &[(u16, u8, u8)]| {
            let mut counts = Counts::default();
            for (session, token, place) in repeats {
                counts.count(&repeat(*session, *token, *place), now());
            }
            counts
        };
        let mut counts = count(&first);
        counts.absorb(&count(&second));
        prop_assert!(counts.events() <= MAX_SESSIONS * (MAX_APART + 1) + 1);
        prop_assert_eq!(counts.total(), u64::try_from(first.len() + second.len()).unwrap());
    }
}

#[test]
fn one_session_cannot_write_more_than_its_share() {
    let mut counts = Counts::default();
    for token in 0..200 {
        for place in 0..200 {
            counts.count(&repeat(1, token, place), now());
        }
    }
    assert_eq!((counts.events(), counts.total()), (MAX_APART + 1, 40_000));
}
