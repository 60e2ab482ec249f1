//! A bound on every round trip to PostgreSQL, kept from outside.
//!
//! libpq waits for an answer as long as the connection looks alive. `statement_timeout` is the
//! server's, and ends neither a COMMIT that waits for a synchronous standby nor anything on a
//! server that stands still, or behind a proxy that acknowledges and has lost the other side.
//! So a thread looks at every connection of this process: one whose round trip takes longer
//! than its limit is given up. Its socket is shut down, which ends the call with an error at
//! once, and its backend is asked to end, so that no lock stays behind.
//!
//! What a transaction has done whose COMMIT was given up is not known. It is never cancelled:
//! PostgreSQL answers a cancelled wait for a standby as a success (its documentation,
//! "Synchronous Replication"). A backend that is ended keeps what it has committed, and does
//! not say so; the followers of `revocations` see it as soon as any other session does.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::thread;
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use parking_lot::Mutex;

use super::backend::Backend;
use super::sockets::Socket;

/// How often the thread looks. Ticks are counted instead of reading a clock: a machine that
/// was suspended has not waited for an answer meanwhile.
const TICK: Duration = Duration::from_millis(50);
/// Stands for "no round trip is under way".
const IDLE: u64 = u64::MAX;

/// Every connection of this process that is watched.
static WATCHED: Mutex<Vec<Weak<RoundTrip>>> = Mutex::new(Vec::new());
/// How often the thread has looked.
static TICKS: AtomicU64 = AtomicU64::new(0);
static STARTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static UNBOUNDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` without a limit on the round trips of this thread: migrations and bulk loads,
/// which wait for locks and write for minutes.
pub fn unbounded<T>(work: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            UNBOUNDED.set(self.0);
        }
    }
    let _restore = Restore(UNBOUNDED.replace(true));
    work()
}

/// How long a round trip may take where the server ends statements after `timeout`: longer,
/// so that the server's own, orderly end comes first.
#[must_use]
pub(super) fn limit(timeout: Duration) -> Duration {
    timeout + (timeout / 4).max(Duration::from_millis(250))
}

/// Asks servers to end their side of connections. It is handed over, for it opens connections of its
/// own, which are watched here.
type EndBackends = fn(Vec<Backend>);

/// One connection, as the thread sees it.
pub(super) struct RoundTrip {
    /// The tick after which the round trip that is under way has taken too long.
    overdue_after: AtomicU64,
    limit: Duration,
    socket: Socket,
    backend: OnceLock<(Backend, EndBackends)>,
}

impl RoundTrip {
    /// Watches a connection from now on, for as long as what this returns lives.
    pub(super) fn watch(socket: Socket, limit: Duration) -> Arc<Self> {
        let trip = Arc::new(Self {
            overdue_after: AtomicU64::new(IDLE),
            limit,
            socket,
            backend: OnceLock::new(),
        });
        let mut watched = WATCHED.lock();
        watched.retain(|trip| trip.strong_count() > 0);
        watched.push(Arc::downgrade(&trip));
        drop(watched);
        start();
        trip
    }

    /// Its socket.
    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// From now on the server's side is ended as well, by `end`, when the connection is given up.
    pub(super) fn serves(&self, backend: Backend, end: EndBackends) {
        // It is told once, after connecting.
        let _ = self.backend.set((backend, end));
    }

    fn backend(&self) -> Option<&Backend> {
        self.backend.get().map(|(backend, _)| backend)
    }

    /// A round trip begins that may take that long.
    pub(super) fn begin(&self, limit: Duration) {
        // The first tick may be about to end.
        let ticks = limit.as_millis().div_ceil(TICK.as_millis()) + 1;
        let ticks = u64::try_from(ticks).unwrap_or(u64::MAX);
        let after = TICKS.load(Ordering::Acquire).saturating_add(ticks);
        self.overdue_after.store(after, Ordering::Release);
    }

    /// It is over.
    pub(super) fn end(&self) {
        self.overdue_after.store(IDLE, Ordering::Release);
    }

    /// Shuts down every connection whose backend is such a one.
    pub(super) fn drop_where(is_such: impl Fn(&Backend) -> bool) {
        let trips: Vec<_> = WATCHED.lock().iter().filter_map(Weak::upgrade).collect();
        for trip in trips {
            if let Some(backend) = trip.backend().filter(|backend| is_such(backend)) {
                let closed = trip.socket.shut_down();
                tracing::warn!(
                    backend = backend.pid,
                    closed,
                    "a connection to the primary before a failover was closed"
                );
            }
        }
    }

    fn give_up(&self) {
        self.end();
        let closed = self.socket.shut_down();
        tracing::error!(
            backend = self.backend().map(|backend| backend.pid),
            seconds = self.limit.as_secs_f64(),
            closed,
            "the database has taken a statement or COMMIT and not answered it in time: the connection was given up, and whether a change was stored is not known; look for a synchronous standby that is away, or a server or proxy that stands still (docs/troubleshooting.md)"
        );
    }
}

/// Tells a connection's [`RoundTrip`] when its statements begin and end.
pub(super) struct Watch {
    /// What it tells.
    pub(super) trip: Arc<RoundTrip>,
    /// Gets every event as well.
    pub(super) next: Option<Box<dyn Instrumentation>>,
}

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } if !UNBOUNDED.get() => {
                self.trip.begin(self.trip.limit);
            }
            InstrumentationEvent::FinishQuery { .. } => self.trip.end(),
            _ => {}
        }
        self.next.on_connection_event(event);
    }
}

/// Starts the thread, once for the process; it lives as long as that.
fn start() {
    if STARTED.swap(true, Ordering::AcqRel) {
        return;
    }
    let thread = thread::Builder::new().name("round trips".to_owned());
    if let Err(error) = thread.spawn(look_forever) {
        STARTED.store(false, Ordering::Release);
        tracing::error!(%error, "no thread to bound the database's round trips; trying again with the next connection");
    }
}

fn look_forever() {
    loop {
        thread::sleep(TICK);
        let tick = TICKS.fetch_add(1, Ordering::AcqRel) + 1;
        let mut trips: Vec<_> = WATCHED.lock().iter().filter_map(Weak::upgrade).collect();
        trips.retain(|trip| trip.overdue_after.load(Ordering::Acquire) < tick);
        for trip in &trips {
            trip.give_up();
        }
        for (backend, end) in trips.iter().filter_map(|trip| trip.backend.get()) {
            end(vec![backend.clone()]);
        }
    }
}
