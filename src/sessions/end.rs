//! Ending a session: once, with its reason, its revocation and its event in the same
//! transaction.

use diesel::QueryResult;

use super::By;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::blacklisted_token::blacklist_current;
use crate::models::event::{EventKind, NewEvent};
use crate::models::outstanding_token::OutstandingToken;
use crate::models::revocation::Revocation;
use crate::models::session::Session;
use crate::rotation::EndReason;
use crate::tokens::RefreshToken;

/// A session that has ended. The node adds the revocation to its set once the transaction
/// has committed, before it answers.
#[derive(Clone, Debug)]
pub struct EndedSession {
    /// Whose it was.
    pub user_id: i64,
    /// What the set must learn, also where the session had ended before: another process or
    /// a lost commit may have ended it.
    pub revocation: Revocation,
    /// Whether this transaction ended it.
    pub was_live: bool,
}

impl EndedSession {
    /// One that had ended before.
    pub(super) fn before(session: &Session) -> Self {
        Self {
            user_id: session.user_id,
            revocation: Revocation::of_session(&session.sid, session.access_until.and_utc()),
            was_live: false,
        }
    }
}

/// Ends a session whose row this transaction has locked; nothing changes where it had ended
/// before.
pub fn end_session(
    connection: &mut AnyConnection,
    session: &Session,
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedSession> {
    let access_until = session.access_until.and_utc();
    if !session.end(connection, reason, by.actor_id, now)? {
        return Ok(EndedSession::before(session));
    }
    blacklist_current(
        connection,
        session.id,
        &session.current_jti,
        reason.as_str(),
        now,
    )?;
    let revocation = Revocation::session(connection, &session.sid, access_until, reason, now)?;
    NewEvent {
        user_id: Some(session.user_id),
        sid: Some(&session.sid),
        jti: Some(&session.current_jti),
        reason: Some(reason.as_str()),
        ..by.event(EventKind::SessionEnded)
    }
    .insert(connection, now)?;
    Ok(EndedSession {
        user_id: session.user_id,
        revocation,
        was_live: true,
    })
}

/// Ends the session `sid` of this user. `None` when there is no such session.
pub fn end_by_sid(
    connection: &mut AnyConnection,
    sid: &str,
    user_id: i64,
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<Option<EndedSession>> {
    match Session::lock(connection, sid)? {
        Some(session) if session.user_id == user_id => {
            end_session(connection, &session, reason, by, now).map(Some)
        }
        _ => Ok(None),
    }
}

/// The session of a refresh token: by its claim, or by its row for tokens that simplejwt
/// issued.
pub(super) fn sid_of(
    connection: &mut AnyConnection,
    token: &RefreshToken,
) -> QueryResult<Option<String>> {
    match token.sid {
        Some(sid) => Ok(Some(sid.simple().to_string())),
        None => OutstandingToken::sid(connection, &token.jti, token.user_id),
    }
}
