//! Outstanding tokens that no longer refresh, as simplejwt's `BlacklistedToken`.

use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::schema::{blacklisted_tokens, outstanding_tokens};

/// Why a rotated token is blacklisted; the other reasons are those that end sessions.
pub const ROTATED: &str = "rotated";

/// Blacklists a token.
pub fn blacklist(
    connection: &mut AnyConnection,
    token_id: i64,
    reason: &str,
    now: Moment,
) -> QueryResult<()> {
    let inserted = diesel::insert_into(blacklisted_tokens::table)
        .values((
            blacklisted_tokens::token_id.eq(token_id),
            blacklisted_tokens::blacklisted_at.eq(now.naive_utc()),
            blacklisted_tokens::reason.eq(reason),
        ))
        .execute(connection)?;
    if inserted == 1 {
        Ok(())
    } else {
        Err(diesel::NotFound)
    }
}

/// Blacklists the token of this session and `jti` where its row is there and it is not
/// blacklisted yet.
pub(crate) fn blacklist_current(
    connection: &mut AnyConnection,
    session_id: i64,
    jti: &str,
    reason: &str,
    now: Moment,
) -> QueryResult<()> {
    let token: Option<i64> = outstanding_tokens::table
        .left_join(blacklisted_tokens::table)
        .filter(outstanding_tokens::session_id.eq(session_id))
        .filter(outstanding_tokens::jti.eq(jti))
        .filter(blacklisted_tokens::id.nullable().is_null())
        .select(outstanding_tokens::id)
        .first(connection)
        .optional()?;
    token.map_or(Ok(()), |id| blacklist(connection, id, reason, now))
}
