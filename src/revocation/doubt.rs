//! What may have been revoked: its COMMIT was sent, and no answer came.
//!
//! The client is told 503, for a change that was not acknowledged may be lost. Until the
//! database shows which it was, what the change would have revoked is answered 503 as well, by
//! the node that sent it: neither let in nor refused on a guess. Then it is known from the
//! feed, or has not happened.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::RevocationSet;
use crate::clock::Uptime;
use crate::models::revocation::Revocation;
use crate::tokens::AccessToken;

/// How long a doubt lasts: the server's side of a connection that was given up is ended, and
/// the feed has looked after that.
const LENGTH: Duration = Duration::from_secs(10);

/// The doubts of one node. Without any, asking costs one read of memory.
#[derive(Debug, Default)]
pub struct Doubts {
    any: AtomicBool,
    entries: Mutex<Vec<(RevocationSet, Uptime)>>,
}

impl Doubts {
    /// It is not known whether these were revoked.
    pub fn add(&self, revocations: &[Revocation], now: Uptime) {
        if revocations.is_empty() {
            return;
        }
        let set = RevocationSet::default();
        for revocation in revocations {
            set.add(revocation);
        }
        self.entries.lock().push((set, now));
        self.any.store(true, Ordering::Release);
    }

    /// Whether this token may have been revoked, by itself or with the key `kid` of this node.
    #[must_use]
    pub fn concern(&self, token: &AccessToken, kid: &str, now: Uptime) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return false;
        }
        let mut entries = self.entries.lock();
        entries.retain(|(_, since)| now.since(*since) < LENGTH);
        self.any.store(!entries.is_empty(), Ordering::Release);
        entries
            .iter()
            .any(|(set, _)| set.contains(token) || set.contains_key(kid))
    }
}
