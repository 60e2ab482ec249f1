//! The future that serves one connection, until its deadline.

use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::time::Sleep;

use super::connection::{Connection, Expired};
use super::crowd::Place;
use crate::clock::timer_now;
use crate::telemetry;

pin_project! {
    /// actix-http's future and one timer beside it. The timer is only set again when its time has
    /// come or an earlier one is needed, so that requests do not touch it.
    #[derive(Debug)]
    pub(super) struct Serving<F> {
        #[pin]
        dispatcher: F,
        #[pin]
        timer: Sleep,
        connection: Rc<Connection>,
        peer: Option<SocketAddr>,
        _place: Place,
    }
}

impl<F> Serving<F> {
    pub(super) fn new(
        dispatcher: F,
        connection: Rc<Connection>,
        peer: Option<SocketAddr>,
        place: Place,
    ) -> Self {
        let first = connection.deadline().unwrap_or_else(timer_now);
        Self {
            dispatcher,
            timer: tokio::time::sleep_until(first),
            connection,
            peer,
            _place: place,
        }
    }
}

impl<F, E> Future for Serving<F>
where
    F: Future<Output = Result<(), E>>,
{
    type Output = Result<(), E>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        this.connection.take_turn(task.waker());
        loop {
            if this.connection.is_reset() {
                return Poll::Ready(Ok(()));
            }
            let dispatcher = this.dispatcher.as_mut();
            let polled = telemetry::on_connection_of(*this.peer, || dispatcher.poll(task));
            if let Poll::Ready(ended) = polled {
                return Poll::Ready(ended);
            }
            let Some(deadline) = this.connection.deadline() else {
                return Poll::Pending;
            };
            if deadline < this.timer.deadline() || this.timer.is_elapsed() {
                this.timer.as_mut().reset(deadline);
            }
            if this.timer.as_mut().poll(task).is_pending() {
                return Poll::Pending;
            }
            if timer_now() < deadline {
                continue;
            }
            if this.connection.expire() == Expired::Drop {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
