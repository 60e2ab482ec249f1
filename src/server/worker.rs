//! What a server does about jobs: it looks for one that nobody works on, and works on it
//! until it is done or the server stops.

use std::time::Duration;

use actix_web::web;

use crate::app::App;
use crate::error::Error;
use crate::jobs;
use crate::models::job::{Job, JobState};
use crate::sessions::{By, new_identity};

/// How often a server looks whether another process has left a job behind.
const LOOK: Duration = Duration::from_secs(5);

/// Works on jobs under a name of its own.
#[derive(Debug)]
pub struct Worker {
    app: web::Data<App>,
    owner: String,
}

impl Worker {
    /// A worker of this server.
    #[must_use]
    pub fn new(app: web::Data<App>) -> Self {
        Self {
            app,
            owner: new_identity(),
        }
    }

    /// Takes up a job that nobody works on. One statement when there is none.
    pub async fn take(&self) -> Result<Option<Job>, Error> {
        let now = self.app.now();
        let waiting = self
            .app
            .database
            .read(move |connection| Ok::<_, Error>(Job::waiting(connection, now)?));
        let Some(id) = waiting.await? else {
            return Ok(None);
        };
        let owner = self.owner.clone();
        App::change(&self.app, By::default(), move |change| {
            let now = change.now();
            Ok(Job::take(change.connection, id, &owner, now)?)
        })
        .await
    }

    /// Does one batch of a job, and answers the job as it is then; `None` when somebody else
    /// has it now.
    pub async fn step(&self, job: &Job) -> Result<Option<Job>, Error> {
        let (known, clock) = (job.clone(), self.app.clock.clone());
        let look = move |connection: &mut _| jobs::look(connection, &known, &clock);
        let batch = self.app.database.read(look).await?;
        let (job, by) = (job.clone(), jobs::by(job)?);
        App::change(&self.app, by, move |change| {
            jobs::carry_out(change, &job, &batch)
        })
        .await
    }

    /// Takes up jobs and works on them for as long as the server runs.
    pub async fn work_forever(self) {
        while !self.app.jobs.stopped() {
            match self.take().await {
                Ok(Some(job)) => self.work_on(job).await,
                Ok(None) => self.wait().await,
                Err(error) => {
                    tracing::debug!(%error, "jobs could not be looked for");
                    self.wait().await;
                }
            }
        }
    }

    async fn wait(&self) {
        tokio::select! {
            () = self.app.jobs.rung.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }

    /// Works on a job until it is done, somebody else has it, or the server stops.
    async fn work_on(&self, mut job: Job) {
        tracing::info!(job = job.id, kind = job.kind, "a job was taken up");
        loop {
            if self.app.jobs.stopped() {
                return self.release(job).await;
            }
            match self.step(&job).await {
                Ok(Some(moved)) if moved.state() == Some(JobState::Running) => job = moved,
                Ok(Some(over)) => {
                    let (id, done, error) = (over.id, over.done, over.error);
                    tracing::info!(job = id, done, error, "a job is over");
                    return;
                }
                Ok(None) => {
                    tracing::info!(job = job.id, "another node works on a job of this one");
                    return;
                }
                // The lease runs out, and whoever reaches the database then goes on.
                Err(Error::Unavailable(error)) => {
                    tracing::warn!(job = job.id, %error, "a job waits for the database");
                    return self.wait().await;
                }
                Err(error) => return self.give_up(job, &error).await,
            }
            // Others write meanwhile.
            tokio::time::sleep(self.app.database.pace().rest).await;
        }
    }

    async fn release(&self, job: Job) {
        let id = job.id;
        let released = App::change(&self.app, By::default(), move |change| {
            let now = change.now();
            Ok(job.release(change.connection, now)?)
        });
        if let Err(error) = released.await {
            tracing::debug!(job = id, %error, "a job could not be given back; its lease runs out");
        }
    }

    async fn give_up(&self, job: Job, error: &Error) {
        let id = job.id;
        let words = jobs::in_words(error);
        tracing::error!(job = id, error = words, "a job failed");
        let noted = App::change(&self.app, By::default(), move |change| {
            jobs::give_up(change, &job, &words)
        });
        if let Err(error) = noted.await {
            tracing::warn!(job = id, %error, "that a job failed could not be noted");
        }
    }
}
