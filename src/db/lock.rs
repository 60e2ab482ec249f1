//! One `serve` for each SQLite file: revocations live in the server's memory, so a second
//! one on the same file would not know what the first has ended.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Held for as long as the server runs; the system lets go of it however the server ends.
#[derive(Debug)]
pub struct ServeLock(#[expect(dead_code, reason = "held, never read")] File);

impl ServeLock {
    /// Takes the lock of the SQLite file at `database`, which must exist; symbolic links
    /// to one file share one lock.
    pub fn take(database: &Path) -> Result<Self, ServeLockError> {
        let failed = |error| ServeLockError::File {
            path: database.to_path_buf(),
            error,
        };
        let real = database.canonicalize().map_err(failed)?;
        let mut name = real.clone().into_os_string();
        name.push("-serve");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(PathBuf::from(name))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(ServeLockError::Taken { path: real }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// The file cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeLockError {
    /// Another server has it.
    #[error(
        "another frontgate serves {}: stop it first", path.display()
    )]
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// The lock file cannot be made.
    #[error("cannot lock {}: {error}; make its folder writable for this user", path.display())]
    File {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}
