//! What a server does beside its requests, again and again: it writes what was counted in
//! memory, and raises the alarms about it.

use std::time::Duration;

use actix_web::web;

use crate::app::App;
use crate::clock::Moment;
use crate::error::Error;
use crate::guessing;
use crate::models::event::Event;
use crate::sessions::{By, FollowedSession, are_rotations_followed, note_rotations_followed};

/// Does `work` at once and then every `interval`, for as long as the server runs.
pub async fn repeat(app: web::Data<App>, interval: Duration, work: impl AsyncFn(&web::Data<App>)) {
    let mut turns = tokio::time::interval(interval);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        work(&app).await;
    }
}

/// Writes the figures of the overview; a failure is logged.
pub async fn write_activity(app: &web::Data<App>) {
    if let Err(error) = app.activity.flush(&app.database, app.now()).await {
        tracing::warn!(%error, "the activity of the last seconds could not be written; trying again");
    }
}

/// Writes the failed log-ins, and raises the alarms about guessing; a failure is logged.
pub async fn write_failed_log_ins(app: &web::Data<App>) {
    let now = app.now();
    if let Err(error) = app.failed_log_ins.flush(&app.database, now).await {
        tracing::warn!(%error, "failed log-ins could not be written to the audit log");
    }
    if let Err(error) = tell_of_guessing(app, now).await {
        tracing::warn!(%error, "an alarm about guessing could not be written to the audit log");
    }
}

/// Raises the alarms that are due. With none no statement is sent; what could not be written
/// stays due.
async fn tell_of_guessing(app: &web::Data<App>, now: Moment) -> Result<(), Error> {
    let due = app.guessing.due(now);
    if due.is_empty() {
        return Ok(());
    }
    let subjects = due.clone();
    App::change(app, By::default(), move |change| {
        Ok(guessing::note_due(change, &due)?)
    })
    .await?;
    for (subject, _) in &subjects {
        app.guessing.told(subject, now);
    }
    Ok(())
}

/// Writes the repeated refreshes, and raises the alarms about followed sessions; a failure is logged.
pub async fn write_repeats(app: &web::Data<App>) {
    let now = app.now();
    match app.repeats.flush(&app.database, now).await {
        Ok(None) => {}
        Ok(Some(written)) => {
            if let Err(error) = tell_of_followers(app, written.candidates()).await {
                tracing::warn!(%error, "an alarm about a followed session could not be written to the audit log");
            }
        }
        Err(error) => {
            tracing::warn!(%error, "repeated refreshes could not be written to the audit log");
        }
    }
}

/// Raises an alarm for each of these sessions whose newest rotations were all repeated. Each
/// has a transaction of its own: what holds one session and waits for another could wait for
/// ever.
async fn tell_of_followers(
    app: &web::Data<App>,
    candidates: Vec<FollowedSession>,
) -> Result<(), Error> {
    if candidates.is_empty() {
        return Ok(());
    }
    let followed = app
        .database
        .read(move |connection| {
            let mut followed = Vec::new();
            for session in candidates {
                if are_rotations_followed(connection, &session)? {
                    followed.push(session);
                }
            }
            Ok::<_, Error>(followed)
        })
        .await?;
    for session in followed {
        App::change(app, By::default(), move |change| {
            Ok(note_rotations_followed(change, &session)?)
        })
        .await?;
    }
    Ok(())
}

/// Raises the doubtful alarms whose events are in the audit log, and forgets those whose events
/// will not come. While the audit log cannot be asked, all of them wait.
pub async fn settle_doubtful(app: &web::Data<App>) {
    let _turn = app.doubtful_alarms.turn().await;
    let waiting = app.doubtful_alarms.waiting();
    if waiting.is_empty() {
        return;
    }
    let asked_at = app.clock.uptime();
    let stored = app.database.read(move |connection| {
        let alarms = waiting.iter();
        let stored = alarms.map(|alarm| Event::is_stored(connection, alarm.event()));
        stored.collect::<Result<Vec<_>, _>>().map_err(Error::from)
    });
    match stored.await {
        Ok(stored) => app
            .alarms
            .raise(app.doubtful_alarms.settle(&stored, asked_at)),
        Err(error) => {
            tracing::debug!(%error, "whether doubtful alarms are due is not known yet");
        }
    }
}
