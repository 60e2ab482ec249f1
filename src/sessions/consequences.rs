//! What must follow from a change once it has committed.

use crate::alarms::Alarm;
use crate::models::activity::{Kind, Tally};
use crate::models::revocation::Revocation;

/// What must follow from a change once it has committed: what this node refuses, what counts
/// in the figures, and of what the operator is told. [`super::Change`] collects it.
#[must_use = "this node accepts what was revoked until it learns of it"]
#[derive(Debug, Default)]
pub struct Consequences {
    revocations: Vec<Revocation>,
    activity: Tally,
    alarms: Vec<Alarm>,
    repeats: Vec<Repeat>,
}

impl Consequences {
    pub(super) fn revoke(&mut self, revocation: Revocation) {
        self.revocations.push(revocation);
    }

    pub(super) fn revoke_all(&mut self, revocations: Vec<Revocation>) {
        self.revocations.extend(revocations);
    }

    pub(super) fn count(&mut self, kind: Kind, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.activity.add(kind, count);
    }

    pub(super) fn raise(&mut self, alarm: Option<Alarm>) {
        self.alarms.extend(alarm);
    }

    pub(super) fn repeat(&mut self, repeat: Repeat) {
        self.repeats.push(repeat);
    }

    /// What was revoked, in the order in which it was.
    #[must_use]
    pub fn revocations(&self) -> &[Revocation] {
        &self.revocations
    }

    /// What counts in the figures.
    #[must_use]
    pub fn activity(&self) -> &Tally {
        &self.activity
    }

    /// Of what the operator is told.
    #[must_use]
    pub fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }

    /// The refresh tokens that were answered again: the audit log tells of them later.
    #[must_use]
    pub fn repeats(&self) -> &[Repeat] {
        &self.repeats
    }
}

/// A superseded refresh token that was answered again within the grace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Whose session it is.
    pub user_id: i64,
    /// The session's primary key.
    pub session_id: i64,
    /// The session.
    pub sid: String,
    /// The token's place in the session.
    pub sequence: i64,
    /// The token, and from where it came.
    pub token: RepeatedToken,
}

/// The token of a [`Repeat`], and from where it came: repeats that differ in this are
/// counted apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RepeatedToken {
    /// Its `jti`.
    pub jti: String,
    /// From which address it came.
    pub ip: Option<String>,
    /// By which browser.
    pub user_agent: String,
    /// Whether its request had come before the token was superseded. Two tabs that refresh
    /// at once do that; somebody who follows a rotation comes after it.
    pub at_once: bool,
}
