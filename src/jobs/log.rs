//! What the audit log says of jobs.

use diesel::QueryResult;
use serde_json::json;

use super::parameters::EndMany;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::event::{EventKind, NewEvent};
use crate::models::job::Job;
use crate::rotation::EndReason;
use crate::sessions::By;

/// Somebody wants the job: one event when it is queued, and one each time it is queued again.
pub(super) fn queued(
    connection: &mut AnyConnection,
    id: i64,
    what: Option<&EndMany>,
    reason: Option<&str>,
    by: By<'_>,
    now: Moment,
) -> QueryResult<()> {
    let event = NewEvent {
        reason,
        detail: Some(&detail(id, what).to_string()),
        ..by.event(EventKind::JobQueued)
    };
    event.insert(connection, now)
}

/// The job is over: one event for all of it, who, which sessions, how many.
pub(super) fn ended(
    connection: &mut AnyConnection,
    job: &Job,
    what: Option<&EndMany>,
    by: By<'_>,
    error: Option<&str>,
    now: Moment,
) -> QueryResult<()> {
    let mut detail = detail(job.id, what);
    detail["sessions"] = job.done.into();
    if let Some(error) = error {
        detail["error"] = error.into();
    }
    let event = NewEvent {
        reason: Some(EndReason::Revoked.as_str()),
        detail: Some(&detail.to_string()),
        ..by.event(EventKind::ManySessionsEnded)
    };
    event.insert(connection, now)
}

/// Which job, and what it is about where that can be read.
fn detail(id: i64, what: Option<&EndMany>) -> serde_json::Value {
    let mut detail = json!({ "job": id });
    if let Some(what) = what {
        detail["filter"] = what.filter_as_json();
        if let Some(keep) = what.keep {
            detail["keep"] = keep.into();
        }
    }
    detail
}
