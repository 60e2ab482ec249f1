//! What the feed's threads and the rest of the server know of each other.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::clock::Uptime;

/// Threads that may hang at once, each on a connection that swallows what is sent, before
/// no more are started.
pub(super) const MOST_THREADS: usize = 8;

/// Stops the feed, and says which of its threads is the one that counts.
#[derive(Debug, Default)]
pub struct Control {
    stopped: Mutex<bool>,
    bell: Condvar,
    /// The number of the thread that follows now; those before it are to end.
    current: AtomicU64,
    threads: AtomicUsize,
    /// Since when the current thread has been busy with one step.
    busy: Mutex<Option<Uptime>>,
}

impl Control {
    /// Ends the feed: its thread wakes up and goes.
    pub fn stop(&self) {
        *self.stopped.lock() = true;
        self.bell.notify_all();
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn stopped(&self) -> bool {
        *self.stopped.lock()
    }

    /// How many threads there are, those that hang included.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads.load(Ordering::Acquire)
    }

    /// Waits until no thread is left, for `patience` at most; says whether none is.
    #[must_use]
    pub fn wait_for_threads(&self, patience: Duration) -> bool {
        let mut stopped = self.stopped.lock();
        let waited = self
            .bell
            .wait_while_for(&mut stopped, |_| self.threads() > 0, patience);
        !waited.timed_out()
    }

    /// The number of a thread that takes over from now on.
    pub(super) fn next_thread(&self) -> u64 {
        self.threads.fetch_add(1, Ordering::AcqRel);
        *self.busy.lock() = None;
        self.current.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// The thread that was to take over could not be started: it counts as one that hangs, so
    /// that another one is tried.
    pub(super) fn not_started(&self, thread: u64, now: Uptime) {
        self.begin(thread, now);
        self.thread_ended();
    }

    pub(super) fn thread_ended(&self) {
        self.threads.fetch_sub(1, Ordering::AcqRel);
        drop(self.stopped.lock());
        self.bell.notify_all();
    }

    /// Sleeps; `false` when the thread is to end.
    pub(super) fn sleep(&self, thread: u64, length: Duration) -> bool {
        let mut stopped = self.stopped.lock();
        self.bell
            .wait_while_for(&mut stopped, |stopped| !*stopped, length);
        !*stopped && self.is_current(thread)
    }

    fn is_current(&self, thread: u64) -> bool {
        self.current.load(Ordering::Acquire) == thread
    }

    /// A step begins that may hang.
    pub(super) fn begin(&self, thread: u64, now: Uptime) {
        let mut busy = self.busy.lock();
        if self.is_current(thread) {
            *busy = Some(now);
        }
    }

    /// The step is over.
    pub(super) fn end(&self, thread: u64) {
        let mut busy = self.busy.lock();
        if self.is_current(thread) {
            *busy = None;
        }
    }

    /// Whether the current thread's step has taken longer than `patience`.
    pub(super) fn stuck(&self, now: Uptime, patience: Duration) -> bool {
        let busy = *self.busy.lock();
        busy.is_some_and(|since| now.since(since) > patience)
    }
}
