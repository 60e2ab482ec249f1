//! A log-out ends the session of either token.

use diesel::QueryResult;

use super::{Client, EndedByToken, EndedSession, Policy, end_by_refresh_token, end_by_sid};
use crate::clock::{Clock, from_seconds};
use crate::db::AnyConnection;
use crate::models::revocation::Revocation;
use crate::models::user::User;
use crate::rotation::EndReason;
use crate::tokens::{AccessToken, RefreshToken};

/// What a log-out did.
#[derive(Clone, Debug, Default)]
pub struct LoggedOut {
    /// The address of whom it logged out; `None` when neither token was of a live session.
    pub email: Option<String>,
    /// The session of the access token.
    pub by_access: Option<EndedSession>,
    /// The session of the refresh token.
    pub by_refresh: Option<EndedByToken>,
}

/// Ends the sessions of a verified access token and of a verified refresh token. The access
/// token is refused from now on whatever the database says of its session. The refresh token
/// comes first: where it is reuse, the session ends as that.
pub fn log_out(
    connection: &mut AnyConnection,
    policy: &Policy,
    access: Option<&AccessToken>,
    refresh: Option<&RefreshToken>,
    client: &Client,
    clock: &Clock,
) -> QueryResult<LoggedOut> {
    let reason = EndReason::LoggedOut;
    let mut done = LoggedOut::default();
    lock_users(connection, access, refresh)?;
    if let Some(refresh) = refresh {
        done.by_refresh = end_by_refresh_token(connection, policy, refresh, reason, client, clock)?;
    }
    if let Some(access) = access {
        let (sid, by) = (access.sid.simple().to_string(), client.by());
        let ended = end_by_sid(connection, &sid, access.user_id, reason, by, clock.now())?;
        done.by_access = Some(ended.unwrap_or_else(|| EndedSession {
            user_id: access.user_id,
            revocation: Revocation::of_session(&sid, from_seconds(access.exp)),
            was_live: false,
        }));
        done.email = Some(access.email.clone());
    } else if let Some(ended) = &done.by_refresh
        && ended.session.was_live
    {
        let user = User::find(connection, ended.session.user_id)?;
        done.email = user.map(|user| user.email);
    }
    Ok(done)
}

/// Whoever locks two sessions locks their users before, in the order of their keys: else two
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
