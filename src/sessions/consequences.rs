//! What must follow from a change once it has committed.

use crate::alarms::Alarm;
use crate::models::activity::{Kind, Tally};
use crate::models::revocation::Revocation;

use super::Repeat;

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
