//! Closing ports without losing a request.
//!
//! A listening socket that is closed resets the connections that it has not handed out yet, and a server that
//! stops reads no request that has not begun. A proxy that has sent a POST by then does not send it a second
//! time. So first no new connection is let in, then the port is closed, and those that are there may still ask.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{Shutdown, shutdown};

/// How often the queues of connections that wait to be accepted are looked at.
const ACCEPT_QUEUE_INTERVAL: Duration = Duration::from_millis(50);

/// How long each step of closing a port may take.
#[derive(Clone, Copy, Debug)]
pub struct ClosingTimes {
    /// For the last acknowledgement of a handshake that has begun: until it comes, the connection is in no queue.
    pub handshake: Duration,
    /// For the connections that wait to be accepted, at most.
    pub accept: Duration,
    /// For the request of a connection that was accepted last.
    pub last_request: Duration,
}

impl ClosingTimes {
    /// A client whose first packet is lost sends it again after a second (RFC 6298).
    pub const DEFAULT: Self = Self {
        handshake: Duration::from_millis(500),
        accept: Duration::from_secs(2),
        last_request: Duration::from_secs(2),
    };

    /// All steps together, at most.
    #[must_use]
    pub const fn sum(&self) -> Duration {
        self.handshake
            .saturating_add(self.accept)
            .saturating_add(self.last_request)
    }
}

/// The ports of a server, beside those who accept from them.
#[derive(Debug)]
pub struct Ports(Vec<TcpListener>);

impl Ports {
    /// The ports that these listen on.
    pub fn of(listeners: &[TcpListener]) -> io::Result<Self> {
        let ports = listeners.iter().map(TcpListener::try_clone);
        Ok(Self(ports.collect::<Result<_, _>>()?))
    }

    /// Closes them. The server serves the connections that it has; who tries to connect is refused.
    pub async fn close(self, server: &ServerHandle, times: ClosingTimes) {
        for port in &self.0 {
            if let Err(error) = ignore_new_connections(port) {
                tracing::debug!(%error, "new connections are let in until the port closes");
            }
        }
        tokio::time::sleep(times.handshake).await;
        self.pause_when_none_waits(server, times.accept).await;
        for port in &self.0 {
            if let Err(error) = shutdown(port, Shutdown::Read) {
                tracing::debug!(%error, "the port closes when the server stops");
            }
        }
        tokio::time::sleep(times.last_request).await;
    }

    /// Has the server accept until no connection waits, for `longest` at most. It does not accept afterwards: that
    /// fails on a socket that does not listen.
    async fn pause_when_none_waits(&self, server: &ServerHandle, longest: Duration) {
        let mut waited = Duration::ZERO;
        loop {
            // It returns before the thread that accepts has paused.
            server.pause().await;
            tokio::time::sleep(ACCEPT_QUEUE_INTERVAL).await;
            waited += 2 * ACCEPT_QUEUE_INTERVAL;
            if waited >= longest || !self.0.iter().any(has_waiting) {
                return;
            }
            server.resume().await;
            tokio::time::sleep(ACCEPT_QUEUE_INTERVAL).await;
        }
    }
}

/// Whether a connection waits to be accepted.
fn has_waiting(port: &TcpListener) -> bool {
    let mut ports = [PollFd::new(port, PollFlags::IN)];
    poll(&mut ports, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
}

/// Drops the packets that ask for a new connection (SYN); those of connections that are there pass.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn ignore_new_connections(port: &TcpListener) -> io::Result<()> {
    use socket2::{SockFilter, SockRef};

    // linux/bpf_common.h
    const LOAD_BYTE: u16 = 0x30;
    const SKIP_IF_SET: u16 = 0x45;
    const RETURN: u16 = 0x06;
    // RFC 9293: the flags of a segment, and SYN among them.
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    SockRef::from(port).attach_filter(&[
        SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
        SockFilter::new(SKIP_IF_SET, 1, 0, SYN),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
        SockFilter::new(RETURN, 0, 0, 0),
    ])
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn ignore_new_connections(_: &TcpListener) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
