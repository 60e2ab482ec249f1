//! Counting in memory what is written together a moment later: what happens very often, or
//! whenever a stranger wants it to, must not cost a write each.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use diesel::QueryResult;
use parking_lot::Mutex;

use crate::app::App;
use crate::clock::Moment;
use crate::db::{AnyConnection, Database};
use crate::error::Error;

/// What was counted and is not written yet. Its size is bounded.
pub trait Buffer: Default + Send + Sync + 'static {
    /// Whether there is nothing to write.
    fn is_empty(&self) -> bool;

    /// Takes back what could not be written.
    fn absorb(&mut self, unwritten: &Self);

    /// Writes everything, in a transaction of the caller's.
    fn write(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<()>;
}

/// Counts until what was counted is written.
#[derive(Debug, Default)]
pub struct WriteBehind<B> {
    buffer: Mutex<B>,
    /// Held while what was counted is being written, so that the last write at a stop comes
    /// after the one that is under way.
    writing: tokio::sync::Mutex<()>,
}

impl<B: Buffer> WriteBehind<B> {
    /// Counts something.
    pub fn count(&self, count: impl FnOnce(&mut B)) {
        count(&mut self.buffer.lock());
    }

    /// Writes what was counted, in one transaction; nothing counted, nothing sent. What
    /// cannot be written is kept for the next time. A commit whose answer is lost counts as
    /// not written: too many is better than too few. Answers what was written.
    pub async fn flush(&self, database: &Database, now: Moment) -> Result<Option<Arc<B>>, Error> {
        let _turn = self.writing.lock().await;
        let counted = Arc::new(std::mem::take(&mut *self.buffer.lock()));
        if counted.is_empty() {
            return Ok(None);
        }
        let written = Arc::clone(&counted);
        let result = database
            .write(move |connection| written.write(connection, now).map_err(Error::from))
            .await;
        if result.is_err() {
            self.buffer.lock().absorb(&counted);
        }
        result.map(|()| Some(counted))
    }
}

/// Does `work` at once and then every `interval`, for as long as the server runs.
pub async fn repeat(app: web::Data<App>, interval: Duration, work: impl AsyncFn(&App)) {
    let mut turns = tokio::time::interval(interval);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        work(&app).await;
    }
}
