//! One `serve` for each SQLite file: revocations live in the server's memory, so a second
//! one on the same file would not know what the first has ended.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Held for as long as the server runs; the system lets go of it however the server ends.
#[derive(Debug)]
pub struct ServeLock {
    path: PathBuf,
    #[expect(dead_code, reason = "held, never read")]
    file: File,
}

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
        let path = PathBuf::from(name);
        loop {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(PRIVATE)
                .open(&path)
                .map_err(failed)?;
            keep_private(&file).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(ServeLockError::Taken { path: real }),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // A server that was just ending may have removed the file in between: then
            // this lock is on a file that nobody else will find.
            let opened = file.metadata().map_err(failed)?.ino();
            if std::fs::metadata(&path).is_ok_and(|found| found.ino() == opened) {
                return Ok(Self { path, file });
            }
        }
    }
}

/// A user who can open the file can lock it, and so keep the server from starting again.
const PRIVATE: u32 = 0o600;

/// Takes away the rights of others that an older version, or a restore, left on the file.
fn keep_private(file: &File) -> io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    if permissions.mode() & 0o777 & !PRIVATE != 0 {
        permissions.set_mode(PRIVATE);
        file.set_permissions(permissions)?;
    }
    Ok(())
}

impl Drop for ServeLock {
    /// Removes the file while it is still locked.
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the lock file was not removed");
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
