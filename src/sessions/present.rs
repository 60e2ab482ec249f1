//! Presenting a refresh token: what it means is decided here for every view that reads one.
//!
//! **The rule.** A verified refresh token is judged by [`decide`], whichever view it comes
//! to. A superseded one after the grace is reuse: its session ends as `reuse_detected`, with
//! the event and the alarm, and never for the reason that the view would have given. Within
//! the grace it counts as a retry, and an alarm is raised where it comes from another place.
//! What the view answers is its own affair: a log-out has logged out either way.

use diesel::QueryResult;

use super::follower::note_follower;
use super::{Change, Policy};
use crate::db::AnyConnection;
use crate::models::event::{EventKind, NewEvent};
use crate::models::outstanding_token::OutstandingToken;
use crate::models::revocation::Standing;
use crate::models::session::Session;
use crate::models::user::User;
use crate::rotation::{Decision, EndReason, Presented, SessionState, decide};
use crate::tokens::RefreshToken;

/// A verified refresh token, its session, whose row this transaction has locked, and what
/// the presentation means.
pub(super) struct PresentedToken<'a> {
    pub(super) jti: &'a str,
    pub(super) session: Session,
    /// `None` when the user is gone.
    pub(super) user: Option<User>,
    /// `None` when the token's row has been removed.
    pub(super) row: Option<OutstandingToken>,
    pub(super) decision: Decision,
}

/// Locks the session of a verified refresh token and decides what the token means. `None`
/// when its user has no such session.
pub(super) fn present<'a>(
    change: &mut Change<'_>,
    policy: &Policy,
    token: &'a RefreshToken,
) -> QueryResult<Option<PresentedToken<'a>>> {
    let connection = &mut *change.connection;
    let Some(sid) = sid_of(connection, token)? else {
        return Ok(None);
    };
    let Some(session) =
        Session::lock(connection, &sid)?.filter(|session| session.user_id == token.user_id)
    else {
        return Ok(None);
    };
    // The grace of a rotation begins when it happens, not when its request began to wait.
    let now = change.read_clock();
    let connection = &mut *change.connection;
    let user = User::find(connection, session.user_id)?;
    let standing = Standing::read(connection)?;
    let row = OutstandingToken::find(connection, session.id, &token.jti)?;
    let state = SessionState {
        current_jti: session.current_jti.clone(),
        life: session.life(user.as_ref(), &standing, Some(&policy.key_id)),
    };
    let presented = Presented {
        jti: &token.jti,
        superseded_at: row
            .as_ref()
            .and_then(|row| row.used_at)
            .map(|at| at.and_utc()),
    };
    let grace = policy.tokens.refresh_grace.delta();
    Ok(Some(PresentedToken {
        decision: decide(&state, &presented, now, grace),
        jti: &token.jti,
        session,
        user,
        row,
    }))
}

/// The session of a refresh token: by its claim, or by its row for tokens that simplejwt
/// issued.
fn sid_of(connection: &mut AnyConnection, token: &RefreshToken) -> QueryResult<Option<String>> {
    match token.sid {
        Some(sid) => Ok(Some(sid.simple().to_string())),
        None => OutstandingToken::sid(connection, &token.jti, token.user_id),
    }
}

/// Ends the session of a verified refresh token, because its person logs out or logs in
/// again (`reason`), or as reuse. Returns whether it ended now.
pub fn end_by_refresh_token(
    change: &mut Change<'_>,
    policy: &Policy,
    token: &RefreshToken,
    reason: EndReason,
) -> QueryResult<bool> {
    let Some(presented) = present(change, policy, token)? else {
        return Ok(false);
    };
    match presented.decision {
        Decision::Reuse => {
            presented.end_for_reuse(change)?;
            return Ok(true);
        }
        Decision::Repeat => presented.note_follower(change)?,
        Decision::Rotate | Decision::Refuse => {}
    }
    change.end(&presented.session, reason)
}

/// Ends the session of a verified refresh token if presenting it is reuse, and otherwise
/// changes nothing: for requests that another token authenticates and that carry this one
/// along. Returns whether it was.
pub fn end_if_reused(
    change: &mut Change<'_>,
    policy: &Policy,
    token: &RefreshToken,
) -> QueryResult<bool> {
    match present(change, policy, token)? {
        Some(presented) if presented.decision == Decision::Reuse => {
            presented.end_for_reuse(change)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

impl PresentedToken<'_> {
    /// Ends the session as reuse, with the event of who presented the token and from where.
    pub(super) fn end_for_reuse(&self, change: &mut Change<'_>) -> QueryResult<()> {
        let Session { user_id, sid, .. } = &self.session;
        change.note(&NewEvent {
            user_id: Some(*user_id),
            sid: Some(sid),
            jti: Some(self.jti),
            ..change.event(EventKind::ReuseDetected)
        })?;
        if !change.end(&self.session, EndReason::ReuseDetected)? {
            return Err(diesel::NotFound);
        }
        tracing::warn!(
            user_id,
            "a superseded refresh token was used again: its session was ended"
        );
        Ok(())
    }

    /// Notes an alarm when the token, superseded within the grace, comes from another place
    /// than the one that had it rotated.
    pub(super) fn note_follower(&self, change: &mut Change<'_>) -> QueryResult<()> {
        let Some(superseded) = &self.row else {
            return Ok(());
        };
        if note_follower(change, &self.session, superseded)? {
            tracing::warn!(
                user_id = self.session.user_id,
                "the successors of a session are claimed from two places: two may hold it"
            );
        }
        Ok(())
    }
}
