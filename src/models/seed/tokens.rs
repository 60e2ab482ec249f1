//! Refresh tokens: of each session a chain, all of which but the last were rotated away.

use diesel::prelude::*;

use super::facts::{REFRESH, facts, jti};
use super::{SPAN, Size, least, scattered};
use crate::db::{AnyConnection, Dialect};

/// How many rows were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokensMade {
    /// Refresh tokens.
    pub outstanding: usize,
    /// Those of them that no longer refresh.
    pub blacklisted: usize,
}

/// Makes all tokens of the sessions from `first` to `last`; `made` were made before.
pub fn insert_tokens(
    connection: &mut AnyConnection,
    size: &Size,
    range: (i64, i64),
    made: usize,
) -> QueryResult<TokensMade> {
    let dialect = Dialect::of(connection);
    let facts = facts(dialect, size, range);
    let each = format!(
        "facts JOIN {} ON n.i < facts.tokens",
        dialect.numbers("n", 0, 63)
    );
    let id = format!("{made} + row_number() OVER (ORDER BY facts.i, n.i)");
    let used = "n.i < facts.tokens - 1";
    let created = "(created + n.i * step)";
    let next = "(created + (n.i + 1) * step)";
    let expires = least(
        &format!("({created} + {REFRESH})"),
        &format!("(created + {SPAN})"),
    );
    let outstanding = diesel::sql_query(format!(
        "INSERT INTO outstanding_tokens (id, user_id, session_id, jti, parent_id, sequence, created_at, \
         expires_at, used_at, used_ip, used_user_agent) {facts} \
         SELECT id, user_id, session, jti, CASE WHEN sequence > 0 THEN id - 1 END, sequence, \
         created_at, expires_at, used_at, used_ip, used_user_agent FROM \
         (SELECT {id} AS id, user_id, facts.i AS session, {jti} AS jti, n.i AS sequence, \
         {created_at} AS created_at, {expires_at} AS expires_at, CASE WHEN {used} THEN {used_at} END AS used_at, \
         CASE WHEN {used} THEN CASE WHEN {home} < 8 THEN ip ELSE last_ip END END AS used_ip, \
         CASE WHEN {used} THEN agent END AS used_user_agent FROM {each}) AS chain ORDER BY id",
        jti = jti(dialect, "n.i"),
        created_at = dialect.moment(created),
        expires_at = dialect.moment(&expires),
        used_at = dialect.moment(next),
        home = scattered("facts.i * 64 + n.i", 11, "10"),
    ))
    .execute(connection)?;
    let blacklisted = diesel::sql_query(format!(
        "INSERT INTO blacklisted_tokens (token_id, blacklisted_at, reason) {facts} \
         SELECT id, {at}, reason FROM (SELECT {id} AS id, CASE WHEN {used} THEN {next} ELSE ended END AS at, \
         CASE WHEN {used} THEN 'rotated' ELSE reason END AS reason FROM {each}) AS chain \
         WHERE at IS NOT NULL ORDER BY id",
        at = dialect.moment("at"),
    ))
    .execute(connection)?;
    Ok(TokensMade {
        outstanding,
        blacklisted,
    })
}
