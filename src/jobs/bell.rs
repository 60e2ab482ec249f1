//! What wakes the worker of jobs.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Wakes and stops the worker of a server.
#[derive(Debug, Default)]
pub struct Bell {
    pub(crate) rung: Notify,
    stopped: AtomicBool,
}

impl Bell {
    /// There is a new job: the worker looks at once.
    pub fn ring(&self) {
        self.rung.notify_one();
    }

    /// Ends the worker after the batch that is under way.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.rung.notify_one();
    }

    /// Whether the worker is to end.
    pub(crate) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}
