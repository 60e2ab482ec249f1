//! What a connection is doing: the state behind [`super::connection`].

use std::cell::Cell;
use std::task::Waker;

use tokio::time::Instant;

use super::framing::{ChunkedEnd, HeadEnd};
use super::limits::{CLOSING_TIMEOUT, Limits};
use super::refusal::Refusal;
use crate::clock::timer_now;

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Until when the client must have taken what is being written; `None` while nothing waits.
    pub(super) write_by: Option<Instant>,
    /// How many bytes were read since the task was polled.
    pub(super) read_in_this_turn: usize,
    /// No further byte is read.
    pub(super) read_ended: bool,
    /// Bytes have arrived that the phase does not let through.
    pub(super) knocking: bool,
    /// What is written before the end, instead of an answer of actix-http.
    pub(super) refusal: Option<Refusal>,
    /// Whether the connection is dropped with a reset, at once.
    pub(super) reset: bool,
    /// The place of the newest finished request among those of all connections.
    pub(super) last_answered: u64,
    pub(super) task: Option<Waker>,
}

/// How far the present request is.
#[derive(Debug)]
pub(super) enum Phase {
    /// No byte of a request has come.
    Idle { until: Instant },
    /// A part of a head has come.
    Head { until: Instant, end: HeadEnd },
    /// A whole head was handed on, and actix-http has not called the service yet.
    Parsing { until: Instant },
    /// The body is on its way; `answered` once the answer was there first.
    Body {
        until: Instant,
        left: Left,
        handed_on: usize,
        answered: bool,
    },
    /// The request is whole, and its answer is being made or written.
    Answering,
    /// The end.
    Closing { until: Instant },
}

/// What is left of a body.
#[derive(Debug)]
pub(super) enum Left {
    /// This many bytes; never 0.
    Bytes(u64),
    /// Chunks, to their end.
    Chunks(ChunkedEnd),
}

impl State {
    /// That of a connection whose first byte must come before `until`; it stands at this place among
    /// all finished requests.
    pub(super) fn new(until: Instant, last_answered: u64) -> Self {
        Self {
            phase: Phase::Idle { until },
            write_by: None,
            read_in_this_turn: 0,
            read_ended: false,
            knocking: false,
            refusal: None,
            reset: false,
            last_answered,
            task: None,
        }
    }

    /// The answer of a whole request is complete: the next one may come.
    pub(super) fn next_request(&mut self, limits: &Limits, answered: &Cell<u64>) {
        answered.set(answered.get() + 1);
        self.last_answered = answered.get();
        self.phase = if self.read_ended {
            closing()
        } else {
            Phase::Idle {
                until: timer_now() + limits.keep_alive,
            }
        };
    }

    /// Reads nothing further. A request that is being worked on is answered first.
    pub(super) fn end(&mut self) {
        self.read_ended = true;
        self.phase = match self.phase {
            Phase::Body {
                answered: false, ..
            }
            | Phase::Answering => Phase::Answering,
            _ => closing(),
        };
        self.let_in();
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.refusal = Some(refusal);
        self.end();
    }

    /// Wakes the task if it waits for a permit that may now be there.
    pub(super) fn let_in(&mut self) {
        if std::mem::take(&mut self.knocking)
            && let Some(task) = &self.task
        {
            task.wake_by_ref();
        }
    }
}

fn closing() -> Phase {
    Phase::Closing {
        until: timer_now() + CLOSING_TIMEOUT,
    }
}
