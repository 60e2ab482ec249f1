//! Counting in memory what is written together a moment later: what happens very often, or
//! whenever a stranger wants it to, must not cost a write each.

use std::sync::Arc;

use diesel::QueryResult;
use parking_lot::Mutex;

use crate::clock::Moment;
use crate::db::{AnyConnection, Database, DatabaseError};

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
    pub async fn flush(
        &self,
        database: &Database,
        now: Moment,
    ) -> Result<Option<Arc<B>>, DatabaseError> {
        let _turn = self.writing.lock().await;
        let counted = Arc::new(std::mem::take(&mut *self.buffer.lock()));
        if counted.is_empty() {
            return Ok(None);
        }
        let written = Arc::clone(&counted);
        let result = database
            .write(move |connection| written.write(connection, now).map_err(DatabaseError::from))
            .await;
        if result.is_err() {
            self.buffer.lock().absorb(&counted);
        }
        result.map(|()| Some(counted))
    }
}
