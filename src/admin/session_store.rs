//! Where the operators' sessions are kept: in the database, so that each can be ended. The
//! cookie carries a random key, and the row its hash.

use std::collections::HashMap;

use actix_session::storage::{
    LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key,
};
use actix_web::cookie::time::Duration;
use actix_web::web;
use anyhow::anyhow;
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::clock::Moment;
use crate::error::Error;
use crate::models::admin_session::{AdminSession, NewAdminSession};

/// Under which name a session remembers whose it is.
pub(crate) const USER: &str = "user";
/// From which address the operator signed in; a column of the row.
pub(super) const IP: &str = "ip";
/// By which browser; a column of the row.
pub(super) const USER_AGENT: &str = "user_agent";
/// The operator's generation at the time.
pub(super) const GENERATION: &str = "generation";
/// What every form of the session carries.
pub(super) const CSRF: &str = "csrf";
/// What the next page says on top.
pub(super) const MESSAGES: &str = "messages";

/// A session that is used all the time writes when it was last seen once in this long.
const TOUCH: TimeDelta = TimeDelta::minutes(1);

/// A value for each name, as JSON.
type State = HashMap<String, String>;

/// Keeps sessions in the table `admin_sessions`. A session that was idle for
/// `admin_session_idle`, or has lasted for `admin_session_lifetime`, is none.
#[derive(Clone, Debug)]
pub struct AdminSessionStore(web::Data<App>);

impl AdminSessionStore {
    /// The store of a running server.
    #[must_use]
    pub fn new(app: web::Data<App>) -> Self {
        Self(app)
    }
}

/// What the row holds of the key that the cookie carries.
#[must_use]
pub fn key_hash(key: &str) -> Vec<u8> {
    Sha256::digest(key).to_vec()
}

/// The last moment at which a session must have been used to be one still at `now`.
#[must_use]
pub fn idle_since(app: &App, now: Moment) -> Moment {
    now - app.settings.admin.admin_session_idle.delta()
}

/// Whether forms of this session carry this CSRF token: by that a request knows its own row,
/// for the key in its cookie is known to the store alone.
#[must_use]
pub fn has_csrf(session: &AdminSession, csrf: &str) -> bool {
    let state: Option<State> = serde_json::from_str(&session.state).ok();
    let own = state.and_then(|state| read::<String>(state.get(CSRF)).ok());
    own.is_some_and(|own| own == csrf)
}

impl SessionStore for AdminSessionStore {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let (hash, now) = (key_hash(key.as_ref()), self.0.now());
        let idle_since = idle_since(&self.0, now);
        let found = self.0.database.read(move |connection| {
            AdminSession::find(connection, &hash, idle_since, now).map_err(Error::from)
        });
        let Some(session) = found
            .await
            .map_err(|error| LoadError::Other(anyhow!(error)))?
        else {
            return Ok(None);
        };
        let state = serde_json::from_str(&session.state)
            .map_err(|error| LoadError::Deserialization(anyhow!(error)))?;
        if now.naive_utc() - session.last_seen_at >= TOUCH {
            let touched = self
                .0
                .database
                .write(move |connection| session.touch(connection, now).map_err(Error::from));
            // That it cannot be written keeps nobody from reading.
            if let Err(error) = touched.await {
                tracing::debug!(%error, "the use of an admin session was not noted");
            }
        }
        Ok(Some(state))
    }

    async fn save(&self, state: State, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        let new = New::read(state, key_hash(key.as_ref())).map_err(SaveError::Serialization)?;
        let now = self.0.now();
        let expires_at = now + TimeDelta::seconds(ttl.whole_seconds());
        let saved = self.0.database.write(move |connection| {
            let new = NewAdminSession {
                key_hash: &new.key_hash,
                user_id: new.user_id,
                state: &new.state,
                expires_at,
                ip: new.ip.as_deref(),
                user_agent: &new.user_agent,
            };
            new.insert(connection, now).map_err(Error::from)
        });
        saved
            .await
            .map_err(|error| SaveError::Other(anyhow!(error)))?;
        Ok(key)
    }

    /// Never inserts, and never prolongs: a session that was ended meanwhile stays ended.
    async fn update(
        &self,
        key: SessionKey,
        state: State,
        _: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        let text = serde_json::to_string(&state)
            .map_err(|error| UpdateError::Serialization(anyhow!(error)))?;
        let hash = key_hash(key.as_ref());
        let updated = self.0.database.write(move |connection| {
            AdminSession::remember(connection, &hash, &text).map_err(Error::from)
        });
        updated
            .await
            .map_err(|error| UpdateError::Other(anyhow!(error)))?;
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let hash = key_hash(key.as_ref());
        let ended = self
            .0
            .database
            .write(move |connection| AdminSession::end(connection, &hash).map_err(Error::from));
        ended.await?;
        Ok(())
    }
}

/// A session's row before it has a key.
struct New {
    key_hash: Vec<u8>,
    user_id: i64,
    state: String,
    ip: Option<String>,
    user_agent: String,
}

impl New {
    fn read(mut state: State, key_hash: Vec<u8>) -> Result<Self, anyhow::Error> {
        let user_id: String = read(state.get(USER))?;
        let (ip, user_agent) = (state.remove(IP), state.remove(USER_AGENT));
        Ok(Self {
            key_hash,
            user_id: user_id.parse()?,
            state: serde_json::to_string(&state)?,
            ip: read(ip.as_ref())?,
            user_agent: read(user_agent.as_ref())?,
        })
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Option<&String>) -> Result<T, anyhow::Error> {
    let value = value.ok_or_else(|| anyhow!("a session without its user, address or browser"))?;
    Ok(serde_json::from_str(value)?)
}
