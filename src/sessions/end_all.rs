//! Ending many sessions of one user at once, in a fixed number of statements for each
//! thousand of them.

use diesel::QueryResult;

use super::By;
use super::end::end_by_sid;
use crate::clock::Moment;
use crate::db::{self, AnyConnection};
use crate::models::admin_session::AdminSession;
use crate::models::bulk_end::{self, Ended};
use crate::models::event::{EventKind, NewEvent};
use crate::models::revocation::{Revocation, kept_until};
use crate::models::user::User;
use crate::rotation::EndReason;

/// Sessions that have ended. The node adds the revocations to its set once the transaction
/// has committed, before it answers.
#[derive(Clone, Debug, Default)]
pub struct EndedAll {
    /// How many ended.
    pub sessions: usize,
    /// What the set must learn.
    pub revocations: Vec<Revocation>,
}

/// Ends every session of a user, those in the admin too: the generation rises, so that every
/// token handed out before is refused, and a log-in that is under way loses.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn end_all(
    connection: &mut AnyConnection,
    user_id: i64,
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    let generation = User::raise_generation(connection, user_id)?.ok_or(diesel::NotFound)?;
    end_below(connection, user_id, generation, reason, by, now)
}

/// Ends every session of a user but `kept`. Its tokens stay good.
pub fn end_others(
    connection: &mut AnyConnection,
    user_id: i64,
    kept: &str,
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    // A log-in locks the user as well: what it opens is there to be ended, or newer.
    User::lock(connection, user_id)?;
    let ended = bulk_end::end_of_user(connection, user_id, Some(kept), reason, by.actor_id, now)?;
    revoke_each(connection, &ended, reason, by, now)
}

/// What sessions that ended leave behind, with a revocation for each.
fn revoke_each(
    connection: &mut AnyConnection,
    ended: &[Ended],
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    blacklist_and_note(connection, ended, reason, by, now)?;
    let until = ended.iter().map(|session| session.access_until).max();
    let until = until.map_or(now, |until| kept_until(until.and_utc()));
    Ok(EndedAll {
        sessions: ended.len(),
        revocations: bulk_end::revoke(connection, ended, until, reason, now)?,
    })
}

/// Ends those of these sessions, a thousand at most, that have not ended and that nobody else
/// has locked at this moment: whoever waits for one session while it holds others could wait
/// for ever. What is left over is for [`super::end_session`], one in a transaction.
pub fn end_unlocked(
    connection: &mut AnyConnection,
    ids: &[i64],
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    let locked = db::lock_open_sessions(connection, ids)?;
    let ended = bulk_end::end(connection, &locked, reason, by.actor_id, now)?;
    revoke_each(connection, &ended, reason, by, now)
}

/// Ends every session of a user whose generation has just become `generation`. The session
/// `own`, of the browser that is about to get a new one, ends as replaced.
pub(super) fn end_all_but_anew(
    connection: &mut AnyConnection,
    user_id: i64,
    own: Option<&str>,
    generation: i64,
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    let replaced = match own {
        Some(sid) => {
            let reason = EndReason::Replaced;
            end_by_sid(connection, sid, user_id, reason, by, now)?
        }
        None => None,
    };
    let mut ended = end_below(connection, user_id, generation, reason, by, now)?;
    if let Some(replaced) = replaced {
        ended.sessions += usize::from(replaced.was_live);
        ended.revocations.push(replaced.revocation);
    }
    Ok(ended)
}

/// Ends the sessions of a user whose generation has just become `generation`, those in the
/// admin too.
fn end_below(
    connection: &mut AnyConnection,
    user_id: i64,
    generation: i64,
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    // They are of the generation before as well, and would be refused with the next request.
    AdminSession::end_all(connection, user_id)?;
    let ended = bulk_end::end_of_user(connection, user_id, None, reason, by.actor_id, now)?;
    blacklist_and_note(connection, &ended, reason, by, now)?;
    let revocation = match ended.iter().map(|session| session.access_until).max() {
        Some(until) => Some(Revocation::user(
            connection,
            user_id,
            generation,
            until.and_utc(),
            reason,
            now,
        )?),
        None => None,
    };
    Ok(EndedAll {
        sessions: ended.len(),
        revocations: revocation.into_iter().collect(),
    })
}

/// What each session that ended leaves behind, whatever revokes it.
pub fn blacklist_and_note(
    connection: &mut AnyConnection,
    ended: &[Ended],
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<()> {
    bulk_end::blacklist(connection, ended, reason, now)?;
    let event = NewEvent {
        reason: Some(reason.as_str()),
        ..by.event(EventKind::SessionEnded)
    };
    bulk_end::note(connection, ended, &event, now)
}
