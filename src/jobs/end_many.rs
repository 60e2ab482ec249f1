//! Ending all sessions that a filter finds, a batch at a time.
//!
//! Which sessions are next is read outside of the transaction that ends them, so that a
//! filter that no index serves keeps nobody waiting. The transaction takes what it can lock
//! at once: to wait for one session while holding others could last for ever.

use diesel::QueryResult;

use super::cursor::Cursor;
use super::log;
use super::matching::Matching;
use super::parameters::EndMany;
use crate::clock::{Budget, Clock};
use crate::db::AnyConnection;
use crate::error::Error;
use crate::models::job::{Job, NewJob};
use crate::models::listing::{self, Place};
use crate::models::revocation::Standing;
use crate::models::user::User;
use crate::rotation::EndReason;
use crate::sessions::{By, Change, Client};

/// The word in `jobs.kind`.
pub const KIND: &str = "end_sessions";

/// How long sessions are looked for before the lease is renewed.
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);

/// How many rounds may find sessions that somebody else keeps locked, and end none.
const IDLE_ROUNDS: u32 = 100;

/// Queues a job that ends every session which the filter finds, which has not ended and was
/// opened before now, and notes that somebody wants it. Returns its primary key. Ring the
/// bell of a server afterwards, so that it begins at once: [`super::Bell::ring`].
pub fn queue(change: &mut Change<'_>, what: &EndMany, total: Option<i64>) -> Result<i64, Error> {
    let (parameters, now) = (what.to_json().map_err(internal)?, change.now());
    let new = NewJob {
        kind: KIND,
        parameters: &parameters,
        total,
        created_by: change.by().actor_id,
    };
    let id = new.insert(change.connection, now)?;
    log::queued(change, id, Some(what), None)?;
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

/// Queues a job that failed once more, to go on where it stopped, on behalf of whom the change
/// is made for, and notes it; returns whether it had failed. Ring the bell afterwards.
pub fn retry(change: &mut Change<'_>, id: i64) -> QueryResult<bool> {
    let Some(job) = Job::find(change.connection, id)? else {
        return Ok(false);
    };
    let what = EndMany::from_json(&job.parameters).ok();
    let what = what.map(|what| what.asked_for_by(change.client()));
    let rewritten = what.as_ref().and_then(|what| what.to_json().ok());
    // What this version cannot read it leaves as it is.
    let parameters = rewritten.as_deref().unwrap_or(&job.parameters);
    let (by, now) = (change.by().actor_id, change.now());
    if !Job::retry(change.connection, id, parameters, by, now)? {
        return Ok(false);
    }
    log::queued(change, id, what.as_ref(), Some("retried"))?;
    Ok(true)
}

/// On whose behalf a job is carried out: of the operator, or the command, that wants it.
///
/// # Errors
/// Says so when this version cannot read what the job is about.
pub fn by(job: &Job) -> Result<By, Error> {
    let what = EndMany::from_json(&job.parameters).map_err(internal)?;
    Ok(By {
        client: what.client(),
        actor_id: job.created_by,
    })
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

/// Ends the sessions of a batch and moves the job on, in this transaction, on behalf of [`by`]:
/// the one who wants it. The job is given up when that operator may not operate any more. `None`,
/// and nothing was done, when the job is not where this owner left it: somebody else does it.
pub fn carry_out(change: &mut Change<'_>, job: &Job, batch: &Batch) -> Result<Option<Job>, Error> {
    let now = change.now();
    if !job.renew(change.connection, now)? {
        return Ok(None);
    }
    let what = EndMany::from_json(&job.parameters).map_err(internal)?;
    let cursor = Cursor::from_json(&job.cursor).map_err(internal)?;
    if let Some(error) = put_out(change.connection, job)? {
        return close(change, job, &what, Some(&error)).map(Some);
    }
    let ended = change.end_unlocked_of_many(&batch.ids, EndReason::Revoked)?;
    let done = i64::try_from(ended).unwrap_or(i64::MAX);
    let next = cursor.after(batch.ids.len(), ended, batch.onwards);
    let text = next.unwrap_or(cursor).to_json().map_err(internal)?;
    let moved = job.advance(change.connection, &text, done)?;
    match next {
        None => close(change, &moved, &what, None).map(Some),
        Some(next) if next.idle >= IDLE_ROUNDS => {
            let error = "some of the sessions are in use all the time, and could not be ended; queue the job again to go on with them";
            close(change, &moved, &what, Some(error)).map(Some)
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

/// Gives a job up in this transaction; returns whether it was still this owner's. What it has
/// ended stays ended.
pub fn give_up(change: &mut Change<'_>, job: &Job, error: &str) -> Result<bool, Error> {
    let now = change.now();
    if !job.renew(change.connection, now)? {
        return Ok(false);
    }
    // What cannot be read is told of without it.
    let what = EndMany::from_json(&job.parameters).ok();
    let by = By {
        client: Client::default(),
        actor_id: job.created_by,
    };
    log::ended(change, job, what.as_ref(), &by, Some(error))?;
    job.finish(change.connection, Some(error), now)?;
    Ok(true)
}

fn close(
    change: &mut Change<'_>,
    job: &Job,
    what: &EndMany,
    error: Option<&str>,
) -> Result<Job, Error> {
    log::ended(change, job, Some(what), change.by(), error)?;
    let now = change.now();
    Ok(job.finish(change.connection, error, now)?)
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
