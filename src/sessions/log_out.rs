//! A log-out ends the session of either token.

use diesel::QueryResult;

use super::{Client, EndedSession, end_by_refresh_token, end_by_sid};
use crate::clock::{Moment, from_seconds};
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
    /// What this node must refuse from now on.
    pub ended: Vec<EndedSession>,
}

/// Ends the sessions of a verified access token and of a verified refresh token. The access
/// token is refused from now on whatever the database says of its session.
pub fn log_out(
    connection: &mut AnyConnection,
    access: Option<&AccessToken>,
    refresh: Option<&RefreshToken>,
    client: &Client,
    now: Moment,
) -> QueryResult<LoggedOut> {
    let mut done = LoggedOut::default();
    lock_users(connection, access, refresh)?;
    if let Some(access) = access {
        let sid = access.sid.simple().to_string();
        let reason = EndReason::LoggedOut;
        let ended = end_by_sid(connection, &sid, access.user_id, reason, client.by(), now)?;
        done.ended.push(ended.unwrap_or_else(|| EndedSession {
            user_id: access.user_id,
            revocation: Revocation::of_session(&sid, from_seconds(access.exp)),
            was_live: false,
        }));
        done.email = Some(access.email.clone());
    }
    if let Some(refresh) = refresh {
        let reason = EndReason::LoggedOut;
        if let Some(ended) = end_by_refresh_token(connection, refresh, reason, client.by(), now)? {
            if ended.was_live && done.email.is_none() {
                let user = User::find(connection, ended.user_id)?;
                done.email = user.map(|user| user.email);
            }
            done.ended.push(ended);
        }
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
