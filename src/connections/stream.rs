//! The bytes of a connection, as far as its state lets them through.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::{Connection, Permit};
use super::refusal::Refusal;

/// A TCP stream under the rule of its [`Connection`].
#[derive(Debug)]
pub(super) struct Stream {
    tcp: TcpStream,
    connection: Rc<Connection>,
    /// What was read and may not be handed on yet; at most what is read at once.
    held: Vec<u8>,
    /// What is still to be written of a refusal. Nothing of an earlier answer waits in front of it:
    /// no byte is read while one does.
    refusal: Option<Vec<u8>>,
}

impl Stream {
    /// Wraps an accepted stream.
    #[must_use]
    pub(super) fn new(tcp: TcpStream, connection: Rc<Connection>) -> Self {
        Self {
            tcp,
            connection,
            held: Vec::new(),
            refusal: None,
        }
    }

    /// The stream itself.
    #[must_use]
    pub(super) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// The state that the stream follows.
    #[must_use]
    pub(super) fn connection(&self) -> &Rc<Connection> {
        &self.connection
    }

    /// Nothing further is read, as if the client had closed its side.
    fn end(&mut self, refusal: Option<Refusal>) -> Poll<io::Result<()>> {
        if self.refusal.is_none() {
            self.refusal = refusal.map(Refusal::bytes);
        }
        Poll::Ready(Ok(()))
    }

    /// Reads at most `limit` bytes into `buffer`, those first that were held back.
    fn poll_fill(
        &mut self,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        limit: usize,
    ) -> Poll<io::Result<()>> {
        if !self.held.is_empty() {
            let taken = limit.min(self.held.len()).min(buffer.remaining());
            buffer.put_slice(&self.held[..taken]);
            self.held.drain(..taken);
            return Poll::Ready(Ok(()));
        }
        if limit >= buffer.remaining() {
            return Pin::new(&mut self.tcp).poll_read(task, buffer);
        }
        let mut window = ReadBuf::new(buffer.initialize_unfilled_to(limit));
        ready!(Pin::new(&mut self.tcp).poll_read(task, &mut window))?;
        let read = window.filled().len();
        buffer.advance(read);
        Poll::Ready(Ok(()))
    }

    /// Nothing may be read yet: registers for more, and has the task woken when that changes.
    fn poll_wait(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() || self.tcp.poll_read_ready(task).is_ready() {
            self.connection.knock();
        }
        Poll::Pending
    }

    /// Reads what the client still sends and forgets it, until it closes its side.
    fn poll_drain(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 4096];
        for _ in 0..16 {
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.tcp).poll_read(task, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
        // Others want their turn as well.
        task.waker().wake_by_ref();
        Poll::Pending
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        let limit = match stream.connection.permit() {
            Permit::Read(limit) => limit,
            Permit::Wait => return stream.poll_wait(task),
            Permit::End(refusal) => return stream.end(refusal),
        };
        let before = buffer.filled().len();
        ready!(stream.poll_fill(task, buffer, limit))?;
        let bytes = &buffer.filled()[before..];
        if !bytes.is_empty() {
            let handed_on = stream.connection.received(bytes);
            let rest = bytes[handed_on..].to_vec();
            buffer.set_filled(before + handed_on);
            if handed_on > 0 {
                stream.held.splice(..0, rest);
            } else if let Permit::End(refusal) = stream.connection.permit() {
                return stream.end(refusal);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let stream = self.get_mut();
        let written = Pin::new(&mut stream.tcp).poll_write(task, bytes);
        if written.is_pending() {
            stream.connection.write_blocked();
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        if let Some(refusal) = &mut stream.refusal {
            while !refusal.is_empty() {
                let written = ready!(Pin::new(&mut stream.tcp).poll_write(task, refusal))?;
                refusal.drain(..written);
            }
        }
        ready!(Pin::new(&mut stream.tcp).poll_shutdown(task))?;
        if stream.connection.is_refused() {
            return stream.poll_drain(task);
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for Stream {
    /// A client that does not read what it asked for is reset: else the kernel would keep trying.
    fn drop(&mut self) {
        if self.connection.is_reset()
            && let Err(error) = self.tcp.set_zero_linger()
        {
            tracing::debug!(%error, "a connection could not be reset");
        }
    }
}
