//! Ending many sessions at once, in a fixed number of statements for each thousand of them.

use diesel::QueryResult;

use super::Change;
use crate::db;
use crate::models::admin_session::AdminSession;
use crate::models::alarm::counted_as;
use crate::models::bulk_end::{self, Ended};
use crate::models::event::{EventKind, NewEvent};
use crate::models::revocation::{Revocation, Standing, kept_until};
use crate::models::user::User;
use crate::rotation::EndReason;

/// What one batch of [`Change::end_refused`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndedBatch {
    /// How many sessions it ended.
    pub sessions: usize,
    /// Where the next batch goes on; `None` when no session is left behind this one.
    pub next: Option<i64>,
}

impl Change<'_> {
    /// Ends every session of a user, those in the admin too: the generation rises, so that
    /// every token handed out before is refused, and a log-in that is under way loses. Returns
    /// how many ended, but for those in the admin.
    ///
    /// # Errors
    /// [`diesel::NotFound`] when there is no such user.
    pub fn end_all(&mut self, user_id: i64, reason: EndReason) -> QueryResult<usize> {
        let generation = User::raise_generation(self.connection, user_id)?;
        self.end_below(user_id, generation.ok_or(diesel::NotFound)?, reason)
    }

    /// Ends every session of a user whose generation has just become `generation`. The session
    /// `own`, of the browser that is about to get a new one, ends as replaced.
    pub(in crate::sessions) fn end_all_but_anew(
        &mut self,
        user_id: i64,
        own: Option<&str>,
        generation: i64,
        reason: EndReason,
    ) -> QueryResult<usize> {
        let replaced = match own {
            Some(sid) => self.end_by_sid(sid, user_id, EndReason::Replaced)?,
            None => None,
        };
        let ended = self.end_below(user_id, generation, reason)?;
        Ok(ended + usize::from(replaced == Some(true)))
    }

    /// Ends the sessions of a user whose generation has just become `generation`, those in the
    /// admin too, and refuses every token of a lower one.
    fn end_below(
        &mut self,
        user_id: i64,
        generation: i64,
        reason: EndReason,
    ) -> QueryResult<usize> {
        // They are of the generation before as well, and would be refused with the next request.
        AdminSession::end_all(self.connection, user_id)?;
        let ended = self.end_of_user(user_id, None, reason)?;
        self.leave_behind(&ended, reason)?;
        if let Some(until) = ended.iter().map(|session| session.access_until).max() {
            let (until, now) = (until.and_utc(), self.now);
            let revocation =
                Revocation::user(self.connection, user_id, generation, until, reason, now)?;
            self.consequences.revoke(revocation);
        }
        Ok(ended.len())
    }

    /// Ends every session of a user but `kept`, whose tokens stay good; returns how many ended.
    pub fn end_others(
        &mut self,
        user_id: i64,
        kept: &str,
        reason: EndReason,
    ) -> QueryResult<usize> {
        // A log-in locks the user as well: what it opens is there to be ended, or newer.
        User::lock(self.connection, user_id)?;
        let ended = self.end_of_user(user_id, Some(kept), reason)?;
        self.leave_behind(&ended, reason)?;
        self.revoke_each(&ended, reason)
    }

    /// Ends those of these sessions, a thousand at most, that have not ended and that nobody
    /// else has locked at this moment: who waits for one session while holding others could
    /// wait for ever. What is left over is for [`Self::end`], one in a transaction. Returns how
    /// many ended.
    pub fn end_unlocked(&mut self, ids: &[i64], reason: EndReason) -> QueryResult<usize> {
        let ended = self.end_those_unlocked(ids, reason)?;
        self.revoke_each(&ended, reason)
    }

    /// As [`Self::end_unlocked`], and writes no revocation that could concern no token: the
    /// purge would remove it at once, and there may be a million.
    pub fn end_unlocked_of_many(&mut self, ids: &[i64], reason: EndReason) -> QueryResult<usize> {
        let ended = self.end_those_unlocked(ids, reason)?;
        let revoked = bulk_end::revoke_living(self.connection, &ended, reason, self.now)?;
        self.consequences.revoke_all(revoked);
        Ok(ended.len())
    }

    /// Ends a batch of the sessions that a revocation of everything refuses already, those
    /// after the primary key `after`. Sessions that are being refreshed right now are passed
    /// over: [`Session::any_refused`](crate::models::session::Session::any_refused) tells
    /// whether to come back for them.
    pub fn end_refused(&mut self, after: i64) -> QueryResult<EndedBatch> {
        let (reason, by, now) = (EndReason::Revoked, self.by.actor_id, self.now);
        let floor = Standing::read(self.connection)?.floor;
        let ended = bulk_end::end_below(self.connection, floor, after, reason, by, now)?;
        self.leave_behind(&ended, reason)?;
        Ok(EndedBatch {
            sessions: ended.len(),
            next: ended.iter().map(|session| session.id).max(),
        })
    }

    fn end_of_user(
        &mut self,
        user_id: i64,
        kept: Option<&str>,
        reason: EndReason,
    ) -> QueryResult<Vec<Ended>> {
        let (by, now) = (self.by.actor_id, self.now);
        bulk_end::end_of_user(self.connection, user_id, kept, reason, by, now)
    }

    fn end_those_unlocked(&mut self, ids: &[i64], reason: EndReason) -> QueryResult<Vec<Ended>> {
        let locked = db::lock_open_sessions(self.connection, ids)?;
        let (by, now) = (self.by.actor_id, self.now);
        let ended = bulk_end::end(self.connection, &locked, reason, by, now)?;
        self.leave_behind(&ended, reason)?;
        Ok(ended)
    }

    /// Blacklists the current tokens of sessions that ended, and notes and counts each of them.
    fn leave_behind(&mut self, ended: &[Ended], reason: EndReason) -> QueryResult<()> {
        let now = self.now;
        bulk_end::blacklist(self.connection, ended, reason, now)?;
        let event = NewEvent {
            reason: Some(reason.as_str()),
            ..self.event(EventKind::SessionEnded)
        };
        bulk_end::note(self.connection, ended, &event, now)?;
        if let Some(kind) = counted_as(event.kind) {
            self.consequences.count(kind, ended.len());
        }
        Ok(())
    }

    /// Revokes each of these sessions; returns how many they are.
    fn revoke_each(&mut self, ended: &[Ended], reason: EndReason) -> QueryResult<usize> {
        let (until, now) = (
            ended.iter().map(|session| session.access_until).max(),
            self.now,
        );
        let until = until.map_or(now, |until| kept_until(until.and_utc()));
        let revoked = bulk_end::revoke(self.connection, ended, until, reason, now)?;
        self.consequences.revoke_all(revoked);
        Ok(ended.len())
    }
}
