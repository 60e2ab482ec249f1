//! What is revoked, in memory, so that refusing a token costs no database statement.
//!
//! The table `revocations` is the truth; this is what a node knows of it. It is loaded
//! before the node is ready, the [`feed`] follows it, and the node that revokes adds its own
//! entries before it answers. An entry stays until no access token that it concerns can
//! live. How far the node may trust what it knows is the [`lease`]'s to say.

pub mod control;
pub mod doubt;
pub mod feed;
pub mod lease;

use std::hash::Hash;
use std::sync::atomic::{AtomicI64, Ordering};

use papaya::{HashMap, ResizeMode};
use uuid::Uuid;

use crate::clock::Moment;
use crate::models::revocation::{Kind, Revocation};
use crate::tokens::AccessToken;

/// The revocations that concern tokens which may still live. Reading takes no lock.
#[derive(Debug)]
pub struct RevocationSet {
    /// Ended sessions, with the second until which their tokens may live.
    sessions: HashMap<Uuid, i64>,
    /// Users by the generation below which their tokens are refused, likewise.
    users: HashMap<i64, (i64, i64)>,
    /// Keys whose tokens are refused, for ever.
    keys: HashMap<String, ()>,
    /// The generation below which everybody's tokens are refused, for ever.
    floor: AtomicI64,
}

impl Default for RevocationSet {
    fn default() -> Self {
        Self {
            sessions: map(),
            users: map(),
            keys: map(),
            floor: AtomicI64::default(),
        }
    }
}

/// An empty map that moves all its entries at once when it grows: whoever writes waits for
/// that, nobody who reads. By default a map moves a few with each write and stays halfway
/// when writes are rare; a request then costs a seventh more (`docs/benchmarks.md`).
fn map<K: Hash + Eq, V>() -> HashMap<K, V> {
    HashMap::builder().resize_mode(ResizeMode::Blocking).build()
}

impl RevocationSet {
    /// Whether the token's session, its user or everything was revoked.
    #[must_use]
    pub fn contains(&self, token: &AccessToken) -> bool {
        if token.generation < self.floor.load(Ordering::Acquire)
            || self.sessions.pin().contains_key(&token.sid)
        {
            return true;
        }
        let users = self.users.pin();
        users
            .get(&token.user_id)
            .is_some_and(|(generation, _)| token.generation < *generation)
    }

    /// Whether everything that the key `kid` has signed was revoked.
    #[must_use]
    pub fn contains_key(&self, kid: &str) -> bool {
        let keys = self.keys.pin();
        !keys.is_empty() && keys.contains_key(kid)
    }

    /// Adds what a row of the table says. Adding twice, and adding out of order, changes
    /// nothing.
    pub fn add(&self, revocation: &Revocation) {
        let until = revocation.until.and_utc().timestamp();
        match revocation.kind() {
            Some(Kind::Session) => {
                if let Ok(sid) = Uuid::try_parse(&revocation.subject) {
                    self.sessions
                        .pin()
                        .update_or_insert(sid, |known| (*known).max(until), until);
                }
            }
            Some(Kind::User) => {
                if let Ok(user_id) = revocation.subject.parse::<i64>() {
                    let new = (revocation.generation, until);
                    self.users.pin().update_or_insert(
                        user_id,
                        |(generation, until)| ((*generation).max(new.0), (*until).max(new.1)),
                        new,
                    );
                }
            }
            Some(Kind::Key) => {
                self.keys.pin().insert(revocation.subject.clone(), ());
            }
            Some(Kind::Everything) => {
                self.floor
                    .fetch_max(revocation.generation, Ordering::AcqRel);
            }
            None => {
                tracing::warn!(kind = %revocation.kind, "a revocation of an unknown kind was passed over");
            }
        }
    }

    /// Forgets entries that can concern no living token any more.
    pub fn forget_expired(&self, now: Moment) {
        let now = now.timestamp();
        self.sessions.pin().retain(|_, until| *until > now);
        self.users.pin().retain(|_, (_, until)| *until > now);
    }

    /// How many sessions, users and keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.pin().len() + self.users.pin().len() + self.keys.pin().len()
    }

    /// Whether no session, user or key is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
