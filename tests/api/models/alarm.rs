//! The latest alarms.

use chrono::TimeDelta;
use frontgate::models::alarm::latest;
use frontgate::models::event::{EventKind, NewEvent};

use crate::support::{Backend, TestApp, on_both_databases};

on_both_databases! {
    async fn the_newest_come_first_and_nothing_else_comes(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut connection = app.connect();
        for (place, kind) in EventKind::ALL.iter().enumerate() {
            let at = app.clock.now() + TimeDelta::seconds(i64::try_from(place).unwrap());
            let event = NewEvent { kind: *kind, ..NewEvent::default() };
            NewEvent::insert_all(&mut connection, &[event], at).unwrap();
        }
        let found: Vec<_> = latest(&mut app.connect(), 10).unwrap().into_iter().map(|event| event.kind).collect();
        let wanted = [
            "database_refused", "key_revoked", "everything_revoked", "superuser_created", "superuser_granted", "staff_granted",
            "reuse_detected", "follower_suspected", "guessing_suspected",
        ];
        assert_eq!(found, wanted);
    }

    async fn there_are_no_more_than_were_asked_for(backend: Backend) {
        let app = TestApp::new(backend).await;
        let now = app.clock.now();
        let event = |kind| move |user| NewEvent { kind, user_id: Some(user), ..NewEvent::default() };
        let reuse: Vec<_> = (0..12).map(event(EventKind::ReuseDetected)).collect();
        let follower: Vec<_> = (0..3).map(event(EventKind::FollowerSuspected)).collect();
        let mut connection = app.connect();
        NewEvent::insert_all(&mut connection, &reuse, now).unwrap();
        NewEvent::insert_all(&mut connection, &follower, now - TimeDelta::seconds(1)).unwrap();
        let ids: Vec<_> = latest(&mut connection, 10).unwrap().iter().map(|event| event.id).collect();
        assert_eq!(ids, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
        let kinds: Vec<_> = latest(&mut connection, 14).unwrap().into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds[11..], ["reuse_detected", "follower_suspected", "follower_suspected"]);
    }

    async fn what_anybody_can_cause_is_there_once_an_hour_and_leaves_places_to_operators(backend: Backend) {
        let app = TestApp::new(backend).await;
        let now = app.clock.now();
        let event = |kind, user| NewEvent { kind, user_id: Some(user), ..NewEvent::default() };
        let mut connection = app.connect();
        for kind in [EventKind::SuperuserGranted, EventKind::StaffGranted] {
            NewEvent::insert_all(&mut connection, &[event(kind, 1)], now).unwrap();
        }
        for minute in 1..30 {
            for user in [2, 3] {
                let at = now + TimeDelta::minutes(minute);
                NewEvent::insert_all(&mut connection, &[event(EventKind::FollowerSuspected, user)], at).unwrap();
            }
        }
        let kinds = |connection: &mut _| -> Vec<String> {
            latest(connection, 10).unwrap().into_iter().map(|event| event.kind).collect()
        };
        let few = ["follower_suspected", "follower_suspected", "staff_granted", "superuser_granted"];
        assert_eq!(kinds(&mut connection), few);
        let many: Vec<_> = (0..100).map(|user| event(EventKind::ReuseDetected, user)).collect();
        NewEvent::insert_all(&mut connection, &many, now + TimeDelta::hours(1)).unwrap();
        let found = kinds(&mut connection);
        assert_eq!((found.len(), &found[8..]), (10, &few.map(str::to_owned)[2..]));
    }
}
