//! The alarm about PostgreSQL servers that were refused, such as the primary before a failover
//! that runs again. It goes into the database that they do not continue, so it is raised where the
//! present primary is reached.

use chrono::TimeDelta;
use diesel::QueryResult;

use crate::alarms::Alarm;
use crate::app::App;
use crate::clock::Moment;
use crate::db::{self, AnyConnection, RefusedServer};
use crate::error::Error;
use crate::models::event::{Event, EventKind, NewEvent};

/// One alarm within this time, whichever server has met it.
const ONCE_IN: TimeDelta = TimeDelta::hours(1);

/// Raises an alarm for each server that this process has refused since the last time; what could
/// not be written is tried again.
pub async fn tell(app: &App) {
    let refused = db::take_refused();
    if refused.is_empty() {
        return;
    }
    let (servers, now) = (refused.clone(), app.now());
    let noted = app
        .database
        .write(move |connection| note(connection, &servers, now).map_err(Error::from))
        .await;
    match noted {
        Ok(alarms) => app.alarms.raise(alarms),
        Err(error) => {
            tracing::warn!(%error, "an alarm about a refused PostgreSQL server could not be written to the audit log; trying again");
            db::put_back_refused(refused);
        }
    }
}

/// Writes an event for each server of which there was none within the last hour; returns their
/// alarms.
pub fn note(
    connection: &mut AnyConnection,
    servers: &[RefusedServer],
    now: Moment,
) -> QueryResult<Vec<Alarm>> {
    let mut alarms = Vec::new();
    for server in servers {
        let detail = serde_json::json!(server).to_string();
        let kind = EventKind::DatabaseRefused;
        if Event::was_noted(connection, kind, &detail, now - ONCE_IN)? {
            continue;
        }
        let event = NewEvent {
            kind,
            reason: Some(server.reason),
            detail: Some(&detail),
            ..NewEvent::default()
        };
        event.insert(connection, now)?;
        alarms.extend(Alarm::of(&event, now));
    }
    Ok(alarms)
}
