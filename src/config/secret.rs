//! The secret key: from its setting, from its file, or made beside the SQLite file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::{Digest, Sha256};

use super::{DatabaseUrl, Settings, key_file, text_file};

/// Shorter keys can be guessed offline (RFC 7518, section 3.2, asks for the hash's size).
const SHORTEST: usize = 32;

/// The bytes that sign every token.
#[derive(Clone, Debug)]
pub struct SecretKey(SecretSlice<u8>);

impl SecretKey {
    /// Finds the key that the settings name, or makes one beside the SQLite file
    /// (mode 0600). With PostgreSQL a key must be given: one of its own for each node
    /// would split the cluster.
    ///
    /// `has_signed` says whether tokens were ever signed for the database. It is asked only
    /// where a key file may be another database's.
    pub fn obtain(
        settings: &Settings,
        has_signed: impl Fn() -> bool,
    ) -> Result<Self, SecretKeyError> {
        if let Some(key) = &settings.tokens.secret_key {
            return Self::checked(key.expose_secret(), "SECRET_KEY");
        }
        if let Some(path) = &settings.tokens.secret_key_file {
            return Self::from_file(path);
        }
        match &settings.database.database_url {
            DatabaseUrl::Postgres(_) => Err(SecretKeyError::Missing),
            DatabaseUrl::Sqlite(database) => Self::beside(database, has_signed),
        }
    }

    /// Whether [`SecretKey::obtain`] will find a usable key, or may make one; makes
    /// nothing. `None` when one is to be made.
    pub fn find(settings: &Settings) -> Result<Option<Self>, SecretKeyError> {
        let tokens = &settings.tokens;
        if tokens.secret_key.is_none()
            && tokens.secret_key_file.is_none()
            && let Some(database) = settings.database.database_url.sqlite_path()
        {
            let own = key_file::path(database);
            let earlier = || key_file::earlier(database).into_iter().next();
            let found = if own.exists() { Some(own) } else { earlier() };
            return found.map(|path| Self::from_file(&path)).transpose();
        }
        Self::obtain(settings, || true).map(Some)
    }

    /// The key's bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// Names the key without telling it, for revoking what it signs: `secret-` and the first
    /// 32 bits of a hash, too few to try guesses on.
    #[must_use]
    pub fn id(&self) -> String {
        let hash = Sha256::new()
            .chain_update(b"frontgate key id\0")
            .chain_update(self.expose())
            .finalize();
        let [first, second, third, fourth, ..] = hash.0;
        let number = u32::from_be_bytes([first, second, third, fourth]);
        format!("secret-{number:08x}")
    }

    /// A key that nobody has seen before.
    #[must_use]
    pub fn random() -> Self {
        Self(random_text().into_bytes().into())
    }

    /// The key of a SQLite file. One under the name of an older version is this database's if
    /// tokens were signed for it, or no other database can have had it; it gets its own name.
    fn beside(database: &Path, has_signed: impl Fn() -> bool) -> Result<Self, SecretKeyError> {
        let own = key_file::path(database);
        let claim = |from: &Path, to: &Path| {
            std::fs::rename(from, to).map_err(|error| SecretKeyError::Claim {
                from: from.to_path_buf(),
                to: to.to_path_buf(),
                error,
            })
        };
        if own.exists() {
            let key = Self::from_file(&own)?;
            // Another database had it, if this one is new and the other one was there before.
            match key_file::others(database, &own).as_slice() {
                [other] if !has_signed() => claim(&own, &key_file::path(other))?,
                _ => return Ok(key),
            }
        }
        for old in key_file::earlier(database) {
            let others = key_file::others(database, &old);
            if others.iter().any(|other| key_file::path(other) == old) {
                continue;
            }
            let key = Self::from_file(&old)?;
            if others.is_empty() || has_signed() {
                claim(&old, &own)?;
                let (old, own) = (old.display(), own.display());
                tracing::warn!("the secret key {old} is now {own}: keep that with the database");
                return Ok(key);
            }
        }
        Self::make(&own)
    }

    /// Makes the key under another name first and links it to its own when it is whole and
    /// on the disk: a crash leaves no half key, and of two that start at once one wins.
    fn make(path: &Path) -> Result<Self, SecretKeyError> {
        let mut draft = path.as_os_str().to_owned();
        draft.push(format!(".{}", std::process::id()));
        let draft = PathBuf::from(draft);
        let made = write_new(&draft).and_then(|()| std::fs::hard_link(&draft, path));
        let removed = std::fs::remove_file(&draft);
        match made.and(removed).and_then(|()| sync_folder(path)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                let path = path.to_path_buf();
                Err(SecretKeyError::File { path, error })
            }
            _ => Self::from_file(path),
        }
    }

    fn from_file(path: &Path) -> Result<Self, SecretKeyError> {
        let text = text_file::read(path).map_err(|error| SecretKeyError::File {
            path: path.to_path_buf(),
            error,
        })?;
        Self::checked(&text, &path.display().to_string())
    }

    /// The key without what cannot be seen around it, so that a file and
    /// `SECRET_KEY="$(cat FILE)"` are one key: a byte order mark, blanks, line breaks.
    fn checked(text: &str, origin: &str) -> Result<Self, SecretKeyError> {
        let key = text.trim_start_matches(text_file::BYTE_ORDER_MARK).trim();
        if key.len() < SHORTEST {
            return Err(SecretKeyError::Short {
                origin: origin.to_owned(),
                length: key.len(),
            });
        }
        Ok(Self(key.as_bytes().to_vec().into()))
    }
}

fn write_new(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{}", random_text())?;
    file.sync_all()
}

/// A name is on the disk once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// 64 characters that carry 384 random bits.
#[expect(clippy::disallowed_methods, reason = "the secret key is made here")]
fn random_text() -> String {
    let mut bytes = [0u8; 48];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// There is no usable secret key.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// PostgreSQL without a key.
    #[error(
        "SECRET_KEY is not set: with PostgreSQL every node needs the same one; make it with `openssl rand -base64 48`"
    )]
    Missing,
    /// The key can be guessed.
    #[error(
        "the secret key in {origin} has {length} bytes: at least {SHORTEST} are needed; make one with `openssl rand -base64 48`"
    )]
    Short {
        /// Where it was found.
        origin: String,
        /// Its length in bytes.
        length: usize,
    },
    /// The key file of an older version cannot get the name that is its database's alone.
    #[error("the secret key {} must be {}, and cannot be renamed: {error}; rename it, or set secret_key_file to it", from.display(), to.display())]
    Claim {
        /// Its old name.
        from: PathBuf,
        /// Its new name.
        to: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file cannot be read or made.
    #[error("the secret key file {}: {error}; set SECRET_KEY or secret_key_file, or make the folder writable", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}
