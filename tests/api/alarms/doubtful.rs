//! Alarms of changes of which nobody knows whether they were stored.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use chrono::TimeDelta;
use frontgate::alarms::{Alarm, GIVEN_UP_AFTER, MAX_DOUBTFUL};
use frontgate::clock::Moment;
use frontgate::models::event::{EventKind, NewEvent};
use frontgate::server::upkeep::settle_doubtful;

use super::{Operator, WRITE};
use crate::support::{Backend, TestApp, on_both_databases};

fn reuse(user_id: i64, sid: &str) -> NewEvent<'_> {
    NewEvent {
        kind: EventKind::ReuseDetected,
        user_id: Some(user_id),
        sid: Some(sid),
        ..NewEvent::default()
    }
}

fn store(app: &TestApp, event: &NewEvent<'_>, at: Moment) {
    NewEvent::insert_all(&mut app.connect(), std::slice::from_ref(event), at).unwrap();
}

on_both_databases! {
    async fn a_doubtful_alarm_is_told_when_its_event_is_stored_and_else_never(backend: Backend) {
        let operator = Operator::with(WRITE);
        let app = TestApp::with(backend, &[("alarm_command", &operator.command())]).await;
        let (state, at) = (&app.state, app.clock.now() + TimeDelta::nanoseconds(123_456_789));
        let alarm = |user, sid| Alarm::of(&reuse(user, sid), at).unwrap();
        state.doubtful_alarms.add(&[alarm(1, "stored"), alarm(2, "lost"), alarm(3, "late")], app.clock.uptime());
        // What looks like it and is not it.
        for other in [reuse(2, "stored"), reuse(1, "lost"), NewEvent { kind: EventKind::SessionEnded, ..reuse(2, "lost") }] {
            store(&app, &other, at);
        }
        store(&app, &reuse(2, "lost"), at - TimeDelta::seconds(1));
        settle_doubtful(state).await;
        assert_eq!(state.doubtful_alarms.len(), 3);
        store(&app, &reuse(1, "stored"), at);
        settle_doubtful(state).await;
        assert_eq!(state.doubtful_alarms.len(), 2);
        // A change that takes long to be stored is waited for.
        let last = Duration::from_secs(1);
        app.clock.advance_uptime(GIVEN_UP_AFTER.checked_sub(last).unwrap());
        settle_doubtful(state).await;
        assert_eq!(state.doubtful_alarms.len(), 2);
        store(&app, &reuse(3, "late"), at);
        app.clock.advance_uptime(last);
        settle_doubtful(state).await;
        assert!(state.doubtful_alarms.is_empty());
        let statements = state.database.statements();
        settle_doubtful(state).await;
        assert_eq!(state.database.statements(), statements);
        state.alarms.stop().await;
        let told = operator.told();
        let sids: Vec<_> = told.iter().map(|alarm| alarm["sid"].as_str().unwrap()).collect();
        assert_eq!(sids, ["stored", "late"]);
    }

    async fn a_database_that_is_away_keeps_them_in_doubt_and_their_number_has_an_end(backend: Backend) {
        let app = TestApp::with(backend, &[("database_timeout", "100ms")]).await;
        let (state, at) = (&app.state, app.clock.now());
        let alarms: Vec<_> = (0..2 * i64::try_from(MAX_DOUBTFUL).unwrap()).map(|user| Alarm::of(&reuse(user, "s"), at).unwrap()).collect();
        state.doubtful_alarms.add(&alarms, app.clock.uptime());
        assert_eq!(state.doubtful_alarms.len(), MAX_DOUBTFUL);
        // A look that is cut off loses none.
        let mut look = Box::pin(settle_doubtful(state));
        poll_fn(|context| Poll::Ready(look.as_mut().poll(context).is_ready())).await;
        drop(look);
        assert_eq!(state.doubtful_alarms.len(), MAX_DOUBTFUL);
        state.database.close().await;
        settle_doubtful(state).await;
        assert_eq!(state.doubtful_alarms.len(), MAX_DOUBTFUL);
        // However long it is away: only a look at the audit log shows that nothing has happened.
        app.clock.advance_uptime(GIVEN_UP_AFTER * 3);
        settle_doubtful(state).await;
        assert_eq!(state.doubtful_alarms.len(), MAX_DOUBTFUL);
    }
}
