//! What the audit log says of jobs.

use diesel::QueryResult;
use serde_json::json;

use super::parameters::EndMany;
use crate::models::event::{EventKind, NewEvent};
use crate::models::job::Job;
use crate::rotation::EndReason;
use crate::sessions::{By, Change};

/// Somebody wants the job: one event when it is queued, and one each time it is queued again.
pub(super) fn queued(
    change: &mut Change<'_>,
    id: i64,
    what: Option<&EndMany>,
    reason: Option<&str>,
) -> QueryResult<()> {
    change.note(&NewEvent {
        reason,
        detail: Some(&detail(id, what).to_string()),
        ..change.event(EventKind::JobQueued)
    })
}

/// The job is over: one event for all of it, who wanted it (`by`), which sessions, how many.
pub(super) fn ended(
    change: &mut Change<'_>,
    job: &Job,
    what: Option<&EndMany>,
    by: &By,
    error: Option<&str>,
) -> QueryResult<()> {
    let mut detail = detail(job.id, what);
    detail["sessions"] = job.done.into();
    if let Some(error) = error {
        detail["error"] = error.into();
    }
    change.note(&NewEvent {
        reason: Some(EndReason::Revoked.as_str()),
        detail: Some(&detail.to_string()),
        ..by.event(EventKind::ManySessionsEnded)
    })
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
