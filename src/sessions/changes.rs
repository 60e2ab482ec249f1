//! What a transaction has changed that memory must learn once it has committed.

use super::{EndedAll, EndedSession, Refreshed};
use crate::activity::{Kind, Tally};
use crate::models::revocation::Revocation;

/// What was revoked, and what is to be counted.
#[derive(Debug, Default)]
pub struct Changes {
    revocations: Vec<Revocation>,
    activity: Tally,
}

impl Changes {
    /// Something was revoked.
    pub fn revoke(&mut self, revocation: Revocation) {
        self.revocations.push(revocation);
    }

    /// Something happened once.
    pub fn count(&mut self, kind: Kind) {
        self.activity.add(kind, 1);
    }

    /// A session was ended, by this transaction or before it.
    pub fn end(&mut self, ended: EndedSession) {
        self.activity
            .add(Kind::SessionEnded, u64::from(ended.was_live));
        self.revocations.push(ended.revocation);
    }

    /// Sessions were ended; answers how many.
    pub fn end_all(&mut self, ended: EndedAll) -> usize {
        self.count_ended(ended.sessions);
        self.revocations.extend(ended.revocations);
        ended.sessions
    }

    /// Sessions were ended that a revocation from before concerns.
    pub fn count_ended(&mut self, sessions: usize) {
        let sessions = u64::try_from(sessions).unwrap_or(u64::MAX);
        self.activity.add(Kind::SessionEnded, sessions);
    }

    /// A refresh token was presented.
    pub fn refresh(&mut self, refreshed: &Refreshed) {
        match refreshed {
            Refreshed::Rotated(_) => self.count(Kind::Refreshed),
            Refreshed::Repeated { alarm, .. } => {
                self.count(Kind::RefreshRepeated);
                self.activity
                    .add(Kind::FollowerSuspected, u64::from(*alarm));
            }
            Refreshed::Reuse(ended) => {
                self.count(Kind::ReuseDetected);
                self.end(ended.clone());
            }
            Refreshed::Ended(ended, _) => self.end(ended.clone()),
            Refreshed::Refused => {}
        }
    }

    /// What was revoked, in the order in which it was.
    #[must_use]
    pub fn revocations(&self) -> &[Revocation] {
        &self.revocations
    }

    /// What is to be counted.
    #[must_use]
    pub fn activity(&self) -> &Tally {
        &self.activity
    }
}
