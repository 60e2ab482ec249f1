//! A change in one transaction: by somebody, at a time, with all that follows from it.
//!
//! **The rule.** Sessions end, tokens are refused and events are noted by [`Change`] alone. So
//! none of it is without what must follow: the rows that tell other nodes, what this node
//! refuses from the commit on, the count in the figures, the alarm. `scripts/layers` fails where
//! another file names what writes these rows.

mod bulk;

use diesel::QueryResult;
use serde_json::json;

use super::{By, Client, Consequences, Repeat};
use crate::alarms::Alarm;
use crate::clock::{Clock, Moment};
use crate::db::AnyConnection;
use crate::models::activity::Kind;
use crate::models::alarm::counted_as;
use crate::models::blacklisted_token::blacklist_current;
use crate::models::event::{EventKind, NewEvent};
use crate::models::revocation::Revocation;
use crate::models::session::{Advance, Session};
use crate::rotation::EndReason;

pub use bulk::EndedBatch;

/// A change inside a transaction of its caller, who begins and commits: see
/// `App::change`, and `cli::connection::change` for commands.
#[must_use = "its consequences are released after the commit"]
pub struct Change<'c> {
    /// The connection, in the transaction.
    pub connection: &'c mut AnyConnection,
    clock: &'c Clock,
    by: &'c By,
    now: Moment,
    consequences: Consequences,
}

impl std::fmt::Debug for Change<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change")
            .field("by", self.by)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl<'c> Change<'c> {
    /// A change that happens now. Who begins it takes [`Self::into_consequences`] before the
    /// commit and releases them after it.
    pub fn new(connection: &'c mut AnyConnection, clock: &'c Clock, by: &'c By) -> Self {
        Self {
            connection,
            clock,
            by,
            now: clock.now(),
            consequences: Consequences::default(),
        }
    }

    /// When it happens: the moment at which the clock was last read.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    /// Reads the clock again, for what begins now: locking a row may have taken its time.
    pub fn read_clock(&mut self) -> Moment {
        self.now = self.clock.now();
        self.now
    }

    /// On whose behalf it happens.
    #[must_use]
    pub fn by(&self) -> &'c By {
        self.by
    }

    /// Where it was asked for.
    #[must_use]
    pub fn client(&self) -> &'c Client {
        &self.by.client
    }

    /// An event of this change; whom it happened to is left to say.
    #[must_use]
    pub fn event(&self, kind: EventKind) -> NewEvent<'c> {
        self.by.event(kind)
    }

    /// Notes an event. It counts in the figures and raises its alarm where its kind does.
    pub fn note(&mut self, event: &NewEvent<'_>) -> QueryResult<()> {
        NewEvent::insert_all(self.connection, std::slice::from_ref(event), self.now)?;
        if let Some(kind) = counted_as(event.kind) {
            self.consequences.count(kind, 1);
        }
        self.consequences.raise(Alarm::of(event, self.now));
        Ok(())
    }

    /// Ends a session whose row this transaction has locked. Where it had ended before, no row
    /// changes, and this node learns of it. Returns whether it ended now.
    pub fn end(&mut self, session: &Session, reason: EndReason) -> QueryResult<bool> {
        let now = self.now;
        if !session.mark_ended(self.connection, reason, self.by.actor_id, now)? {
            self.learn_ended(session);
            return Ok(false);
        }
        let word = reason.as_str();
        blacklist_current(self.connection, session.id, &session.current_jti, word, now)?;
        let until = session.access_until.and_utc();
        let revocation = Revocation::session(self.connection, &session.sid, until, reason, now)?;
        self.consequences.revoke(revocation);
        self.note(&NewEvent {
            user_id: Some(session.user_id),
            sid: Some(&session.sid),
            jti: Some(&session.current_jti),
            reason: Some(word),
            ..self.event(EventKind::SessionEnded)
        })?;
        Ok(true)
    }

    /// Ends the session `sid` of this user; returns whether it ended now, or `None` when there
    /// is no such session.
    pub fn end_by_sid(
        &mut self,
        sid: &str,
        user_id: i64,
        reason: EndReason,
    ) -> QueryResult<Option<bool>> {
        match Session::lock(self.connection, sid)? {
            Some(session) if session.user_id == user_id => self.end(&session, reason).map(Some),
            _ => Ok(None),
        }
    }

    /// Has this node refuse a session that had ended before: another process, or a commit whose
    /// answer was lost, may have ended it.
    pub fn learn_ended(&mut self, session: &Session) {
        self.learn(&session.sid, session.access_until.and_utc());
    }

    /// Has this node refuse the access tokens of a session, of which the last one expires at
    /// `access_until`. No row changes.
    pub fn learn(&mut self, sid: &str, access_until: Moment) {
        let revocation = Revocation::of_session(sid, access_until);
        self.consequences.revoke(revocation);
    }

    /// Refuses every token of a generation below `floor`; `reason` is for the audit log.
    pub fn refuse_everything(&mut self, floor: i64, reason: &str) -> QueryResult<()> {
        let detail = json!({ "generation": floor }).to_string();
        self.note(&NewEvent {
            reason: Some(reason),
            detail: Some(&detail),
            ..self.event(EventKind::EverythingRevoked)
        })?;
        let revocation = Revocation::everything(self.connection, floor, self.now)?;
        self.consequences.revoke(revocation);
        Ok(())
    }

    /// Refuses every token that the key `kid` has signed or will sign.
    pub fn refuse_key(&mut self, kid: &str) -> QueryResult<()> {
        let detail = json!({ "kid": kid }).to_string();
        self.note(&NewEvent {
            reason: Some(EndReason::Revoked.as_str()),
            detail: Some(&detail),
            ..self.event(EventKind::KeyRevoked)
        })?;
        let revocation = Revocation::key(self.connection, kid, self.now)?;
        self.consequences.revoke(revocation);
        Ok(())
    }

    /// Makes `successor` the current token of a session, which counts as a refresh; returns
    /// `false`, and nothing changes, when its current token is another by now.
    pub fn rotate(&mut self, session: &Session, successor: &Advance<'_>) -> QueryResult<bool> {
        let rotated = session.advance(self.connection, successor)?;
        let count = usize::from(rotated);
        self.consequences.count(Kind::Refreshed, count);
        Ok(rotated)
    }

    /// A superseded token is answered again, of which the audit log tells later.
    pub fn repeat(&mut self, repeat: Repeat) {
        self.consequences.count(Kind::RefreshRepeated, 1);
        self.consequences.repeat(repeat);
    }

    /// What must follow from the change once it has committed.
    pub fn into_consequences(self) -> Consequences {
        self.consequences
    }
}
