//! What one connection is doing, what it may do next, and by when.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

use tokio::time::Instant;

use super::framing::HeadEnd;
use super::limits::{BODY_AHEAD, HEAD_LIMIT, Limits, READ_SIZE};
use super::refusal::Refusal;
use super::state::{Left, Phase, State};
use crate::clock::timer_now;

/// The state of a connection, shared by its stream, its service and its timer.
///
/// **The rule.** A connection hands on one request at a time: bytes of the next one stay with the
/// kernel until the answer has been written. Whatever is waited for has an end: a head, a body and
/// each piece of an answer must arrive within their time, and an idle connection is kept for
/// `keep_alive`. Only the wait for our own work has none.
#[derive(Debug)]
pub(super) struct Connection {
    limits: Limits,
    /// Counts requests over all connections of this worker.
    answered: Rc<Cell<u64>>,
    state: RefCell<State>,
}

/// What the stream may read now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permit {
    /// At most this many bytes.
    Read(usize),
    /// Nothing yet.
    Wait,
    /// Nothing any more: the refusal is written first, where there is one.
    End(Option<Refusal>),
}

/// What to do when a deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expired {
    /// The connection is asked to end by itself.
    Ending,
    /// It is dropped.
    Drop,
}

impl Connection {
    /// A connection that was just accepted.
    pub(super) fn new(limits: Limits, answered: Rc<Cell<u64>>) -> Self {
        answered.set(answered.get() + 1);
        let state = State::new(timer_now() + limits.head_timeout, answered.get());
        Self {
            limits,
            answered,
            state: RefCell::new(state),
        }
    }

    /// What may be read now.
    pub(super) fn permit(&self) -> Permit {
        let mut state = self.state.borrow_mut();
        if state.read_ended || matches!(state.phase, Phase::Closing { .. }) {
            return Permit::End(state.refusal);
        }
        let limit = match &state.phase {
            _ if state.write_by.is_some() => 0,
            Phase::Idle { .. } | Phase::Head { .. } => READ_SIZE,
            Phase::Body {
                handed_on,
                answered: false,
                ..
            } if *handed_on >= BODY_AHEAD => 0,
            Phase::Body { left, .. } => match left {
                Left::Bytes(bytes) => usize::try_from(*bytes).unwrap_or(READ_SIZE),
                Left::Chunks(_) => READ_SIZE,
            },
            Phase::Parsing { .. } | Phase::Answering | Phase::Closing { .. } => 0,
        };
        if limit == 0 {
            return Permit::Wait;
        }
        let left = READ_SIZE.saturating_sub(state.read_in_this_turn);
        if left == 0 {
            // actix-http makes something of what it has first.
            state.knocking = true;
            state.let_in();
            return Permit::Wait;
        }
        Permit::Read(limit.min(left))
    }

    /// Bytes were read. Returns how many of them may be handed on now; 0 if the connection ends.
    pub(super) fn received(&self, bytes: &[u8]) -> usize {
        let state = &mut *self.state.borrow_mut();
        state.read_in_this_turn += bytes.len();
        if let Phase::Idle { .. } = state.phase {
            state.phase = Phase::Head {
                until: timer_now() + self.limits.head_timeout,
                end: HeadEnd::default(),
            };
        }
        match &mut state.phase {
            Phase::Head { until, end } => match end.feed(bytes) {
                Some(length) => {
                    state.phase = Phase::Parsing { until: *until };
                    length
                }
                None if end.length() > HEAD_LIMIT => {
                    state.refuse(Refusal::HeadTooLarge);
                    0
                }
                None => bytes.len(),
            },
            Phase::Body {
                left,
                handed_on,
                answered,
                ..
            } => {
                let (taken, over) = match left {
                    Left::Bytes(left) => {
                        *left = left.saturating_sub(bytes.len() as u64);
                        (bytes.len(), *left == 0)
                    }
                    Left::Chunks(end) => match end.feed(bytes) {
                        Some(taken) => (taken, true),
                        None => (bytes.len(), false),
                    },
                };
                *handed_on += taken;
                if over {
                    if *answered {
                        state.next_request(&self.limits, &self.answered);
                    } else {
                        state.phase = Phase::Answering;
                    }
                }
                taken
            }
            _ => bytes.len(),
        }
    }

    /// Bytes wait that [`Permit::Wait`] holds back: the task is woken once they may be read.
    pub(super) fn knock(&self) {
        self.state.borrow_mut().knocking = true;
    }

    /// actix-http calls the service with a request that has this body.
    pub(super) fn begin(&self, body: Option<Left>) {
        let mut state = self.state.borrow_mut();
        state.phase = match body {
            None => Phase::Answering,
            Some(left) => Phase::Body {
                until: timer_now() + self.limits.body_timeout,
                left,
                handed_on: 0,
                answered: false,
            },
        };
        state.let_in();
    }

    /// The answer has been made, to its last byte.
    pub(super) fn answered(&self) {
        let mut state = self.state.borrow_mut();
        match &mut state.phase {
            Phase::Body { answered, .. } => *answered = true,
            Phase::Answering => state.next_request(&self.limits, &self.answered),
            _ => {}
        }
        state.let_in();
    }

    /// The kernel takes no more bytes: the client does not read.
    pub(super) fn write_blocked(&self) {
        let mut state = self.state.borrow_mut();
        if state.write_by.is_none() {
            state.write_by = Some(timer_now() + self.limits.write_timeout);
        }
    }

    /// Everything that was to be written was taken.
    pub(super) fn flushed(&self) {
        let mut state = self.state.borrow_mut();
        if state.write_by.take().is_some() {
            state.let_in();
        }
    }

    /// When the present wait ends; `None` while it is for our own work.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.state.borrow();
        match (&state.phase, state.write_by) {
            (Phase::Closing { until }, _)
            | (
                Phase::Idle { until }
                | Phase::Head { until, .. }
                | Phase::Parsing { until }
                | Phase::Body { until, .. },
                None,
            ) => Some(*until),
            (_, write_by) => write_by,
        }
    }

    /// The deadline has passed.
    pub(super) fn expire(&self) -> Expired {
        let mut state = self.state.borrow_mut();
        if state.write_by.is_some() {
            state.reset = true;
            return Expired::Drop;
        }
        match &state.phase {
            Phase::Closing { .. } => return Expired::Drop,
            Phase::Head { end, .. } if end.began() => state.refuse(Refusal::HeadTimeout),
            _ => state.end(),
        }
        Expired::Ending
    }

    /// Whether the connection must be dropped now, with a reset.
    pub(super) fn is_reset(&self) -> bool {
        self.state.borrow().reset
    }

    /// Whether the peer may still send what was refused, so that the end waits for it.
    pub(super) fn is_refused(&self) -> bool {
        self.state.borrow().refusal.is_some()
    }

    /// How long ago the connection has finished a request, as a place in the order of all; `None`
    /// if it may not be closed to make room: its request is being worked on, or it ends already.
    pub(super) fn closable(&self) -> Option<u64> {
        let state = self.state.borrow();
        match state.phase {
            Phase::Closing { .. } => None,
            Phase::Answering if state.write_by.is_none() => None,
            _ if state.read_ended || state.reset => None,
            _ => Some(state.last_answered),
        }
    }

    /// Whether the connection is on its way out.
    pub(super) fn is_leaving(&self) -> bool {
        let state = self.state.borrow();
        state.read_ended || state.reset || matches!(state.phase, Phase::Closing { .. })
    }

    /// Closes the connection to make room.
    pub(super) fn close(&self) {
        let mut state = self.state.borrow_mut();
        if state.write_by.is_some() {
            state.reset = true;
        } else {
            state.end();
        }
        if let Some(task) = &state.task {
            task.wake_by_ref();
        }
    }

    /// Refuses a connection that has only begun.
    pub(super) fn refuse(&self, refusal: Refusal) {
        self.state.borrow_mut().refuse(refusal);
    }

    /// The task that serves the connection has its turn.
    pub(super) fn take_turn(&self, task: &Waker) {
        let mut state = self.state.borrow_mut();
        state.read_in_this_turn = 0;
        if !state
            .task
            .as_ref()
            .is_some_and(|known| known.will_wake(task))
        {
            state.task = Some(task.clone());
        }
    }
}
