//! How long a node may trust what it knows of revocations.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::clock::Uptime;

/// Runs from the start of the last poll that succeeded, on a clock that neither steps nor
/// stops while the machine is suspended.
#[derive(Debug)]
pub struct Lease {
    /// Microseconds of uptime at which the poll began.
    renewed_at: AtomicI64,
    length: Duration,
}

impl Lease {
    /// A lease that has run out already. `length` is `revocation_max_staleness`.
    #[must_use]
    pub fn new(length: Duration) -> Self {
        Self {
            renewed_at: AtomicI64::new(i64::MIN),
            length,
        }
    }

    /// A poll that began at `started` has read everything that was committed by then.
    pub fn renew(&self, started: Uptime) {
        self.renewed_at
            .fetch_max(started.micros(), Ordering::AcqRel);
    }

    /// How long ago the last good poll began; `None` before the first.
    #[must_use]
    pub fn age(&self, now: Uptime) -> Option<Duration> {
        let renewed_at = self.renewed_at.load(Ordering::Acquire);
        (renewed_at != i64::MIN).then(|| now.since(Uptime::from_micros(renewed_at)))
    }

    /// Whether the last good poll began no longer ago than the lease is long.
    #[must_use]
    pub fn holds(&self, now: Uptime) -> bool {
        self.age(now).is_some_and(|age| age <= self.length)
    }
}
