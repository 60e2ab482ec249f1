//! Finding the socket of one connection among those of this process, and shutting it down.
//!
//! Neither libpq nor Diesel hand the descriptor out. A TCP connection is found by a mark: its
//! `tcp_user_timeout` is a few milliseconds longer than was asked for, and no other connection's
//! is the same. A Unix socket has nothing to be marked with (`unix_socket`). Descriptors are
//! duplicated before they are used, so that a number that is closed and given to something else
//! meanwhile harms nobody.

use std::collections::BTreeSet;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;

use nix::sys::socket::{self as raw, MsgFlags, SockaddrStorage};
use parking_lot::Mutex;
use rustix::cmsg_space;
use rustix::net::{
    AddressFamily as Family, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, Shutdown,
    SocketFlags, SocketType, recvmsg, shutdown, socketpair, sockopt,
};

/// Marks that are in use: what is added to `tcp_user_timeout`, in milliseconds.
static MARKS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());
/// The longest `tcp_user_timeout` that the system takes.
const MAX_TIMEOUT: u32 = i32::MAX.cast_unsigned();

/// The socket of one connection.
pub(super) struct Socket {
    /// The value of its `tcp_user_timeout` in milliseconds.
    timeout: u32,
    _mark: Mark,
    /// A second descriptor of it, where it is a Unix socket that could be found.
    unix: OnceLock<OwnedFd>,
}

impl Socket {
    /// The socket of a connection whose `tcp_user_timeout` is to be `timeout` milliseconds, and
    /// a little more, which is its mark.
    pub(super) fn new(timeout: u32) -> Self {
        let mark = Mark::new();
        Self {
            timeout: timeout.saturating_add(mark.0).min(MAX_TIMEOUT),
            _mark: mark,
            unix: OnceLock::new(),
        }
    }

    /// What to set `tcp_user_timeout` to.
    pub(super) fn tcp_user_timeout(&self) -> u32 {
        self.timeout
    }

    /// It is this Unix socket.
    pub(super) fn is_unix(&self, socket: OwnedFd) {
        // It is found once, after connecting.
        let _ = self.unix.set(socket);
    }

    /// Ends both directions: whoever reads or writes gets an error. Returns whether there was
    /// something to be ended.
    pub(super) fn shut_down(&self) -> bool {
        if let Some(unix) = self.unix.get() {
            return shutdown(unix, Shutdown::Both).is_ok();
        }
        let sockets = connected_sockets();
        let ended = sockets
            .into_iter()
            .filter_map(|fd| duplicate(fd).ok())
            .filter(|socket| sockopt::tcp_user_timeout(socket) == Ok(self.timeout))
            .filter(|socket| shutdown(socket, Shutdown::Both).is_ok());
        ended.count() > 0
    }
}

/// A number above 0 that no other connection of this process has.
struct Mark(u32);

impl Mark {
    fn new() -> Self {
        let mut marks = MARKS.lock();
        let free = (1..u32::MAX)
            .find(|mark| !marks.contains(mark))
            .unwrap_or(u32::MAX);
        marks.insert(free);
        Self(free)
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        MARKS.lock().remove(&self.0);
    }
}

/// The descriptors of this process that are sockets with another side.
pub(super) fn connected_sockets() -> Vec<RawFd> {
    let own = match std::fs::read_dir("/proc/self/fd") {
        Ok(own) => own,
        Err(error) => {
            tracing::warn!(%error, "the sockets of this process cannot be listed");
            return Vec::new();
        }
    };
    own.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|fd| raw::getpeername::<SockaddrStorage>(*fd).is_ok())
        .collect()
}

/// A descriptor of our own for one that somebody else has. Sending it to oneself is the way
/// that knows whether it is open (unix(7), `SCM_RIGHTS`).
pub(super) fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    let (here, there) = socketpair(Family::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    raw::sendmsg::<()>(
        here.as_raw_fd(),
        &[IoSlice::new(&[0])],
        &[raw::ControlMessage::ScmRights(&[fd])],
        MsgFlags::MSG_DONTWAIT,
        None,
    )?;
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut received = RecvAncillaryBuffer::new(&mut space);
    recvmsg(
        &there,
        &mut [IoSliceMut::new(&mut [0])],
        &mut received,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    let mut messages = received.drain();
    let sent = messages.find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut rights) => rights.next(),
        _ => None,
    });
    sent.ok_or_else(|| io::Error::other("no descriptor came"))
}
