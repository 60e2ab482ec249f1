//! Sessions: live, ended for every reason for which a row can stay, and expired.

use diesel::prelude::*;

use super::users::inactive;
use super::{ADMINISTRATOR, BUSY_USER, SPAN, Size, address, least, scattered, user_agent};
use crate::db::{AnyConnection, Dialect};

/// How long a refresh token lives: 7 days, in seconds.
pub(super) const REFRESH: i64 = 7 * 86_400;
/// How long an access token lives, in seconds.
const ACCESS: i64 = 900;
/// A session is refreshed after five minutes at the least, and six days at the most.
const STEPS: (i64, i64) = (300, 6 * 86_400 - 300);

/// Common table expressions, the last one of which, `facts`, has a row for each session from
/// `first` to `last`, with all that is computed of it: its number `i`, `user_id`, how many
/// tokens it has (`tokens`), the seconds `created`, `last_seen` and `ended` (or null), the
/// seconds from one refresh to the next (`step`), why it ended (`reason`), where it was
/// opened (`ip`, `agent`) and where it is now (`last_ip`, `last_agent`).
pub(super) fn facts(dialect: Dialect, size: &Size, (first, last): (i64, i64)) -> String {
    let (start, now) = (size.start_seconds(), size.now_seconds());
    let (sessions, average) = (size.sessions, size.tokens / size.sessions);
    let left_over = size.tokens % size.sessions;
    // Two neighbours share out what they have in common: the sum is exact, whatever each has.
    let spread = format!(
        "CASE WHEN i = {sessions} AND {sessions} % 2 = 1 THEN 0 ELSE {} END * CASE (i - 1) % 2 WHEN 0 THEN -1 ELSE 1 END",
        scattered("(i - 1) / 2", 1, &average.to_string())
    );
    let busy = size.busy_sessions();
    let every = sessions / busy;
    // A few people log in much more often than the others.
    let crowd = size.users - BUSY_USER;
    let weight = scattered("i", 2, "1000000");
    let step = least(
        &format!(
            "({} + {})",
            STEPS.0,
            scattered("i", 3, &STEPS.1.to_string())
        ),
        &format!("(({now} - created) / (tokens - 1))"),
    );
    let addresses = (sessions / 8 + 1).min(1 << 20);
    let place = |salt| scattered("i", salt, &addresses.to_string());
    format!(
        "WITH born AS MATERIALIZED (SELECT i, {start} + (i - 1) * {SPAN} / {sessions} AS created, \
         {average} + {spread} + CASE WHEN i <= {left_over} THEN 1 ELSE 0 END AS tokens, \
         CASE WHEN i % {every} = 0 AND i / {every} <= {busy} THEN {BUSY_USER} \
         WHEN {crowd} = 0 THEN {ADMINISTRATOR} \
         ELSE {BUSY_USER} + 1 + {weight} * {weight} / 1000000 * {crowd} / 1000000 END AS user_id, \
         {place} AS place, CASE WHEN {moves} < 7 THEN {place} ELSE {other_place} END AS last_place, \
         {browser} AS browser FROM {numbers}), \
         paced AS MATERIALIZED (SELECT *, CASE WHEN tokens = 1 THEN 0 ELSE {step} END AS step FROM born), \
         seen AS MATERIALIZED (SELECT *, created + (tokens - 1) * step AS last_seen FROM paced), \
         over AS MATERIALIZED (SELECT *, CASE WHEN {inactive} OR {chance} < 50 \
         THEN last_seen + {later} % ({now} - last_seen + 1) END AS ended FROM seen), \
         facts AS MATERIALIZED (SELECT *, {ip} AS ip, {last_ip} AS last_ip, {agent} AS agent, \
         CASE WHEN ended IS NULL THEN NULL WHEN {inactive} THEN 'deactivated' ELSE {reason} END AS reason FROM over)",
        place = place(4),
        other_place = place(5),
        moves = scattered("i", 6, "10"),
        browser = scattered("i", 7, "1000"),
        numbers = dialect.numbers("n", first, last),
        inactive = inactive("user_id"),
        chance = scattered("i", 8, "100"),
        later = scattered("i", 9, "86400"),
        ip = address(dialect, "place"),
        last_ip = address(dialect, "last_place"),
        agent = user_agent("browser"),
        reason = reason(&scattered("i", 10, "100")),
    )
}

/// Why a session ended, by a number from 0 to 99. Those of deleted users are gone.
fn reason(number: &str) -> String {
    format!(
        "CASE WHEN {number} < 50 THEN 'logged_out' WHEN {number} < 70 THEN 'replaced' \
         WHEN {number} < 75 THEN 'reuse_detected' WHEN {number} < 85 THEN 'password_changed' \
         WHEN {number} < 88 THEN 'deactivated' ELSE 'revoked' END"
    )
}

/// The `jti` of a session's token: `i` is the session's number, a session has 64 at most.
pub(super) fn jti(dialect: Dialect, sequence: &str) -> String {
    dialect.identity(&format!("facts.i * 64 + {sequence}"))
}

/// Makes the sessions from `first` to `last`.
pub fn insert_sessions(
    connection: &mut AnyConnection,
    size: &Size,
    range: (i64, i64),
) -> QueryResult<usize> {
    let dialect = Dialect::of(connection);
    let absolute = format!("(created + {SPAN})");
    let expires = least(&format!("(last_seen + {REFRESH})"), &absolute);
    diesel::sql_query(format!(
        "INSERT INTO sessions (id, sid, user_id, current_jti, token_count, created_at, rotated_at, \
         last_seen_at, ip, user_agent, last_ip, last_user_agent, expires_at, absolute_expires_at, \
         access_until, ended_at, end_reason, ended_by) {facts} \
         SELECT i, {sid}, user_id, {jti}, tokens, {created}, CASE WHEN tokens > 1 THEN {seen} END, \
         {seen}, ip, agent, last_ip, agent, {expires}, {absolute}, {access}, \
         CASE WHEN ended IS NOT NULL THEN {ended} END, reason, \
         CASE WHEN reason = 'revoked' AND i % 2 = 0 THEN {ADMINISTRATOR} END FROM facts ORDER BY i",
        facts = facts(dialect, size, range),
        // The numbers below nought are nobody's tokens.
        sid = dialect.identity("-i"),
        jti = jti(dialect, "tokens - 1"),
        created = dialect.moment("created"),
        seen = dialect.moment("last_seen"),
        expires = dialect.moment(&expires),
        absolute = dialect.moment(&absolute),
        access = dialect.moment(&format!("last_seen + {ACCESS}")),
        ended = dialect.moment("ended"),
    ))
    .execute(connection)
}

/// Notes when each user logged in last.
pub fn note_last_log_ins(connection: &mut AnyConnection) -> QueryResult<usize> {
    diesel::sql_query(
        "UPDATE users SET last_login = newest.at FROM \
         (SELECT user_id, max(created_at) AS at FROM sessions GROUP BY user_id) AS newest \
         WHERE newest.user_id = users.id",
    )
    .execute(connection)
}
