//! Blacklisting one refresh token, as an operator does.

use diesel::QueryResult;

use super::Change;
use crate::models::session::Session;
use crate::models::token_facts::TokenFacts;
use crate::rotation::EndReason;

/// What became of a refresh token that was to be blacklisted.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlacklistedToken {
    /// It was its session's current token, and the session ended with it.
    Ended,
    /// It was superseded: rotation has blacklisted it already, and its session goes on.
    Superseded,
    /// Its session had ended before.
    Over,
}

/// Blacklists the token of this `jti`. Blacklisting a session's current token ends the
/// session, for nothing could refresh it any more; any other token refreshes nothing anyway.
/// `None` when there is no such token.
pub fn blacklist_token(
    change: &mut Change<'_>,
    jti: &str,
) -> QueryResult<Option<BlacklistedToken>> {
    let Some(token) = TokenFacts::find(change.connection, jti)? else {
        return Ok(None);
    };
    let Some(session) = Session::lock(change.connection, &token.sid)? else {
        return Ok(None);
    };
    if session.ended_at.is_some() {
        change.learn_ended(&session);
        return Ok(Some(BlacklistedToken::Over));
    }
    if session.current_jti != token.jti {
        return Ok(Some(BlacklistedToken::Superseded));
    }
    let ended = change.end(&session, EndReason::Blacklisted)?;
    Ok(ended.then_some(BlacklistedToken::Ended))
}
