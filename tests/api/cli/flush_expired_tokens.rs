//! `flushexpiredtokens`.

use diesel::connection::SimpleConnection;

use crate::support::process::run_on;
use crate::support::{Backend, TestDatabase, assert_answer, on_both_databases, text};

/// More than two batches of 500 are past; a few rows of each kind are not.
const ROWS: &str = "
INSERT INTO users (id, email, email_key, password, date_joined)
    VALUES (1, 'ada@example.com', 'ada@example.com', '!', '2020-01-01 00:00:00');
INSERT INTO sessions (id, sid, user_id, current_jti, created_at, last_seen_at, expires_at, absolute_expires_at, access_until)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1205)
    SELECT i, 'sid' || i, 1, 'jti' || i, '2020-01-01 00:00:00', '2020-01-01 00:00:00',
        CASE WHEN i <= 1201 THEN {past} ELSE {future} END, '2020-01-01 00:00:00', '2020-01-01 00:00:00' FROM n;
INSERT INTO outstanding_tokens (user_id, session_id, jti, created_at, expires_at)
    SELECT 1, id, 'jti' || id, created_at, expires_at FROM sessions;
INSERT INTO outstanding_tokens (user_id, session_id, jti, sequence, created_at, expires_at)
    SELECT 1, id, 'old' || id, 1, created_at, {past} FROM sessions WHERE id > 1202;
INSERT INTO revocations (kind, subject, reason, revoked_at, until)
    SELECT 'session', sid, 'logged_out', created_at, expires_at FROM sessions WHERE id > 1200;
INSERT INTO one_time_tokens (token_hash, purpose, created_at, expires_at)
    SELECT {hash}, 'test', created_at, expires_at FROM sessions WHERE id > 1200;
";

on_both_databases! {
    async fn exactly_the_expired_rows_are_removed_batch_by_batch(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let (moment, hash) = match backend {
            Backend::Sqlite => ("", "CAST(sid AS BLOB)"),
            Backend::Postgres => ("TIMESTAMP ", "sid::bytea"),
        };
        let rows = ROWS
            .replace("{past}", &format!("{moment}'2020-01-08 00:00:00'"))
            .replace("{future}", &format!("{moment}'2999-01-01 00:00:00'"))
            .replace("{hash}", hash);
        database.connect().batch_execute(&rows).unwrap();
        assert_answer!("flushexpiredtokens", run_on(&database, &["flushexpiredtokens"], ""));
        let counts = ["users", "sessions", "outstanding_tokens", "revocations", "one_time_tokens"]
            .map(|table| text(&mut database.connect(), &format!("(SELECT CAST(count(*) AS TEXT) FROM {table})")));
        assert_eq!(counts, ["1", "4", "4", "4", "4"]);
        assert_answer!("flushexpiredtokens_again", run_on(&database, &["flushexpiredtokens"], ""));
    }
}
