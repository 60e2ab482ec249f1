//! The alarm about PostgreSQL servers that were refused, such as the primary before a failover
//! that runs again. It goes into the database that they do not continue, so it is raised where the
//! present primary is reached.

use actix_web::web;
use chrono::TimeDelta;
use diesel::QueryResult;

use crate::app::App;
use crate::db::{self, RefusedServer};
use crate::models::event::{Event, EventKind, NewEvent};
use crate::sessions::{By, Change};

/// One alarm within this time, whichever server has met it.
const ONCE_IN: TimeDelta = TimeDelta::hours(1);

/// Raises an alarm for each server that this process has refused since the last time; what could
/// not be written is tried again.
pub async fn tell(app: &web::Data<App>) {
    let refused = db::take_refused();
    if refused.is_empty() {
        return;
    }
    let servers = refused.clone();
    let noted = App::change(app, By::default(), move |change| {
        Ok(note(change, &servers)?)
    });
    if let Err(error) = noted.await {
        tracing::warn!(%error, "an alarm about a refused PostgreSQL server could not be written to the audit log; trying again");
        db::put_back_refused(refused);
    }
}

/// Notes an event for each server of which there was none within the last hour.
pub fn note(change: &mut Change<'_>, servers: &[RefusedServer]) -> QueryResult<()> {
    for server in servers {
        let detail = serde_json::json!(server).to_string();
        let kind = EventKind::DatabaseRefused;
        if Event::was_noted(change.connection, kind, &detail, change.now() - ONCE_IN)? {
            continue;
        }
        change.note(&NewEvent {
            kind,
            reason: Some(server.reason),
            detail: Some(&detail),
            ..NewEvent::default()
        })?;
    }
    Ok(())
}
