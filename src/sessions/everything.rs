//! Refusing everything that was ever handed out, or what one key has signed.

use diesel::QueryResult;

use super::Change;
use crate::db;
use crate::models::revocation::Standing;
use crate::models::user::User;
use crate::rotation::EndReason;

/// Refuses every token of everybody from now on, those of log-ins that are under way
/// included. It takes the same time however many sessions there are; their rows are ended
/// afterwards, with [`Change::end_refused`].
pub fn revoke_everything(change: &mut Change<'_>) -> QueryResult<()> {
    refuse_everything(change, |known| known + 1, EndReason::Revoked.as_str())
}

/// Refuses every token of a generation below `floor`, which gets the highest one that the
/// database knows; `reason` is for the audit log.
pub(super) fn refuse_everything(
    change: &mut Change<'_>,
    floor: impl FnOnce(i64) -> i64,
    reason: &str,
) -> QueryResult<()> {
    // A log-in updates its user's row before it reads what stands revoked. So once this lock
    // is had, every older log-in is visible and every later one sees the new floor.
    db::lock_users(change.connection)?;
    let standing = Standing::read(change.connection)?;
    let highest = User::highest_generation(change.connection)?;
    change.refuse_everything(floor(highest.max(standing.floor)), reason)
}

/// Refuses every token that the key `kid` has signed or will sign. Returns `false`, and nothing
/// changes, when they were refused already.
pub fn revoke_key(change: &mut Change<'_>, kid: &str) -> QueryResult<bool> {
    let standing = Standing::read(change.connection)?;
    if standing.keys.iter().any(|known| known == kid) {
        return Ok(false);
    }
    change.refuse_key(kid)?;
    Ok(true)
}
