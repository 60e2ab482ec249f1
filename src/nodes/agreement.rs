//! What the servers of one database must have alike. With another key each refuses the tokens of the
//! others and deletes their cookies; with other lifetimes or cookies people meet another server
//! with each request.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::config::Settings;
use crate::error::Error;
use crate::models::node::{Agreement, Node, Peer};

/// A server that said so within this time is up: three times [`super::INTERVAL`].
const UP: TimeDelta = TimeDelta::seconds(30);

/// Settings that must be alike on every server.
const ALIKE: [&str; 17] = [
    "access_token_lifetime",
    "refresh_token_lifetime",
    "session_max_lifetime",
    "refresh_grace",
    "revocation_max_staleness",
    "revocation_listen",
    "users_prefix",
    "user_fields",
    "access_cookie_name",
    "refresh_cookie_name",
    "cookie_domain",
    "cookie_path",
    "refresh_cookie_path",
    "cookie_samesite",
    "cookie_secure",
    "cookie_partitioned",
    "event_retention",
];

/// What this server has.
pub(super) fn own(app: &App) -> Agreement {
    Agreement {
        key_id: app.policy.key_id.clone(),
        settings_id: settings_id(&app.settings),
    }
}

fn settings_id(settings: &Settings) -> String {
    let mut hash = Sha256::new();
    for shown in &settings.shown {
        if ALIKE.contains(&shown.name) {
            hash.update(format!("{}={}\n", shown.name, shown.value));
        }
    }
    let hash = hash.finalize();
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}

/// The other servers that are up.
pub(super) async fn peers(app: &App) -> Result<Vec<Peer>, Error> {
    let since = (app.now() - UP).naive_utc();
    let read = move |connection: &mut _| Node::seen_since(connection, since).map_err(Error::from);
    app.database.read(read).await
}

/// Fails where a server is up that signs with another key, unless that key was revoked.
pub async fn check(app: &App) -> Result<(), CannotJoin> {
    if !app.database.is_shared() {
        return Ok(());
    }
    let own = own(app);
    match peers(app)
        .await?
        .into_iter()
        .find_map(|peer| other_key(app, &own, &peer))
    {
        Some((name, other)) => Err(CannotJoin::OtherKey {
            name,
            other,
            own: own.key_id,
        }),
        None => Ok(()),
    }
}

fn other_key(app: &App, own: &Agreement, peer: &Peer) -> Option<(String, String)> {
    let other = peer.key_id.as_ref().filter(|key| **key != own.key_id)?;
    let revoked = app.revoked.contains_key(other);
    (!revoked).then(|| (peer.name.clone(), other.clone()))
}

/// Logs what is not alike, each thing once until it is over.
pub(super) fn tell(app: &App, peers: &[Peer], told: &mut BTreeSet<String>) {
    let own = own(app);
    let mut now = BTreeSet::new();
    for peer in peers {
        if let Some((name, other)) = other_key(app, &own, peer) {
            let new = now.insert(format!("key {name}")) && !told.contains(&format!("key {name}"));
            if new {
                tracing::error!(
                    server = name,
                    other,
                    own = own.key_id,
                    "another server of this database signs with another key: each refuses the other's tokens and logs its people out; give every server the same SECRET_KEY"
                );
            }
        }
        let differs = peer
            .settings_id
            .as_ref()
            .is_some_and(|id| *id != own.settings_id);
        if differs && now.insert(format!("settings {}", peer.name)) {
            let new = !told.contains(&format!("settings {}", peer.name));
            if new {
                tracing::warn!(
                    server = peer.name,
                    "another server of this database has other settings of tokens or cookies: compare `frontgate check` on both"
                );
            }
        }
    }
    *told = now;
}

/// A server cannot join those that are up.
#[derive(Debug, thiserror::Error)]
pub enum CannotJoin {
    /// They sign with another key.
    #[error(
        "the server {name} is up on this database and signs with the key {other}, this one with {own}: each would refuse the other's tokens and log its people out. Give every server the same SECRET_KEY; to change it, stop all of them first. A server that was killed counts as up for 30 seconds"
    )]
    OtherKey {
        /// The other server.
        name: String,
        /// Its key.
        other: String,
        /// This server's.
        own: String,
    },
    /// They could not be asked for.
    #[error("the table nodes could not be read: {0}")]
    Read(#[from] Error),
}
