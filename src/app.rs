//! What every handler shares, and the order of the middleware.

use std::sync::Arc;

use actix_web::web;

use crate::clock::{Clock, Moment};
use crate::config::{SecretKey, Settings};
use crate::cookie_hint::CookieHint;
use crate::db::{AnyConnection, Database};
use crate::error::Error;
use crate::models::revocation::Revocation;
use crate::passwords::PasswordHasher;
use crate::revocation::RevocationSet;
use crate::sessions::{Policy, TokenPair};
use crate::tokens::{AccessToken, TokenError, TokenKeys};

/// The state of a running server.
#[derive(Debug)]
pub struct App {
    /// All settings.
    pub settings: Settings,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub database: Database,
    /// What signs and verifies.
    pub keys: TokenKeys,
    /// What minting needs of the settings.
    pub policy: Arc<Policy>,
    /// What is revoked.
    pub revoked: RevocationSet,
    /// The threads that hash passwords.
    pub passwords: PasswordHasher,
    /// Notices browsers that drop Secure cookies.
    pub cookie_hint: CookieHint,
}

/// The two tokens of an answer, signed.
#[derive(Clone, Debug)]
pub struct SignedPair {
    /// The access token.
    pub access: String,
    /// Its `exp`.
    pub access_exp: i64,
    /// The refresh token.
    pub refresh: String,
    /// Its `exp`.
    pub refresh_exp: i64,
}

impl App {
    /// The state before anything is known to be revoked; see [`App::load_revocations`].
    pub fn new(settings: Settings, secret: &SecretKey, clock: Clock) -> std::io::Result<Self> {
        let keys = TokenKeys::new(secret, &settings.tokens);
        let policy = Policy {
            tokens: settings.tokens.clone(),
            profile: keys.profile().clone(),
        };
        Ok(Self {
            database: Database::new(&settings.database),
            passwords: PasswordHasher::new(&settings.passwords)?,
            revoked: RevocationSet::default(),
            cookie_hint: CookieHint::default(),
            policy: Arc::new(policy),
            keys,
            clock,
            settings,
        })
    }

    /// Reads every revocation that may still concern a living token. A server is not ready
    /// before this has succeeded.
    pub async fn load_revocations(&self) -> Result<(), Error> {
        let now = self.now();
        let live = self
            .database
            .read(move |connection| Revocation::live(connection, now).map_err(Error::from))
            .await?;
        for revocation in &live {
            self.revoked.add(revocation);
        }
        Ok(())
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Verifies an access token and that neither its session nor its user was revoked.
    pub fn verify_access(&self, token: &str) -> Result<Arc<AccessToken>, TokenError> {
        let access = self.keys.verify_access(token, self.now())?;
        if self.revoked.contains(&access) {
            return Err(TokenError::Revoked);
        }
        Ok(access)
    }

    /// Changes something in one transaction. What `work` revokes, this node refuses from the
    /// moment of the commit on, even when the client has hung up meanwhile. `work` reads the
    /// clock itself: it may have waited for its turn, and no lifetime begins before that.
    pub async fn change<T: Send + 'static>(
        app: &web::Data<Self>,
        work: impl FnOnce(&mut AnyConnection, &Clock, &mut Vec<Revocation>) -> Result<T, Error>
        + Send
        + 'static,
    ) -> Result<T, Error> {
        let (node, clock) = (app.clone(), app.clock.clone());
        let changed = app.database.write_and_then(
            move |connection| {
                let mut revocations = Vec::new();
                let value = work(connection, &clock, &mut revocations)?;
                Ok::<_, Error>((value, revocations))
            },
            move |(_, revocations)| {
                for revocation in revocations {
                    node.revoked.add(revocation);
                }
            },
        );
        changed.await.map(|(value, _)| value)
    }

    /// Signs both tokens.
    pub fn sign(&self, pair: &TokenPair) -> Result<SignedPair, Error> {
        Ok(SignedPair {
            access: self.keys.sign_access(&pair.access)?,
            access_exp: pair.access.exp,
            refresh: self.keys.sign_refresh(&pair.refresh)?,
            refresh_exp: pair.refresh.exp,
        })
    }
}
