//! `frontgate sessions revoke` with anything that narrows the sessions down.

use std::error::Error;

use super::operation::{LOOK_FIRST, Operation, Report, count};
use crate::cli::confirm::confirm_number;
use crate::cli::find_user;
use crate::cli::progress::{Progress, Reporter};
use crate::cli::sessions::filter::Narrow;
use crate::cli::sessions::list;
use crate::jobs::{self, EndMany, Preview};
use crate::models::job::{Job, JobState};
use crate::models::session_list::count_not_ended;
use crate::sessions::new_identity;

impl Operation<'_> {
    /// Ends the sessions that are narrowed down, of one user or of everybody, as a job that
    /// this command works on itself.
    pub(super) fn many(
        &mut self,
        user: Option<&str>,
        narrow: &Narrow,
    ) -> Result<Report, Box<dyn Error>> {
        let user = self.id_of(user)?;
        let keep = self.id_of(narrow.keep.as_deref())?;
        let what = EndMany {
            filter: narrow.filter(user),
            keep,
            ip: self.by.client.ip.clone(),
            user_agent: self.by.client.user_agent.clone(),
        };
        let now = self.clock.now();
        let connection = &mut self.connection;
        let preview = jobs::preview(connection, &what.filter, keep, now, &mut || true)?;
        let all = count_not_ended(connection, None)?;
        let mut report = Report {
            revoked: "filter",
            changed: preview.sessions > 0,
            sessions: i64::try_from(preview.sessions)?,
            ..Report::default()
        };
        if preview.sessions == 0 {
            report.words = String::from("No session that has not ended is like that.\n");
            return Ok(report);
        }
        let scope = in_words(&preview, all, self.dry_run);
        if self.dry_run {
            report.words = format!(
                "{scope}\nThe newest of them:\n\n{}\n",
                list::as_table(&preview.sample)
            );
            return Ok(report);
        }
        confirm_number(&scope, preview.sessions, LOOK_FIRST, self.yes)?;
        // More are not counted; there are never more than have not ended.
        let most = if preview.more { all } else { report.sessions };
        report.sessions = self.end_many(&what, &preview, most)?;
        report.changed = report.sessions > 0;
        report.words = format!("{} ended.\n", count(report.sessions));
        Ok(report)
    }

    fn id_of(&mut self, user: Option<&str>) -> Result<Option<i64>, Box<dyn Error>> {
        let found = user.map(|given| find_user::by_email_or_id(&mut self.connection, given));
        Ok(found.transpose()?.map(|user| user.id))
    }

    /// Queues the job, takes it at once, and does all of it; answers how many sessions ended.
    fn end_many(
        &mut self,
        what: &EndMany,
        preview: &Preview,
        most: i64,
    ) -> Result<i64, Box<dyn Error>> {
        let owner = new_identity();
        let known = (!preview.more).then_some(most);
        let mut job = self.change(|change| {
            let id = jobs::queue(change, what, known)?;
            let now = change.read_clock();
            let job = Job::take(change.connection, id, &owner, now)?;
            job.ok_or(crate::error::Error::NotFound)
        })?;
        let mut reporter = Reporter::new(&self.clock.clone());
        while job.state() == Some(JobState::Running) {
            let left = |error| {
                format!(
                    "job {} stopped after {}: {error}. A running server goes on with it within a minute, and so does the same command",
                    job.id,
                    count(job.done)
                )
            };
            let moved = self
                .step(&job)
                .map_err(|error| left(jobs::in_words(&error)))?;
            let before = job.done;
            job = moved.ok_or_else(|| left("a server has taken it over".to_owned()))?;
            if job.done > before {
                reporter.hear(Progress {
                    what: "sessions",
                    done: job.done,
                    of: most.max(job.done),
                });
            }
            std::thread::sleep(self.connection.pace().rest);
        }
        match job.error {
            Some(error) => Err(error.into()),
            None => Ok(job.done),
        }
    }

    fn step(&mut self, job: &Job) -> Result<Option<Job>, crate::error::Error> {
        let clock = &self.clock;
        let batch = jobs::look(&mut self.connection, job, clock)?;
        self.change(|change| jobs::carry_out(change, job, &batch))
    }
}

/// How many would end, of how many users, and how many would be left.
fn in_words(preview: &Preview, all: i64, dry_run: bool) -> String {
    let found = i64::try_from(preview.sessions).unwrap_or(i64::MAX);
    let (more, users) = (if preview.more { "more than " } else { "" }, preview.users);
    let users = if users == 1 {
        "1 user".to_owned()
    } else {
        format!("{users} users")
    };
    let left = count((all - found).max(0));
    let at_most = if preview.more { "at most " } else { "" };
    format!(
        "This {}{more}{} of {users}; {at_most}{left} that have not ended would be left.",
        if dry_run { "would end " } else { "ends " },
        count(found)
    )
}
