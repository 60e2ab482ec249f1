//! Files with secrets in them that others can read.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::config::Origin;
use crate::config::{DatabaseUrl, Settings, key_file};

/// The files that hold the secret key or the database's password, and can be read or written
/// by others than their owner.
pub(super) fn open_to_others(settings: &Settings) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = settings.tokens.secret_key_file.iter().cloned().collect();
    let named = settings.tokens.secret_key.is_some() || !files.is_empty();
    if !named && let Some(database) = settings.database.database_url.sqlite_path() {
        files.push(key_file::path(database));
        files.extend(key_file::earlier(database));
    }
    for shown in &settings.shown {
        if let Origin::File(path) = &shown.origin
            && holds_secret(settings, shown.name)
            && !files.contains(path)
        {
            files.push(path.clone());
        }
    }
    // A file that cannot be looked at is one that the start complains of, if it needs it.
    files.retain(|file| file.metadata().is_ok_and(|metadata| is_open(&metadata)));
    files
}

fn holds_secret(settings: &Settings, name: &str) -> bool {
    match (name, &settings.database.database_url) {
        ("secret_key", _) => true,
        ("database_url", DatabaseUrl::Postgres(url)) => {
            url.password().is_some() || url.query().is_some_and(|query| query.contains("password"))
        }
        _ => false,
    }
}

/// A file of root's may be read by its group, as PostgreSQL has it for its keys: so a service
/// is given a secret that it cannot change.
fn is_open(metadata: &Metadata) -> bool {
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    metadata.mode() & forbidden != 0
}
