//! Finding the Unix socket over which libpq connects: it is the one to a PostgreSQL that has come
//! while nobody else begins to connect to one.
//!
//! A thread looks for it while the server may still be authenticating, so that the next one begins
//! as soon as the socket is there.

use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::socket::{SockaddrStorage, getpeername};
use parking_lot::Mutex;
use rustix::fs::fstat;

use super::sockets::{connected_sockets, duplicate};

/// Held from before libpq opens a Unix socket until that is found.
static OPENING: Mutex<()> = Mutex::new(());
/// How often the sockets are looked at meanwhile.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);
/// How libpq names the sockets of every server, after the folder and before the port.
const NAME: &[u8] = b"/.s.PGSQL.";

/// Why a connection over a Unix socket was not opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Unopened {
    /// Others do not come to an end.
    #[error("others still wait for their connection to a Unix socket of this machine")]
    TurnMissed,
    /// No thread could be started.
    #[error("no thread to find its Unix socket")]
    NoThread,
    /// It would wait for ever for a server that stands still.
    #[error(
        "its Unix socket is not found among those of this process: /proc/self/fd must be readable, and a file may still be opened"
    )]
    NotFound,
}

/// Runs `connect`, which opens a Unix socket by libpq, and gives a second descriptor of that to
/// `found`, if possible before `connect` returns. Waits for `patience` at most until nobody else
/// opens one. `opens_one` is whether libpq does not open another one where the first does not suit.
pub(super) fn connect_and_find<T, E>(
    patience: Duration,
    opens_one: bool,
    connect: impl FnOnce() -> Result<T, E>,
    found: impl FnOnce(OwnedFd) + Send,
) -> Result<Result<T, E>, Unopened> {
    let is_over = &AtomicBool::new(false);
    thread::scope(|scope| {
        let (begin, may_begin) = mpsc::channel();
        let find = move || {
            let Some(turn) = OPENING.try_lock_for(patience) else {
                return false;
            };
            let before: BTreeSet<u64> = sockets().map(|(_, inode)| inode).collect();
            // The one who waits for it is there until this returns.
            let _ = begin.send(());
            loop {
                let over = is_over.load(Ordering::Acquire);
                if (over || opens_one)
                    && let Some(socket) = the_new_one(&before)
                {
                    drop(turn);
                    found(socket);
                    return true;
                }
                if over {
                    return false;
                }
                thread::sleep(LOOK_INTERVAL);
            }
        };
        let finding = thread::Builder::new()
            .name("unix socket".to_owned())
            .spawn_scoped(scope, find)
            .map_err(|_| Unopened::NoThread)?;
        if may_begin.recv().is_err() {
            return Err(Unopened::TurnMissed);
        }
        let connected = {
            let _over = Over(is_over);
            connect()
        };
        let was_found = finding.join().unwrap_or(false);
        if connected.is_ok() && !was_found {
            return Err(Unopened::NotFound);
        }
        Ok(connected)
    })
}

/// Ends the search, also where connecting panics.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The socket that is not one of those; `None` where there are several.
fn the_new_one(before: &BTreeSet<u64>) -> Option<OwnedFd> {
    let mut new = sockets().filter(|(_, inode)| !before.contains(inode));
    let (fd, inode) = new.next()?;
    if new.any(|(_, other)| other != inode) {
        return None;
    }
    // The number may be another one's by now.
    duplicate(fd)
        .ok()
        .filter(|socket| inode_of(socket) == Some(inode))
}

/// The sockets of this process that lead to a PostgreSQL of this machine, and their inodes: a
/// number is used again, and a socket may have several.
fn sockets() -> impl Iterator<Item = (RawFd, u64)> {
    let to_postgres = connected_sockets().into_iter().filter(|fd| {
        getpeername::<SockaddrStorage>(*fd).is_ok_and(|peer| {
            peer.as_unix_addr().is_some_and(|address| {
                let path = address
                    .path()
                    .map(|path| path.as_os_str().as_encoded_bytes());
                let name = path.or_else(|| address.as_abstract());
                name.is_some_and(|name| name.windows(NAME.len()).any(|part| part == NAME))
            })
        })
    });
    to_postgres.filter_map(|fd| {
        let link = std::fs::read_link(format!("/proc/self/fd/{fd}")).ok()?;
        let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        Some((fd, inode.parse().ok()?))
    })
}

fn inode_of(socket: &impl AsFd) -> Option<u64> {
    fstat(socket).ok().map(|stat| stat.st_ino)
}
