//! Where the secret key of a SQLite file is kept when no setting names one: a name for each
//! database, so that no two share a key.
//!
//! It is `app.secret` for `app.sqlite3`, and `app.db-secret` for any other name such as `app.db`.
//! Symbolic links to a database are followed first. Older versions had `app.secret` for both.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What every SQLite file begins with (<https://sqlite.org/fileformat2.html#magic_header_string>).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The key file of a database.
pub(super) fn path(database: &Path) -> PathBuf {
    let database = resolved(database);
    if database
        .extension()
        .is_some_and(|extension| extension == "sqlite3")
    {
        return older(&database);
    }
    let mut name = database.into_os_string();
    name.push("-secret");
    name.into()
}

/// The key files that older versions may have made for the database, and that are there.
pub(super) fn earlier(database: &Path) -> Vec<PathBuf> {
    let mut names = vec![older(database), older(&resolved(database))];
    names.dedup();
    let own = path(database);
    names.retain(|name| *name != own && name.exists());
    names
}

/// The other databases in the folder of the key file `key` for which an older version would
/// have used it, and which have none of their own name yet.
pub(super) fn others(database: &Path, key: &Path) -> Vec<PathBuf> {
    let folder = match key.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let real = fs::canonicalize(database).ok();
    let mut found: Vec<_> = entries
        .flatten()
        .map(|entry| key.with_file_name(entry.file_name()))
        .filter(|file| older(file) == key && is_sqlite(file))
        .filter(|file| fs::canonicalize(file).ok() != real)
        .filter(|file| path(file) == key || !path(file).exists())
        .collect();
    found.sort();
    found
}

fn older(database: &Path) -> PathBuf {
    database.with_extension("secret")
}

/// The file that a symbolic link leads to; any other path stays as it was written.
fn resolved(database: &Path) -> PathBuf {
    if database.is_symlink() {
        return fs::canonicalize(database).unwrap_or_else(|_| database.to_path_buf());
    }
    database.to_path_buf()
}

fn is_sqlite(file: &Path) -> bool {
    let mut start = [0; MAGIC.len()];
    File::open(file).is_ok_and(|mut file| file.read_exact(&mut start).is_ok()) && start == *MAGIC
}
