//! A job, as pages show it.

use std::collections::HashMap;

use diesel::QueryResult;

use crate::admin::parts::{Badge, Device, Time, grouped};
use crate::admin::person::Person;
use crate::admin::sessions::in_words::in_words;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::jobs::{EndMany, KIND};
use crate::models::job::{Job, JobState};
use crate::models::user::User;

/// What pages show of a job.
#[derive(Clone, Debug)]
pub struct JobLine {
    /// Its primary key.
    pub id: i64,
    /// What it does, in words.
    pub what: String,
    /// The operator who wants it; none for the command line.
    pub by: Option<Person>,
    /// The address from which it was asked for.
    pub ip: Option<String>,
    /// By which browser or command.
    pub device: Option<Device>,
    /// How far it is, in a word.
    pub state: Badge,
    /// Whether there is more to come.
    pub is_open: bool,
    /// Whether it was given up.
    pub has_failed: bool,
    /// How many sessions it has ended.
    pub done: i64,
    /// Of how many; none where they were not counted.
    pub total: Option<i64>,
    /// When it was queued.
    pub queued: Time,
    /// When it last came further.
    pub moved: Time,
    /// When it was over.
    pub finished: Option<Time>,
    /// Why it was given up.
    pub error: Option<String>,
}

impl JobLine {
    /// Jobs, with the names of whom they are about.
    pub fn all(
        connection: &mut AnyConnection,
        jobs: &[Job],
        now: Moment,
    ) -> QueryResult<Vec<Self>> {
        let read = jobs.iter().map(|job| (job, what(job)));
        let read: Vec<_> = read.collect();
        let named = read.iter().flat_map(|(job, what)| {
            let about = what.as_ref().map(|what| [what.filter.user_id, what.keep]);
            about
                .into_iter()
                .flatten()
                .chain([job.created_by])
                .flatten()
        });
        let named: Vec<i64> = named.collect();
        let emails = User::emails(connection, &named)?;
        let lines = read.into_iter();
        Ok(lines
            .map(|(job, what)| Self::new(job, what, &emails, now))
            .collect())
    }

    fn new(job: &Job, what: Option<EndMany>, emails: &HashMap<i64, String>, now: Moment) -> Self {
        let state = job.state();
        let (ip, device) = what.as_ref().map_or((None, None), |what| {
            let device = Device::of_event(what.ip.as_deref(), &what.user_agent);
            (what.ip.clone(), Some(device))
        });
        Self {
            id: job.id,
            what: what.map_or_else(
                || {
                    "Something that this version does not know: a later one has queued it"
                        .to_owned()
                },
                |what| in_words(&what.filter, what.keep, |id| emails.get(&id).cloned()),
            ),
            by: job.created_by.map(|id| Person::of(id, emails)),
            ip,
            device,
            state: badge(job, now),
            is_open: matches!(state, Some(JobState::Queued | JobState::Running)),
            has_failed: state == Some(JobState::Failed),
            done: job.done,
            // A list in use moves a little while it is worked through.
            total: job.total.map(|total| total.max(job.done).max(1)),
            queued: Time::new(job.created_at, now),
            moved: Time::new(job.updated_at, now),
            finished: job.finished_at.map(|at| Time::new(at, now)),
            error: job.error.clone(),
        }
    }

    /// How far it is, in numbers.
    #[must_use]
    pub fn progress(&self) -> String {
        let done = grouped(self.done.unsigned_abs());
        match (self.total, self.is_open) {
            (Some(total), true) => format!("{done} of {} ended", grouped(total.unsigned_abs())),
            _ => format!("{done} ended"),
        }
    }
}

/// What a job is about; none where this version cannot read it.
fn what(job: &Job) -> Option<EndMany> {
    let readable = (job.kind == KIND).then(|| EndMany::from_json(&job.parameters));
    readable?.ok()
}

fn badge(job: &Job, now: Moment) -> Badge {
    match job.state() {
        Some(JobState::Queued) => Badge::new("plain", "Queued"),
        Some(JobState::Running)
            if job
                .leased_until
                .is_none_or(|until| until <= now.naive_utc()) =>
        {
            Badge::new("warn", "Waits for a server")
        }
        Some(JobState::Running) => Badge::new("warn", "Running"),
        Some(JobState::Done) => Badge::new("good", "Done"),
        Some(JobState::Failed) => Badge::new("bad", "Failed"),
        None => Badge::new("plain", &job.state),
    }
}
