//! Ending PostgreSQL's side of connections that were given up.

use std::mem::take;
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::sql_types::{BigInt, Integer};
use parking_lot::Mutex;

use super::backend::Backend;
use super::establish::establish;

/// How long connecting may take, and the one statement. libpq knows no shorter time to connect.
const TIMEOUT: Duration = Duration::from_secs(2);
/// More than a pool has. Further ones wait until the server finds out by itself.
const MAX_WAITING: usize = 1000;

#[derive(Default)]
struct Queue {
    waiting: Vec<Backend>,
    busy: bool,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue {
    waiting: Vec::new(),
    busy: false,
});

/// Asks the server to end these, on a thread and a connection of their own; a failure is
/// logged.
pub(super) fn end_backends(backends: Vec<Backend>) {
    let mut queue = QUEUE.lock();
    queue.waiting.extend(backends);
    queue.waiting.truncate(MAX_WAITING);
    if queue.busy || queue.waiting.is_empty() {
        return;
    }
    let thread = thread::Builder::new().name("end backends".to_owned());
    match thread.spawn(work) {
        Ok(_) => queue.busy = true,
        Err(error) => {
            tracing::warn!(%error, "no thread to end the server's side of connections");
        }
    }
}

/// Until nothing waits.
fn work() {
    loop {
        let mut queue = QUEUE.lock();
        let backends = take(&mut queue.waiting);
        queue.busy = !backends.is_empty();
        drop(queue);
        if backends.is_empty() {
            return;
        }
        for same in backends.chunk_by(|one, other| one.url == other.url) {
            if let Err(error) = end(same) {
                tracing::warn!(
                    %error,
                    "the server's side of connections that were given up could not be ended"
                );
            }
        }
    }
}

/// Ends backends of one server, those that have been busy with one statement for too long.
fn end(backends: &[Backend]) -> Result<(), DieselError> {
    let Some(first) = backends.first() else {
        return Ok(());
    };
    let (mut pg, _) = establish(&first.url, TIMEOUT, None)
        .map_err(|error| DieselError::QueryBuilderError(error.to_string().into()))?;
    for backend in backends {
        let ended = diesel::sql_query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE pid = $1 AND (extract(epoch FROM backend_start) * 1000000)::bigint = $2 \
             AND state = 'active' AND query_start < clock_timestamp() - $3 * interval '1 ms'",
        )
        .bind::<Integer, _>(backend.pid)
        .bind::<BigInt, _>(backend.started)
        // The way to the server took some of it.
        .bind::<BigInt, _>(i64::try_from(backend.limit.as_millis() / 2).unwrap_or(i64::MAX))
        .execute(&mut pg)?;
        tracing::debug!(
            backend = backend.pid,
            ended,
            "a connection that was given up"
        );
    }
    Ok(())
}
