//! The background purge: expired rows go in small batches, with rests between them, so that
//! nobody waits for it.

use std::time::Duration;

use actix_web::web;

use crate::app::App;
use crate::clock::Moment;
use crate::db::Database;
use crate::error::Error;
use crate::models::purge::{Purged, purge_batch};

/// The rest between two batches.
const REST: Duration = Duration::from_millis(50);

/// Removes everything that has expired by `now`, batch by batch; `progress` hears the sum
/// after each.
pub async fn purge_all(
    database: &Database,
    now: Moment,
    mut progress: impl FnMut(Purged),
) -> Result<Purged, Error> {
    let mut sum = Purged::default();
    loop {
        let batch = database
            .write(move |connection| purge_batch(connection, now).map_err(Error::from))
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
    loop {
        turns.tick().await;
        app.revoked.forget_expired(app.now());
        match purge_all(&app.database, app.now(), |_| {}).await {
            Ok(purged) if purged.total() > 0 => {
                tracing::info!(
                    sessions = purged.sessions,
                    tokens = purged.tokens,
                    others = purged.others,
                    "expired rows were removed"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "expired rows could not be removed"),
        }
    }
}
