//! Counts the statements that connections send, so that "no database statement" is a
//! fact that a test, an operator and a visitor of the demo can look up.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent};

tokio::task_local! {
    /// Set in tasks that no request has started.
    static UPKEEP: ();
}

thread_local! {
    /// Whether what this thread does is upkeep.
    static IS_UPKEEP: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread opens a connection.
    static IS_OPENING: Cell<bool> = const { Cell::new(false) };
}

/// Opens a connection without counting what that takes: the pool opens them when it likes, on
/// threads of its own.
pub(super) fn opening<T>(open: impl FnOnce() -> T) -> T {
    IS_OPENING.set(true);
    let opened = open();
    IS_OPENING.set(false);
    opened
}

/// Runs a task that serves no request, such as the purge: its statements are counted apart.
pub async fn as_upkeep<F: Future>(task: F) -> F::Output {
    UPKEEP.scope((), task).await
}

/// Makes `work` count as whatever the current task counts as, on the thread where it will run.
pub(super) fn counted_like_this_task<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let is_upkeep = UPKEEP.try_with(|()| ()).is_ok();
    move || {
        IS_UPKEEP.set(is_upkeep);
        work()
    }
}

/// How many statements connections have sent.
#[derive(Debug, Default)]
pub(super) struct Statements {
    /// For requests.
    pub(super) requests: AtomicU64,
    /// By the server itself.
    pub(super) upkeep: AtomicU64,
}

/// Counts statements on the connection that it is installed on.
pub(super) struct StatementCounter(pub(super) Arc<Statements>);

impl Instrumentation for StatementCounter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) && !IS_OPENING.get() {
            let Statements { requests, upkeep } = &*self.0;
            let counter = if IS_UPKEEP.get() { upkeep } else { requests };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl StatementCounter {
    /// Counts in `statements`, as a part of something else that is told of the events.
    pub(super) fn boxed(statements: &Arc<Statements>) -> Box<dyn Instrumentation> {
        Box::new(Self(Arc::clone(statements)))
    }
}
