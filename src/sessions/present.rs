//! Presenting a refresh token: what it means is decided here for every view that reads one.
//!
//! **The rule.** A verified refresh token is judged by [`decide`], whichever view it comes
//! to. A superseded one after the grace is reuse: its session ends as `reuse_detected`, with
//! the event and the alarm, and never for the reason that the view would have given. Within
//! the grace it counts as a retry, and an alarm is raised where it comes from another place.
//! What the view answers is its own affair: a log-out has logged out either way.

use diesel::QueryResult;

use super::end::{end_session, sid_of};
use super::follower::note_follower;
use super::{Client, EndedSession, Policy};
use crate::alarms::Alarm;
use crate::clock::{Clock, Moment};
use crate::db::AnyConnection;
use crate::models::event::{EventKind, NewEvent};
use crate::models::outstanding_token::OutstandingToken;
use crate::models::revocation::Standing;
use crate::models::session::Session;
use crate::models::user::User;
use crate::rotation::{Decision, EndReason, Presented, SessionState, decide};
use crate::tokens::RefreshToken;

/// A session that the presentation of one of its refresh tokens has ended.
#[must_use = "the node must refuse the session, and the operators be told"]
#[derive(Clone, Debug)]
pub struct EndedByToken {
    /// The session.
    pub session: EndedSession,
    /// Whether that was because the token had been superseded.
    pub reuse: bool,
    /// The alarm: about the reuse, or that two places hold the session.
    pub alarm: Option<Box<Alarm>>,
}

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
    /// When the row was locked: the grace of a rotation begins when it happens, not when its
    /// request began to wait.
    pub(super) now: Moment,
}

/// Locks the session of a verified refresh token and decides what the token means. `None`
/// when its user has no such session.
pub(super) fn present<'a>(
    connection: &mut AnyConnection,
    policy: &Policy,
    token: &'a RefreshToken,
    clock: &Clock,
) -> QueryResult<Option<PresentedToken<'a>>> {
    let Some(sid) = sid_of(connection, token)? else {
        return Ok(None);
    };
    let Some(session) =
        Session::lock(connection, &sid)?.filter(|session| session.user_id == token.user_id)
    else {
        return Ok(None);
    };
    let now = clock.now();
    let user = User::find(connection, session.user_id)?;
    let standing = Standing::read(connection)?;
    let row = OutstandingToken::find(connection, session.id, &token.jti)?;
    let state = SessionState {
        current_jti: session.current_jti.clone(),
        ended: session.ended_for(),
        expires_at: session.expires_at.and_utc(),
        user_may: user.as_ref().is_some_and(|user| {
            user.is_active
                && user.generation == session.generation
                && session.generation >= standing.floor
                && !standing.keys.contains(&policy.key_id)
        }),
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
        now,
    }))
}

/// Ends the session of a verified refresh token, because its person logs out or logs in
/// again (`reason`), or as reuse. `None` when there is no such session.
pub fn end_by_refresh_token(
    connection: &mut AnyConnection,
    policy: &Policy,
    token: &RefreshToken,
    reason: EndReason,
    client: &Client,
    clock: &Clock,
) -> QueryResult<Option<EndedByToken>> {
    let Some(presented) = present(connection, policy, token, clock)? else {
        return Ok(None);
    };
    presented.end(connection, reason, client).map(Some)
}

/// Ends the session of a verified refresh token if presenting it is reuse, and otherwise
/// changes nothing: for requests that another token authenticates and that carry this one
/// along.
pub fn end_if_reused(
    connection: &mut AnyConnection,
    policy: &Policy,
    token: &RefreshToken,
    client: &Client,
    clock: &Clock,
) -> QueryResult<Option<EndedByToken>> {
    match present(connection, policy, token, clock)? {
        Some(presented) if presented.decision == Decision::Reuse => {
            presented.end_for_reuse(connection, client).map(Some)
        }
        _ => Ok(None),
    }
}

impl PresentedToken<'_> {
    /// Ends the session for `reason`, unless the presentation is reuse: then for that.
    fn end(
        &self,
        connection: &mut AnyConnection,
        reason: EndReason,
        client: &Client,
    ) -> QueryResult<EndedByToken> {
        let alarm = match self.decision {
            Decision::Reuse => return self.end_for_reuse(connection, client),
            Decision::Repeat => self.note_follower(connection, client)?,
            Decision::Rotate | Decision::Refuse => None,
        };
        let by = client.by();
        Ok(EndedByToken {
            session: end_session(connection, &self.session, reason, by, self.now)?,
            reuse: false,
            alarm,
        })
    }

    /// Ends the session as reuse, with the event of who presented the token and from where.
    pub(super) fn end_for_reuse(
        &self,
        connection: &mut AnyConnection,
        client: &Client,
    ) -> QueryResult<EndedByToken> {
        let event = self.event(EventKind::ReuseDetected, client);
        event.insert(connection, self.now)?;
        let (reason, by) = (EndReason::ReuseDetected, client.by());
        let session = end_session(connection, &self.session, reason, by, self.now)?;
        if !session.was_live {
            return Err(diesel::NotFound);
        }
        tracing::warn!(
            user_id = session.user_id,
            "a superseded refresh token was used again: its session was ended"
        );
        Ok(EndedByToken {
            session,
            reuse: true,
            alarm: Alarm::of(&event, self.now).map(Box::new),
        })
    }

    /// Notes an alarm when the token, superseded within the grace, comes from another place
    /// than the one that had it rotated.
    pub(super) fn note_follower(
        &self,
        connection: &mut AnyConnection,
        client: &Client,
    ) -> QueryResult<Option<Box<Alarm>>> {
        let Some(superseded) = &self.row else {
            return Ok(None);
        };
        let alarm = note_follower(connection, &self.session, superseded, client, self.now)?;
        if alarm.is_some() {
            tracing::warn!(
                user_id = self.session.user_id,
                "the successors of a session are claimed from two places: two may hold it"
            );
        }
        Ok(alarm.map(Box::new))
    }

    /// An event about this token.
    pub(super) fn event<'e>(&'e self, kind: EventKind, client: &'e Client) -> NewEvent<'e> {
        NewEvent {
            user_id: Some(self.session.user_id),
            sid: Some(&self.session.sid),
            jti: Some(self.jti),
            ..client.event(kind)
        }
    }
}
