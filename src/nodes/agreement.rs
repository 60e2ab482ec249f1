//! What the servers of one database must have alike. With another key each refuses the tokens of the
//! others and deletes their cookies; with other lifetimes or cookies people meet another server
//! with each request.

use std::collections::BTreeSet;

use actix_web::web;
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::config::Settings;
use crate::db::lock_migrations;
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

/// Looks for servers that are up and sign with another key, which was not revoked, and where there is
/// none, stores that this one is there. Both happen under the lock of the migrations: of servers with
/// different keys that start at once, the first one starts and the others find it.
pub(super) async fn join(app: &web::Data<App>) -> Result<(), CannotJoin> {
    let node = app.clone();
    let look = move |connection: &mut _| {
        lock_migrations(connection)?;
        let own = own(&node);
        let peers = Node::seen_since(connection, (node.now() - UP).naive_utc())?;
        let other = peers.iter().find_map(|peer| other_key(&node, &own, peer));
        if other.is_none() {
            node.node
                .as_row(&node.lease, &node.clock)
                .report(&own, connection)?;
        }
        Ok::<_, Error>(other)
    };
    match app.database.write(look).await? {
        Some((name, other)) => Err(CannotJoin::OtherKey {
            name,
            other,
            own: own(app).key_id,
        }),
        None => Ok(()),
    }
}

/// Whether one of `others` signs with another key and was there before `this`. That can be found so
/// late where a server could not say for a while that it is there. The older one stays: one with a
/// wrong key that is started again and again would put out all others whenever the database was away.
pub(super) fn must_yield(app: &App, this: &Node, others: &[Peer]) -> bool {
    let own = own(app);
    others.iter().any(|peer| {
        let is_older = (peer.started_at, &peer.name) < (this.started_at, &this.name);
        is_older && other_key(app, &own, peer).is_some()
    })
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
    /// They could not be asked for, or this one could not say that it is there.
    #[error("the table nodes could not be read or written: {0}")]
    Read(#[from] Error),
}
