//! Blacklisting one refresh token, as an operator does.

use diesel::QueryResult;

use super::{By, EndedSession, end_session};
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::session::Session;
use crate::models::token_facts::TokenFacts;
use crate::rotation::EndReason;

/// What became of a refresh token that was to be blacklisted.
#[derive(Clone, Debug)]
pub enum BlacklistedToken {
    /// It was its session's current token, and the session ended with it.
    Ended(EndedSession),
    /// It was superseded: rotation has blacklisted it already, and its session goes on.
    Superseded,
    /// Its session had ended before. The node learns of it, for another process may have
    /// ended it a moment ago.
    Over(EndedSession),
}

/// Blacklists the token of this `jti`. Blacklisting a session's current token ends the
/// session, for nothing could refresh it any more; any other token refreshes nothing anyway.
/// `None` when there is no such token.
pub fn blacklist_token(
    connection: &mut AnyConnection,
    jti: &str,
    by: By<'_>,
    now: Moment,
) -> QueryResult<Option<BlacklistedToken>> {
    let Some(token) = TokenFacts::find(connection, jti)? else {
        return Ok(None);
    };
    let Some(session) = Session::lock(connection, &token.sid)? else {
        return Ok(None);
    };
    let became = if session.ended_at.is_some() {
        BlacklistedToken::Over(EndedSession::before(&session))
    } else if session.current_jti == token.jti {
        let reason = EndReason::Blacklisted;
        BlacklistedToken::Ended(end_session(connection, &session, reason, by, now)?)
    } else {
        BlacklistedToken::Superseded
    };
    Ok(Some(became))
}
