//! The limit of open files, of which every connection is one.

use super::crowd::MAX_LEAVING;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most that the limit is raised to: children inherit it, and some programs look at each number.
const MOST_OPEN_FILES: u64 = 1 << 20;

/// What the server needs beside its clients' connections: the database's, its files, the log.
const OTHER_FILES: u64 = 256;

/// Raises the soft limit of open files to the hard one. Returns how many there may be.
pub fn raise() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let hard = limit
        .maximum
        .unwrap_or(MOST_OPEN_FILES)
        .min(MOST_OPEN_FILES);
    let soft = limit.current.unwrap_or(MOST_OPEN_FILES);
    if soft >= hard {
        return soft;
    }
    let raised = Rlimit {
        current: Some(hard),
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => hard,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            soft
        }
    }
}

/// How many connections `crowds` may have together: `wanted`, or as many as fit under a limit of
/// `open_files` beside those that are on their way out.
#[must_use]
pub fn connections_within(wanted: usize, open_files: u64, crowds: usize) -> usize {
    let leaving = (crowds * MAX_LEAVING) as u64;
    let room = open_files.saturating_sub(OTHER_FILES + leaving).max(1);
    wanted.min(usize::try_from(room).unwrap_or(usize::MAX))
}
