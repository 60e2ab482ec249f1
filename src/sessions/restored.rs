//! What is refused after the database was restored from a backup.

use diesel::QueryResult;

use super::Change;
use super::everything::refuse_everything;
use crate::db;
use crate::models::admin_session::AdminSession;
use crate::models::job::Job;
use crate::models::one_time_token::OneTimeToken;

/// More than the generation of any user can have risen since the backup was made. What was
/// handed out after it is below the new floor too, though the backup does not know it. The
/// floor is no lower than the milliseconds since the epoch: the backup does not know either
/// that it was restored before, and by then with another floor.
const GENERATIONS: i64 = 1_000_000;
/// More than the users who can have signed up since the backup was made. No more than that:
/// an app may keep `user_id` in 32 bits.
const USERS: i64 = 1_000_000;
/// More than the rows that any other table can have got since the backup was made.
const ROWS: i64 = 1_000_000_000;

/// Why unfinished jobs are given up.
const JOB_ERROR: &str =
    "the database was restored from a backup; queue the job again if it is still wanted";

/// What [`revoke_after_restore`] did.
#[derive(Clone, Copy, Debug)]
pub struct Restored {
    /// The number that the next user's comes after.
    pub users_after: i64,
    /// Links that worked, and work no longer.
    pub links: usize,
    /// Operators' sessions in the admin that ended.
    pub operators: usize,
    /// Jobs that were not finished, and will not be.
    pub jobs: usize,
}

/// Makes a database that was just restored from a backup safe to serve: every token from
/// before is refused, also those that the backup does not know; links, operators' sessions
/// and unfinished jobs end, for they may have ended after the backup; and no primary key is
/// used again that was used after it. `highest_user_id` is the highest that anybody knows of.
pub fn revoke_after_restore(
    change: &mut Change<'_>,
    highest_user_id: i64,
) -> QueryResult<Restored> {
    let now = change.now();
    db::lock_users(change.connection)?;
    db::forget_transactions(change.connection)?;
    let users_after = db::skip_keys(change.connection, |table, last| match table {
        "users" => last.max(highest_user_id) + USERS,
        _ => last + ROWS,
    })?;
    let floor = |known: i64| (known + GENERATIONS).max(now.timestamp_millis());
    refuse_everything(change, floor, "restored")?;
    Ok(Restored {
        users_after,
        links: OneTimeToken::void_all(change.connection, now)?,
        operators: AdminSession::end_everybodys(change.connection)?,
        jobs: Job::give_up_unfinished(change.connection, JOB_ERROR, now)?,
    })
}
