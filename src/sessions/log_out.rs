//! A log-out ends the session of either token.

use diesel::QueryResult;

use super::{Change, Policy, end_by_refresh_token};
use crate::clock::from_seconds;
use crate::db::AnyConnection;
use crate::models::user::User;
use crate::rotation::EndReason;
use crate::tokens::{AccessToken, RefreshToken};

/// Ends the sessions of a verified access token and of a verified refresh token. The access
/// token is refused from now on, even where the database has no such session. The refresh token
/// comes first: where it is reuse, the session ends as that. Returns the address of the user
/// who was logged out, or `None` when neither token was of a live session.
pub fn log_out(
    change: &mut Change<'_>,
    policy: &Policy,
    access: Option<&AccessToken>,
    refresh: Option<&RefreshToken>,
) -> QueryResult<Option<String>> {
    let reason = EndReason::LoggedOut;
    lock_users(change.connection, access, refresh)?;
    let ended = match refresh {
        Some(refresh) => end_by_refresh_token(change, policy, refresh, reason)?,
        None => false,
    };
    if let Some(access) = access {
        let sid = access.sid.simple().to_string();
        if change.end_by_sid(&sid, access.user_id, reason)?.is_none() {
            change.learn(&sid, from_seconds(access.exp));
        }
        return Ok(Some(access.email.clone()));
    }
    match refresh.filter(|_| ended) {
        Some(refresh) => {
            let user = User::find(change.connection, refresh.user_id)?;
            Ok(user.map(|user| user.email))
        }
        None => Ok(None),
    }
}

/// A change that locks two sessions locks their users before, in the order of their keys: else two
/// log-outs with each other's cookies, or one and the end of all sessions of a user, would
/// wait for each other for ever. The one session that a browser normally has needs nothing.
fn lock_users(
    connection: &mut AnyConnection,
    access: Option<&AccessToken>,
    refresh: Option<&RefreshToken>,
) -> QueryResult<()> {
    let (Some(access), Some(refresh)) = (access, refresh) else {
        return Ok(());
    };
    if refresh.sid == Some(access.sid) {
        return Ok(());
    }
    let mut ids = [access.user_id, refresh.user_id];
    ids.sort_unstable();
    for id in ids {
        // One that is gone has taken its sessions along.
        User::lock(connection, id)?;
    }
    Ok(())
}
