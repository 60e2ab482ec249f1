//! What a server does after its last request, and how long stopping takes at most.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use actix_web::web;
use tokio::time::timeout;

use super::upkeep;
use crate::app::App;
use crate::config::Settings;
use crate::connections::ClosingTimes;
use crate::{nodes, telemetry};

/// How long the last writes to the database may take together, so that the alarms have their time.
const LAST_WRITES_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last writes and the alarms that wait, which have ten seconds, may take together.
const LAST_WORK_TIMEOUT: Duration = Duration::from_secs(21);
/// How long a server that stops waits for the poll that is under way.
const LAST_POLL: Duration = Duration::from_secs(1);

/// How long stopping may take, from the signal to the end of the process.
#[must_use]
pub fn longest_stop(settings: &Settings) -> Duration {
    let delay = settings.server.shutdown_delay.duration();
    let closing = if delay.is_zero() {
        Duration::ZERO
    } else {
        ClosingTimes::DEFAULT.sum()
    };
    // Closing the pool takes one, making a SQLite file whole another one, and a statement that is given up a third.
    let database = 3 * settings.database.database_timeout.duration();
    let requests = settings.server.shutdown_timeout.duration();
    delay + closing + requests + LAST_WORK_TIMEOUT + LAST_POLL + database
}

/// Writes what is still in memory, delivers the alarms that wait, and closes the database.
pub(super) async fn finish(app: &web::Data<App>, worker: JoinHandle<()>) {
    let last_work = async {
        if timeout(LAST_WRITES_TIMEOUT, write(app, worker))
            .await
            .is_err()
        {
            tracing::warn!("the server stops before everything that it counted is in the database");
        }
        app.alarms.stop().await;
    };
    if timeout(LAST_WORK_TIMEOUT, last_work).await.is_err() {
        tracing::warn!("the server stops before every alarm has been delivered");
    }
    app.doubtful_alarms.log_left();
    telemetry::tell_of_rest();
    app.feed.stop();
    if !app.feed.wait_for_threads(LAST_POLL) {
        tracing::debug!("the revocations are still being followed while the server stops");
    }
    // A copy of the file of a server that has stopped must be whole.
    app.database.close().await;
}

async fn write(app: &web::Data<App>, worker: JoinHandle<()>) {
    app.jobs.stop();
    if let Err(error) = worker.await {
        tracing::warn!(%error, "the worker of jobs did not stop cleanly");
    }
    upkeep::write_failed_log_ins(app).await;
    upkeep::write_repeats(app).await;
    upkeep::write_activity(app).await;
    nodes::leave(app).await;
    upkeep::settle_doubtful(app).await;
}
