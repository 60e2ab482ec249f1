//! A log-in or a sign-up opens a session.

use diesel::QueryResult;
use diesel::result::Error as DieselError;

use super::mint::{self, NewAccess};
use super::{Change, Policy, TokenPair, end_by_refresh_token};
use crate::clock::from_seconds;
use crate::models::event::{EventKind, NewEvent};
use crate::models::outstanding_token::NewOutstandingToken;
use crate::models::revocation::Standing;
use crate::models::session::NewSession;
use crate::models::user::User;
use crate::rotation::EndReason;
use crate::tokens::{RefreshClaims, RefreshToken, TokenType};

/// Opens a session for a user whose password was just verified, and notes the log-in. The
/// session of the refresh cookie that came along, `previous`, ends. Returns what is to be signed.
///
/// # Errors
/// [`OpenError::UserChanged`] when hash, `is_active` or generation are no longer those
/// that the password was verified against; nothing is stored.
pub fn open_for_log_in(
    change: &mut Change<'_>,
    policy: &Policy,
    user: &User,
    new_hash: Option<&str>,
    previous: Option<&RefreshToken>,
) -> Result<TokenPair, OpenError> {
    if !user.record_log_in(change.connection, new_hash, change.now())? {
        return Err(OpenError::UserChanged);
    }
    open_noted(change, policy, user, EventKind::LoggedIn, previous)
}

/// Opens the first session of a user that this transaction has made, and notes the sign-up:
/// it is a log-in as well, and one event tells of both. The session of the refresh cookie
/// that came along, `previous`, ends. Returns what is to be signed.
pub fn open_for_sign_up(
    change: &mut Change<'_>,
    policy: &Policy,
    user: &User,
    previous: Option<&RefreshToken>,
) -> Result<TokenPair, OpenError> {
    if !user.record_log_in(change.connection, None, change.now())? {
        return Err(OpenError::UserChanged);
    }
    open_noted(change, policy, user, EventKind::SignedUp, previous)
}

fn open_noted(
    change: &mut Change<'_>,
    policy: &Policy,
    user: &User,
    kind: EventKind,
    previous: Option<&RefreshToken>,
) -> Result<TokenPair, OpenError> {
    // Only now that the user is locked.
    change.read_clock();
    let pair = open(change, policy, user)?;
    note(change, kind, None, &pair)?;
    if let Some(token) = previous {
        end_by_refresh_token(change, policy, token, EndReason::Replaced)?;
    }
    Ok(pair)
}

/// Opens the session with which a browser goes on that has just changed its user's password
/// or address, which is `why` the others end, and notes the log-in: the password was verified.
/// This transaction has locked the user.
pub fn open_anew(
    change: &mut Change<'_>,
    policy: &Policy,
    user: &User,
    why: EndReason,
) -> Result<TokenPair, OpenError> {
    let pair = open(change, policy, user)?;
    note(change, EventKind::LoggedIn, Some(why.as_str()), &pair)?;
    Ok(pair)
}

fn note(
    change: &mut Change<'_>,
    kind: EventKind,
    reason: Option<&str>,
    pair: &TokenPair,
) -> QueryResult<()> {
    change.note(&NewEvent {
        user_id: Some(pair.refresh.user_id),
        sid: Some(&pair.refresh.sid),
        jti: Some(&pair.refresh.jti),
        reason,
        ..change.event(kind)
    })
}

/// Opens a session for a user that this transaction has locked or made.
fn open(change: &mut Change<'_>, policy: &Policy, user: &User) -> Result<TokenPair, OpenError> {
    let (client, now) = (change.client(), change.now());
    let connection = &mut *change.connection;
    // Only now that the row is locked: a revocation of everything locks all users first.
    let standing = Standing::read(connection)?;
    if standing.keys.contains(&policy.key_id) {
        return Err(OpenError::KeyRevoked);
    }
    let generation = user.lift_generation(connection, standing.floor)?;
    let absolute = mint::absolute_expiry(policy, now);
    let expires_at = mint::refresh_expiry(policy, absolute, now);
    let access_until = mint::access_expiry(policy, expires_at, now);
    let sid = mint::new_identity();
    let refresh = RefreshClaims {
        token_type: TokenType::Refresh,
        exp: expires_at.timestamp(),
        iat: now.timestamp(),
        jti: mint::new_identity(),
        user_id: user.id,
        sid: sid.clone(),
        generation,
        profile: policy.profile.clone(),
    };
    let session_id = NewSession {
        sid: &sid,
        user_id: user.id,
        generation,
        current_jti: &refresh.jti,
        expires_at,
        absolute_expires_at: absolute,
        access_until,
        ip: client.ip.as_deref(),
        user_agent: &client.user_agent,
    }
    .insert(connection, now)?;
    NewOutstandingToken {
        user_id: user.id,
        session_id,
        jti: &refresh.jti,
        parent_id: None,
        sequence: 0,
        profile: &serde_json::to_string(&refresh.profile)?,
        created_at: from_seconds(refresh.iat),
        expires_at,
    }
    .insert(connection)?;
    let access = NewAccess {
        sid: &sid,
        generation,
        expires_at: access_until,
        now,
    };
    Ok(TokenPair {
        access: access.claims(policy, user),
        refresh,
    })
}

/// A session could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The user changed while the password was being verified.
    #[error("the user changed during the log-in")]
    UserChanged,
    /// The key that would sign its tokens was revoked.
    #[error("the signing key was revoked")]
    KeyRevoked,
    /// The database failed.
    #[error(transparent)]
    Query(#[from] DieselError),
    /// The profile cannot be written.
    #[error(transparent)]
    Profile(#[from] serde_json::Error),
}
