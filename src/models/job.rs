//! Jobs: long work that is done a batch at a time, by whichever node has taken it up.
//!
//! A node that works on a job owns it until its lease runs out, and renews the lease with
//! each batch. Where the work goes on is `cursor`; it moves in the transaction of the batch,
//! and only from where the node believed it to be, so that no batch is done twice.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::user::User;
use crate::schema::jobs;

/// How long a job belongs to the node that took it, or did its last batch.
pub const LEASE: TimeDelta = TimeDelta::seconds(30);

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Nobody has begun.
    Queued,
    /// A node works on it, or did until its lease ran out.
    Running,
    /// All is done.
    Done,
    /// It was given up; `error` says why.
    Failed,
}

impl JobState {
    const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Done, Self::Failed];

    /// The word that the database keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A row of `jobs`.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = jobs)]
#[expect(
    missing_docs,
    reason = "the columns of `jobs`; the migration documents them"
)]
pub struct Job {
    pub id: i64,
    pub kind: String,
    pub parameters: String,
    pub state: String,
    pub owner: Option<String>,
    pub leased_until: Option<NaiveDateTime>,
    pub cursor: String,
    pub done: i64,
    pub total: Option<i64>,
    pub created_by: Option<i64>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
    pub finished_at: Option<NaiveDateTime>,
    pub error: Option<String>,
    pub maker_generation: Option<i64>,
}

/// A job to be queued.
#[derive(Clone, Copy, Debug)]
pub struct NewJob<'a> {
    /// What is to be done, a word of the caller's.
    pub kind: &'a str,
    /// To what, a JSON object.
    pub parameters: &'a str,
    /// How much there is to do, as far as that is known.
    pub total: Option<i64>,
    /// The operator who wants it.
    pub created_by: Option<i64>,
}

impl NewJob<'_> {
    /// Queues it, and answers its primary key.
    pub fn insert(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<i64> {
        let generation = User::generation_of(connection, self.created_by)?;
        diesel::insert_into(jobs::table)
            .values((
                jobs::kind.eq(self.kind),
                jobs::parameters.eq(self.parameters),
                jobs::state.eq(JobState::Queued.as_str()),
                jobs::total.eq(self.total),
                jobs::created_by.eq(self.created_by),
                jobs::maker_generation.eq(generation),
                jobs::created_at.eq(now.naive_utc()),
                jobs::updated_at.eq(now.naive_utc()),
            ))
            .returning(jobs::id)
            .get_result(connection)
    }
}

impl Job {
    /// The job of this primary key.
    pub fn find(connection: &mut AnyConnection, id: i64) -> QueryResult<Option<Self>> {
        jobs::table
            .filter(jobs::id.eq(id))
            .select(Self::as_select())
            .first(connection)
            .optional()
    }

    /// The newest job of this kind that this operator queued after the job `last` with these
    /// parameters, whatever has become of it.
    pub fn queued_after(
        connection: &mut AnyConnection,
        kind: &str,
        parameters: &str,
        by: i64,
        last: i64,
    ) -> QueryResult<Option<i64>> {
        jobs::table
            .filter(jobs::id.gt(last))
            .filter(jobs::created_by.eq(by))
            .filter(jobs::kind.eq(kind))
            .filter(jobs::parameters.eq(parameters))
            .order(jobs::id.desc())
            .select(jobs::id)
            .first(connection)
            .optional()
    }

    /// The primary key of the newest job; 0 where there is none.
    pub fn last(connection: &mut AnyConnection) -> QueryResult<i64> {
        let last = jobs::table.order(jobs::id.desc()).select(jobs::id);
        Ok(last.first(connection).optional()?.unwrap_or(0))
    }

    /// The newest jobs, the newest first.
    pub fn newest(connection: &mut AnyConnection, limit: i64) -> QueryResult<Vec<Self>> {
        jobs::table
            .order(jobs::id.desc())
            .limit(limit)
            .select(Self::as_select())
            .load(connection)
    }

    /// How far it has come; `None` for a word that only a later version knows.
    #[must_use]
    pub fn state(&self) -> Option<JobState> {
        JobState::ALL
            .into_iter()
            .find(|state| state.as_str() == self.state)
    }

    /// The oldest job that nobody works on: queued, or left by a node whose lease has run
    /// out. One statement, which the index serves.
    pub fn waiting(connection: &mut AnyConnection, now: Moment) -> QueryResult<Option<i64>> {
        jobs::table
            .filter(
                jobs::state.eq(JobState::Queued.as_str()).or(jobs::state
                    .eq(JobState::Running.as_str())
                    .and(jobs::leased_until.le(now.naive_utc()))),
            )
            .order(jobs::id)
            .select(jobs::id)
            .first(connection)
            .optional()
    }

    /// Makes `owner` the one who works on the job, if nobody does: of several that try at
    /// once, one gets it.
    pub fn take(
        connection: &mut AnyConnection,
        id: i64,
        owner: &str,
        now: Moment,
    ) -> QueryResult<Option<Self>> {
        let free = jobs::table.filter(
            jobs::id.eq(id).and(
                jobs::state.eq(JobState::Queued.as_str()).or(jobs::state
                    .eq(JobState::Running.as_str())
                    .and(jobs::leased_until.le(now.naive_utc()))),
            ),
        );
        diesel::update(free)
            .set((
                jobs::state.eq(JobState::Running.as_str()),
                jobs::owner.eq(owner),
                jobs::leased_until.eq((now + LEASE).naive_utc()),
                jobs::updated_at.eq(now.naive_utc()),
            ))
            .returning(jobs::all_columns)
            .get_result(connection)
            .optional()
    }

    /// Locks the job's row until the transaction ends, and renews the lease; `false`, and
    /// nothing is to be done, when the job is not where this owner left it.
    pub fn renew(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<bool> {
        diesel::update(
            jobs::table.filter(
                jobs::id
                    .eq(self.id)
                    .and(jobs::state.eq(JobState::Running.as_str()))
                    .and(jobs::owner.eq(&self.owner))
                    .and(jobs::cursor.eq(&self.cursor)),
            ),
        )
        .set((
            jobs::leased_until.eq((now + LEASE).naive_utc()),
            jobs::updated_at.eq(now.naive_utc()),
        ))
        .execute(connection)
        .map(|changed| changed == 1)
    }

    /// Notes what a batch did and where the next one goes on. The row was locked with
    /// [`Job::renew`] in this transaction.
    pub fn advance(
        &self,
        connection: &mut AnyConnection,
        cursor: &str,
        done: i64,
    ) -> QueryResult<Self> {
        diesel::update(jobs::table.filter(jobs::id.eq(self.id)))
            .set((jobs::cursor.eq(cursor), jobs::done.eq(jobs::done + done)))
            .returning(jobs::all_columns)
            .get_result(connection)
    }

    /// Closes the job: all is done, or, with an `error` in words, it was given up. The row
    /// was locked with [`Job::renew`] in this transaction.
    pub fn finish(
        &self,
        connection: &mut AnyConnection,
        error: Option<&str>,
        now: Moment,
    ) -> QueryResult<Self> {
        let state = match error {
            None => JobState::Done,
            Some(_) => JobState::Failed,
        };
        diesel::update(jobs::table.filter(jobs::id.eq(self.id)))
            .set((
                jobs::state.eq(state.as_str()),
                jobs::owner.eq(None::<String>),
                jobs::leased_until.eq(None::<NaiveDateTime>),
                jobs::finished_at.eq(now.naive_utc()),
                jobs::updated_at.eq(now.naive_utc()),
                jobs::error.eq(error),
            ))
            .returning(jobs::all_columns)
            .get_result(connection)
    }

    /// Gives up every job that is not over, with an `error` in words, whoever works on it;
    /// returns how many there were.
    pub fn give_up_unfinished(
        connection: &mut AnyConnection,
        error: &str,
        now: Moment,
    ) -> QueryResult<usize> {
        let unfinished = [JobState::Queued.as_str(), JobState::Running.as_str()];
        diesel::update(jobs::table.filter(jobs::state.eq_any(unfinished)))
            .set((
                jobs::state.eq(JobState::Failed.as_str()),
                jobs::owner.eq(None::<String>),
                jobs::leased_until.eq(None::<NaiveDateTime>),
                jobs::finished_at.eq(now.naive_utc()),
                jobs::updated_at.eq(now.naive_utc()),
                jobs::error.eq(error),
            ))
            .execute(connection)
    }

    /// Gives the job back, so that another node need not wait for the lease to run out; says
    /// whether it was still this owner's.
    pub fn release(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<bool> {
        diesel::update(
            jobs::table.filter(
                jobs::id
                    .eq(self.id)
                    .and(jobs::state.eq(JobState::Running.as_str()))
                    .and(jobs::owner.eq(&self.owner)),
            ),
        )
        .set((
            jobs::owner.eq(None::<String>),
            jobs::leased_until.eq(now.naive_utc()),
        ))
        .execute(connection)
        .map(|changed| changed == 1)
    }

    /// Queues a job that failed once more, to go on where it stopped, on behalf of `by` and
    /// with these `parameters`; says whether it had failed.
    pub fn retry(
        connection: &mut AnyConnection,
        id: i64,
        parameters: &str,
        by: Option<i64>,
        now: Moment,
    ) -> QueryResult<bool> {
        let generation = User::generation_of(connection, by)?;
        let failed = jobs::table.filter(
            jobs::id
                .eq(id)
                .and(jobs::state.eq(JobState::Failed.as_str())),
        );
        diesel::update(failed)
            .set((
                jobs::state.eq(JobState::Queued.as_str()),
                jobs::parameters.eq(parameters),
                jobs::created_by.eq(by),
                jobs::maker_generation.eq(generation),
                jobs::finished_at.eq(None::<NaiveDateTime>),
                jobs::error.eq(None::<String>),
                jobs::updated_at.eq(now.naive_utc()),
            ))
            .execute(connection)
            .map(|changed| changed == 1)
    }
}
