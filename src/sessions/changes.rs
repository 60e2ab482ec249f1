//! What a transaction has changed that memory must learn once it has committed.

use super::{EndedAll, EndedByToken, EndedSession, Refreshed, Refused, Repeat};
use crate::alarms::Alarm;
use crate::models::activity::{Kind, Tally};
use crate::models::revocation::Revocation;

/// What was revoked, what is to be counted, and of what the operator is told.
#[derive(Debug, Default)]
pub struct Changes {
    revocations: Vec<Revocation>,
    activity: Tally,
    alarms: Vec<Alarm>,
    repeats: Vec<Repeat>,
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

    /// An event was written that the operator is to be told of, or one that they are not.
    pub fn raise(&mut self, alarm: Option<Alarm>) {
        self.alarms.extend(alarm);
    }

    /// Everything, or what a key has signed, was refused.
    pub fn refuse(&mut self, refused: Refused) {
        self.revoke(refused.revocation);
        self.raise(refused.alarm);
    }

    /// A session was ended, by this transaction or before it.
    pub fn end(&mut self, ended: EndedSession) {
        self.activity
            .add(Kind::SessionEnded, u64::from(ended.was_live));
        self.revocations.push(ended.revocation);
    }

    /// A session was ended by one of its refresh tokens.
    pub fn end_by_token(&mut self, ended: EndedByToken) {
        let EndedByToken {
            session,
            reuse,
            alarm,
        } = ended;
        if reuse {
            self.count(Kind::ReuseDetected);
        } else if alarm.is_some() {
            self.count(Kind::FollowerSuspected);
        }
        self.raise(alarm.map(|alarm| *alarm));
        self.end(session);
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
            Refreshed::Repeated { repeat, alarm, .. } => {
                self.count(Kind::RefreshRepeated);
                self.repeats.push((**repeat).clone());
                self.activity
                    .add(Kind::FollowerSuspected, u64::from(alarm.is_some()));
                self.raise(alarm.as_deref().cloned());
            }
            Refreshed::Reuse(ended) => self.end_by_token(ended.clone()),
            Refreshed::Ended(ended, _) => self.end(ended.clone()),
            Refreshed::Refused => {}
        }
    }

    /// What was revoked, in the order in which it was.
    #[must_use]
    pub fn revocations(&self) -> &[Revocation] {
        &self.revocations
    }

    /// Of what the operator is told.
    #[must_use]
    pub fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }

    /// The refresh tokens that were answered again: the audit log tells of them.
    #[must_use]
    pub fn repeats(&self) -> &[Repeat] {
        &self.repeats
    }

    /// What is to be counted.
    #[must_use]
    pub fn activity(&self) -> &Tally {
        &self.activity
    }
}
