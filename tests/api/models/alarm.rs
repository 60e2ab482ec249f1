//! The latest alarms.

use chrono::TimeDelta;
use frontgate::models::alarm::{LOOKED_AT, latest};
use frontgate::models::event::{EventKind, NewEvent};

use crate::support::{Backend, TestApp, on_both_databases};

on_both_databases! {
    async fn the_newest_come_first_and_nothing_else_comes(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut connection = app.connect();
        let mut insert = |kind: EventKind, detail: Option<&str>, seconds: i64| {
            let at = app.clock.now() + TimeDelta::seconds(seconds);
            NewEvent { kind, detail, ..NewEvent::default() }.insert(&mut connection, at).unwrap();
        };
        for (place, kind) in EventKind::ALL.iter().enumerate() {
            insert(*kind, None, i64::try_from(place).unwrap());
        }
        insert(EventKind::LogInFailed, Some(r#"{"count":99,"seconds":1}"#), 100);
        insert(EventKind::LogInFailed, Some(r#"{"count":100,"seconds":1}"#), -100);
        insert(EventKind::LogInFailed, Some("no JSON"), 101);
        let found: Vec<_> = latest(&mut app.connect(), 10).unwrap().into_iter().map(|event| event.kind).collect();
        let wanted = ["key_revoked", "everything_revoked", "reuse_detected", "follower_suspected", "log_in_failed"];
        assert_eq!(found, wanted);
    }

    async fn there_are_no_more_than_were_asked_for(backend: Backend) {
        let app = TestApp::new(backend).await;
        let now = app.clock.now();
        let event = |kind| NewEvent { kind, ..NewEvent::default() };
        let reuse = [event(EventKind::ReuseDetected); 12];
        let follower = [event(EventKind::FollowerSuspected); 3];
        let mut connection = app.connect();
        NewEvent::insert_all(&mut connection, &reuse, now).unwrap();
        NewEvent::insert_all(&mut connection, &follower, now - TimeDelta::seconds(1)).unwrap();
        let ids: Vec<_> = latest(&mut connection, 10).unwrap().iter().map(|event| event.id).collect();
        assert_eq!(ids, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
        let kinds: Vec<_> = latest(&mut connection, 14).unwrap().into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds[11..], ["reuse_detected", "follower_suspected", "follower_suspected"]);
    }

    async fn many_failures_are_looked_for_among_the_newest(backend: Backend) {
        let app = TestApp::new(backend).await;
        let now = app.clock.now();
        let event = |detail| NewEvent { kind: EventKind::LogInFailed, detail: Some(detail), ..NewEvent::default() };
        let mut connection = app.connect();
        event(r#"{"count":500,"seconds":1}"#).insert(&mut connection, now).unwrap();
        let few = vec![event(r#"{"count":1,"seconds":1}"#); usize::try_from(LOOKED_AT).unwrap()];
        NewEvent::insert_all(&mut connection, &few[1..], now).unwrap();
        assert_eq!(latest(&mut connection, 10).unwrap().len(), 1);
        few[0].insert(&mut connection, now).unwrap();
        assert_eq!(latest(&mut connection, 10).unwrap().len(), 0);
    }
}
