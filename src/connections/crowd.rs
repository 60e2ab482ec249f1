//! All connections of one worker, and who gives way when there are too many.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::connection::Connection;
use super::limits::Limits;
use super::refusal::Refusal;
use crate::clock::timer_now;

/// How many connections are closed at once to make room, of those that there may be: looking at all
/// of them for each new one would be work for nothing.
const SHARE_CLOSED_AT_ONCE: usize = 16;

/// How often the log is told that connections are scarce.
const TELL_EVERY: Duration = Duration::from_mins(1);

/// How many connections may be on their way out beside those that there may be. A worker accepts up
/// to 128 (tokio's budget of a task) before those that give way have their turn to end.
pub(super) const MAX_LEAVING: usize = 160;

/// The connections of a worker.
///
/// **The rule.** When there are as many as there may be, those give way that have gone longest without
/// finishing a request, unless their request is being worked on. So a connection that does what
/// connections are for outlives any that only holds its place. If none can give way, the new one is
/// refused with 503.
#[derive(Debug)]
pub(super) struct Crowd {
    limit: usize,
    answered: Rc<Cell<u64>>,
    newest: Cell<u64>,
    told: Cell<Option<Instant>>,
    connections: RefCell<BTreeMap<u64, Rc<Connection>>>,
}

/// A connection's place; it is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Rc<Crowd>,
    id: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.connections.borrow_mut().remove(&self.id);
    }
}

impl Crowd {
    /// An empty one with room for `limit` connections.
    #[must_use]
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            answered: Rc::default(),
            newest: Cell::new(0),
            told: Cell::new(None),
            connections: RefCell::default(),
        }
    }

    /// Lets a connection in, or refuses it; `None` if there is not even room for that.
    pub(super) fn enter(self: &Rc<Self>, limits: Limits) -> Option<(Rc<Connection>, Place)> {
        let present = self.connections.borrow().len();
        if present >= self.limit + MAX_LEAVING {
            return None;
        }
        let connection = Rc::new(Connection::new(limits, Rc::clone(&self.answered)));
        if present >= self.limit && !self.make_room() {
            connection.refuse(Refusal::NoRoom);
        }
        let id = self.newest.get() + 1;
        self.newest.set(id);
        let known = Rc::clone(&connection);
        self.connections.borrow_mut().insert(id, known);
        let crowd = Rc::clone(self);
        Some((connection, Place { crowd, id }))
    }

    /// Whether three quarters of the room are taken. Answers then close their connection, so that
    /// connections are there for requests and not for the time between them.
    #[must_use]
    pub(super) fn is_nearly_full(&self) -> bool {
        self.connections.borrow().len() * 4 > self.limit * 3
    }

    /// Closes connections until there is room for one. Returns whether there is.
    fn make_room(&self) -> bool {
        let connections = self.connections.borrow();
        let leaving = connections.values().filter(|one| one.is_leaving()).count();
        if connections.len() - leaving < self.limit {
            return true;
        }
        let mut closable: Vec<_> = connections
            .values()
            .filter_map(|one| Some((one.closable()?, one)))
            .collect();
        closable.sort_unstable_by_key(|(last_answered, _)| *last_answered);
        let closed = (self.limit / SHARE_CLOSED_AT_ONCE)
            .max(1)
            .min(closable.len());
        for (_, connection) in &closable[..closed] {
            connection.close();
        }
        self.tell(closed);
        closed > 0
    }

    fn tell(&self, closed: usize) {
        let now = timer_now();
        if self.told.get().is_none_or(|told| now - told >= TELL_EVERY) {
            self.told.set(Some(now));
            tracing::warn!(
                closed,
                limit = self.limit,
                "a worker has as many connections as max_connections allows it: those that have gone longest without a request are closed; told once a minute"
            );
        }
    }
}
