//! The way of the log to standard error: a queue with an end, and one thread that writes.
//!
//! Logging never waits and never fails, wherever standard error leads: a full disk, a pipe
//! whose reader is gone, a pipe that nobody reads. Only the log is lost then, and
//! [`dropped_lines`] says how much of it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rustix::event::{PollFd, PollFlags, poll};

use crate::clock::{Clock, Uptime};

/// The lines that wait have at most this many bytes together: some two thousand lines, which
/// outlasts a restart of the program that reads them. More lines are dropped.
pub const MAX_WAITING_BYTES: usize = 512 * 1024;
/// How often the log tells of lines that were dropped, and how often that is tried where
/// nothing can be written.
const NOTICE_INTERVAL: Duration = Duration::from_secs(1);
/// How long a server that ends waits for the lines that are not written yet.
const LAST_LINES: Duration = Duration::from_secs(1);

static QUEUE: Queue = Queue {
    waiting: Mutex::new(Waiting {
        lines: VecDeque::new(),
        bytes: 0,
        writing: false,
    }),
    filled: Condvar::new(),
    emptied: Condvar::new(),
    dropped: AtomicU64::new(0),
};

struct Queue {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    emptied: Condvar,
    dropped: AtomicU64,
}

struct Waiting {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    /// Whether the thread is writing a line that it has taken.
    writing: bool,
}

thread_local! {
    /// Where the thread that writes makes its own line, which does not go through the queue.
    static NOTICE: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// How many lines of the log were lost since the process began.
#[must_use]
pub fn dropped_lines() -> u64 {
    QUEUE.dropped.load(Ordering::Relaxed)
}

/// Starts the thread that writes.
pub(super) fn start() -> io::Result<LastLines> {
    let thread = std::thread::Builder::new().name("log".to_owned());
    thread.spawn(|| Output::default().write_forever())?;
    Ok(LastLines)
}

/// Waits on its way out, for a second at most, until what was logged is written: at the end
/// of `serve`, and when a panic ends it.
#[derive(Debug)]
#[must_use = "when it is dropped, the process may end"]
pub struct LastLines;

impl Drop for LastLines {
    fn drop(&mut self) {
        wait_until_written(LAST_LINES);
    }
}

/// Waits, `within` at most, until what was logged is written.
pub(crate) fn wait_until_written(within: Duration) {
    let is_left = |waiting: &mut Waiting| waiting.writing || !waiting.lines.is_empty();
    let mut waiting = QUEUE.waiting.lock();
    QUEUE.emptied.wait_while_for(&mut waiting, is_left, within);
}

/// Puts a line, with its line break, behind those that wait; drops it when there are too many.
pub(super) fn put(line: &[u8]) {
    let is_notice = NOTICE.with_borrow_mut(|notice| match notice {
        Some(notice) => {
            notice.extend_from_slice(line);
            true
        }
        None => false,
    });
    if is_notice {
        return;
    }
    let mut waiting = QUEUE.waiting.lock();
    if waiting.bytes + line.len() > MAX_WAITING_BYTES {
        drop(waiting);
        QUEUE.dropped.fetch_add(1, Ordering::Relaxed);
        return;
    }
    waiting.bytes += line.len();
    waiting.lines.push_back(line.to_vec());
    drop(waiting);
    QUEUE.filled.notify_one();
}

/// Takes whole lines for the log: the subscriber hands over each event at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineWriter;

impl Write for LineWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The thread's side of the queue.
struct Output {
    clock: Clock,
    /// How many dropped lines the log has told of.
    told: u64,
    told_at: Option<Uptime>,
    /// Whether a line was begun and could not be finished.
    torn: bool,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            told: 0,
            told_at: None,
            torn: false,
        }
    }
}

impl Output {
    fn write_forever(mut self) {
        loop {
            if let Some(line) = self.next()
                && self.write(&line).is_err()
            {
                QUEUE.dropped.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            self.tell_of_dropped();
        }
    }

    /// The next line; `None` when none came for a while and dropped ones are to be told of.
    fn next(&self) -> Option<Vec<u8>> {
        let mut waiting = QUEUE.waiting.lock();
        waiting.writing = false;
        if waiting.lines.is_empty() {
            QUEUE.emptied.notify_all();
        }
        while waiting.lines.is_empty() {
            if dropped_lines() == self.told {
                QUEUE.filled.wait(&mut waiting);
            } else {
                let waited = QUEUE.filled.wait_for(&mut waiting, NOTICE_INTERVAL);
                if waited.timed_out() {
                    break;
                }
            }
        }
        let line = waiting.lines.pop_front()?;
        waiting.bytes -= line.len();
        waiting.writing = true;
        Some(line)
    }

    /// Writes one line of the log that says how many are missing, at most once in
    /// [`NOTICE_INTERVAL`].
    fn tell_of_dropped(&mut self) {
        let (dropped, now) = (dropped_lines(), self.clock.uptime());
        let is_soon = |at: Uptime| now.since(at) < NOTICE_INTERVAL;
        if dropped == self.told || self.told_at.is_some_and(is_soon) {
            return;
        }
        NOTICE.set(Some(Vec::new()));
        tracing::error!(
            dropped = dropped - self.told,
            "log lines were lost: standard error could not be written to, or was not read"
        );
        let notice = NOTICE.take().unwrap_or_default();
        if self.write(&notice).is_ok() {
            self.told = dropped;
            self.told_at = Some(now);
        }
    }

    /// Writes a whole line, however long that takes.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        #[expect(clippy::disallowed_methods, reason = "the log goes to standard error")]
        let stderr = io::stderr();
        if self.torn {
            // The next line is not to be read as the rest of the one before.
            rustix::io::write(&stderr, b"\n")?;
            self.torn = false;
        }
        let mut rest = line;
        while !rest.is_empty() {
            match rustix::io::write(&stderr, rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => {
                    // A pipe that another process has made non-blocking.
                    // An interrupted wait is begun again by the next write.
                    let _ = poll(&mut [PollFd::new(&stderr, PollFlags::OUT)], None);
                }
                Err(error) => {
                    self.torn = rest.len() < line.len();
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }
}
