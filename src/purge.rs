//! The background purge: expired rows go in small batches, with rests between them, so that
//! nobody waits for it.

use std::time::Duration;

use actix_web::web;
use chrono::TimeDelta;

use crate::app::App;
use crate::clock::Moment;
use crate::db::Database;
use crate::error::Error;
use crate::models::purge::{Purged, purge_batch};

/// The rest between two batches.
const REST: Duration = Duration::from_millis(50);

/// Removes everything that has expired by `now`, and events older than `event_retention`,
/// batch by batch; `progress` hears the sum after each.
pub async fn purge_all(
    database: &Database,
    event_retention: TimeDelta,
    now: Moment,
    mut progress: impl FnMut(Purged),
) -> Result<Purged, Error> {
    let mut sum = Purged::default();
    loop {
        let batch = database
            .write(move |connection| {
                purge_batch(connection, event_retention, now).map_err(Error::from)
            })
            .await?;
        if batch.total() == 0 {
            return Ok(sum);
        }
        sum = sum.plus(batch);
        progress(sum);
        tokio::time::sleep(REST).await;
    }
}

/// Purges every `purge_interval`, for as long as the server runs. A failure is logged and
/// tried again at the next turn.
pub async fn purge_forever(app: web::Data<App>) {
    let mut turns = tokio::time::interval(app.settings.database.purge_interval.duration());
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // The first turn comes at once, when the server has better things to do.
    turns.tick().await;
    let event_retention = app.settings.database.event_retention.delta();
    loop {
        turns.tick().await;
        app.revoked.forget_expired(app.now());
        match purge_all(&app.database, event_retention, app.now(), |_| {}).await {
            Ok(purged) if purged.total() > 0 => {
                tracing::info!(
                    sessions = purged.sessions,
                    tokens = purged.tokens,
                    events = purged.events,
                    others = purged.others,
                    "expired rows were removed"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "expired rows could not be removed"),
        }
    }
}
