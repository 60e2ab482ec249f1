//! Ending all sessions that a filter finds, a batch at a time.
//!
//! Which sessions are next is read outside of the transaction that ends them, so that a
//! filter that no index serves keeps nobody waiting. The transaction takes what it can lock
//! at once: whoever waits for one session while it holds others could wait for ever.

use diesel::QueryResult;

use super::cursor::Cursor;
use super::log;
use super::matching::Matching;
use super::parameters::EndMany;
use crate::clock::{Budget, Clock, Moment};
use crate::db::{self, AnyConnection};
use crate::error::Error;
use crate::models::bulk_end;
use crate::models::job::{Job, NewJob};
use crate::models::listing::{self, Place};
use crate::models::revocation::Standing;
use crate::models::user::User;
use crate::rotation::EndReason;
use crate::sessions::{By, Changes, Client, EndedAll, blacklist_and_note};

/// The word in `jobs.kind`.
pub const KIND: &str = "end_sessions";

/// How long sessions are looked for before the lease is renewed.
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);

/// How many rounds may find sessions that somebody else keeps locked, and end none.
const IDLE_ROUNDS: u32 = 100;

/// Queues a job that ends every session which the filter finds, which has not ended and was
/// opened before `now`, and notes that somebody wants it. Answers its primary key. Ring the
/// bell of a server afterwards, so that it begins at once: [`super::Bell::ring`].
pub fn queue(
    connection: &mut AnyConnection,
    what: &EndMany,
    total: Option<i64>,
    by: Option<i64>,
    now: Moment,
) -> Result<i64, Error> {
    let parameters = what.to_json().map_err(internal)?;
    let new = NewJob {
        kind: KIND,
        parameters: &parameters,
        total,
        created_by: by,
    };
    let id = new.insert(connection, now)?;
    let client = what.client();
    let by = By {
        client: &client,
        actor_id: by,
    };
    log::queued(connection, id, Some(what), None, by, now)?;
    Ok(id)
}

/// The job by which this operator has asked for the same after the job `last`, if there is one.
pub fn queued_after(
    connection: &mut AnyConnection,
    what: &EndMany,
    by: i64,
    last: i64,
) -> Result<Option<i64>, Error> {
    let parameters = what.to_json().map_err(internal)?;
    Ok(Job::queued_after(connection, KIND, &parameters, by, last)?)
}

/// Queues a job that failed once more, to go on where it stopped, on behalf of whoever wants
/// that, and notes it; says whether it had failed. Ring the bell afterwards.
pub fn retry(
    connection: &mut AnyConnection,
    id: i64,
    by: By<'_>,
    now: Moment,
) -> QueryResult<bool> {
    let Some(job) = Job::find(connection, id)? else {
        return Ok(false);
    };
    let what = EndMany::from_json(&job.parameters).ok();
    let what = what.map(|what| what.asked_for_by(by.client));
    let rewritten = what.as_ref().and_then(|what| what.to_json().ok());
    // What this version cannot read it leaves as it is.
    let parameters = rewritten.as_deref().unwrap_or(&job.parameters);
    if !Job::retry(connection, id, parameters, by.actor_id, now)? {
        return Ok(false);
    }
    log::queued(connection, id, what.as_ref(), Some("retried"), by, now)?;
    Ok(true)
}

/// The sessions of one batch, and where the next one begins.
#[derive(Clone, Debug)]
pub struct Batch {
    ids: Vec<i64>,
    onwards: Option<Place>,
}

/// Looks for the next sessions of a job; changes nothing.
///
/// # Errors
/// Says so when this version cannot read what the job is about.
pub fn look(connection: &mut AnyConnection, job: &Job, clock: &Clock) -> Result<Batch, Error> {
    if job.kind != KIND {
        return Err(internal(UnknownKind(job.kind.clone())));
    }
    let what = EndMany::from_json(&job.parameters).map_err(internal)?;
    let cursor = Cursor::from_json(&job.cursor).map_err(internal)?;
    let began = job.created_at.and_utc();
    let matching = Matching::new(&what.filter, what.keep, began);
    let budget = Budget::new(clock, LOOK);
    let most = connection.pace().rows;
    let page = listing::ids(connection, &matching, cursor.at(), most, began, &mut || {
        budget.is_left()
    })?;
    Ok(Batch {
        ids: page.rows,
        onwards: page.older,
    })
}

/// Ends the sessions of a batch and moves the job on, in this transaction. The job is given
/// up when whoever asked for it may not operate any more. `None`, and nothing was done, when
/// the job is not where this owner left it: somebody else does it.
pub fn carry_out(
    connection: &mut AnyConnection,
    job: &Job,
    batch: &Batch,
    now: Moment,
    changes: &mut Changes,
) -> Result<Option<Job>, Error> {
    if !job.renew(connection, now)? {
        return Ok(None);
    }
    let what = EndMany::from_json(&job.parameters).map_err(internal)?;
    let cursor = Cursor::from_json(&job.cursor).map_err(internal)?;
    let client = what.client();
    let by = By {
        client: &client,
        actor_id: job.created_by,
    };
    if let Some(error) = put_out(connection, job)? {
        return close(connection, job, &what, by, Some(&error), now).map(Some);
    }
    let reason = EndReason::Revoked;
    let ids = db::lock_open_sessions(connection, &batch.ids)?;
    let ended = bulk_end::end(connection, &ids, reason, job.created_by, now)?;
    blacklist_and_note(connection, &ended, reason, by, now)?;
    changes.end_all(EndedAll {
        sessions: ended.len(),
        revocations: bulk_end::revoke_living(connection, &ended, reason, now)?,
    });
    let done = i64::try_from(ended.len()).unwrap_or(i64::MAX);
    let next = cursor.after(batch.ids.len(), ended.len(), batch.onwards);
    let text = next.unwrap_or(cursor).to_json().map_err(internal)?;
    let moved = job.advance(connection, &text, done)?;
    match next {
        None => close(connection, &moved, &what, by, None, now).map(Some),
        Some(next) if next.idle >= IDLE_ROUNDS => {
            let error = "some of the sessions are in use all the time, and could not be ended; queue the job again to go on with them";
            close(connection, &moved, &what, by, Some(error), now).map(Some)
        }
        Some(_) => Ok(Some(moved)),
    }
}

/// Why a job is not to go on: the operator who asked for it may not operate any more, or is
/// of another generation since, or everything was revoked. In an emergency it may be an
/// intruder's. An operator who only signed out still wants it, and a job from the command line
/// has no operator who could be put out.
fn put_out(connection: &mut AnyConnection, job: &Job) -> QueryResult<Option<String>> {
    let Some(id) = job.created_by else {
        return Ok(None);
    };
    let floor = Standing::read(connection)?.floor;
    if User::stands_for(connection, Some(id), job.maker_generation, floor)? {
        return Ok(None);
    }
    let user = User::find(connection, id)?;
    let why = match &user {
        Some(user) if user.may_operate() => {
            "has a new password or address, or was logged out everywhere, since"
        }
        Some(user) if user.is_active => "is no longer staff",
        Some(_) => "was deactivated",
        None => "was deleted",
    };
    let who = user.map_or_else(|| format!("user {id}"), |user| user.email);
    Ok(Some(format!(
        "the operator who asked for it, {who}, {why}; another one may take it up again"
    )))
}

/// Gives a job up in this transaction; says whether it was still this owner's. What it has
/// ended stays ended.
pub fn give_up(
    connection: &mut AnyConnection,
    job: &Job,
    error: &str,
    now: Moment,
) -> Result<bool, Error> {
    if !job.renew(connection, now)? {
        return Ok(false);
    }
    // What cannot be read is told of without it.
    let client = Client::default();
    let by = By {
        client: &client,
        actor_id: job.created_by,
    };
    let what = EndMany::from_json(&job.parameters).ok();
    log::ended(connection, job, what.as_ref(), by, Some(error), now)?;
    job.finish(connection, Some(error), now)?;
    Ok(true)
}

fn close(
    connection: &mut AnyConnection,
    job: &Job,
    what: &EndMany,
    by: By<'_>,
    error: Option<&str>,
    now: Moment,
) -> Result<Job, Error> {
    log::ended(connection, job, Some(what), by, error, now)?;
    Ok(job.finish(connection, error, now)?)
}

/// A job that only another version can do.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no job that this version knows; a later one may have queued it")]
struct UnknownKind(String);

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Internal(Box::new(error))
}

/// Why a batch failed, for operators: the cause, which clients are not told.
#[must_use]
pub fn in_words(error: &Error) -> String {
    match error {
        Error::Internal(cause) => cause.to_string(),
        Error::Unavailable(cause) => cause.to_string(),
        error => error.to_string(),
    }
}
