//! A log-in or a sign-up opens a session.

use diesel::QueryResult;
use diesel::result::Error as DieselError;

use super::{Client, EndedByToken, Policy, TokenPair, end_by_refresh_token, mint};
use crate::clock::{Clock, Moment, from_seconds};
use crate::db::AnyConnection;
use crate::models::event::{EventKind, NewEvent};
use crate::models::outstanding_token::NewOutstandingToken;
use crate::models::revocation::Standing;
use crate::models::session::NewSession;
use crate::models::user::User;
use crate::rotation::EndReason;
use crate::tokens::{RefreshClaims, RefreshToken, TokenType};

/// What a log-in did.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Sign and answer these.
    pub pair: TokenPair,
    /// The session that the new one replaces.
    pub replaced: Option<EndedByToken>,
}

/// Opens a session for a user whose password was just verified, and notes the log-in. The
/// session of the refresh cookie that came along, `previous`, ends.
///
/// # Errors
/// [`OpenError::UserChanged`] when hash, `is_active` or generation are no longer those
/// that the password was verified against; nothing is stored.
pub fn open_for_log_in(
    connection: &mut AnyConnection,
    policy: &Policy,
    user: &User,
    new_hash: Option<&str>,
    previous: Option<&RefreshToken>,
    client: &Client,
    clock: &Clock,
) -> Result<Opened, OpenError> {
    if !user.record_log_in(connection, new_hash, clock.now())? {
        return Err(OpenError::UserChanged);
    }
    let kind = EventKind::LoggedIn;
    open_noted(connection, policy, user, kind, previous, client, clock)
}

/// Opens the first session of a user that this transaction has made, and notes the sign-up:
/// it is a log-in as well, and one event tells of both. The session of the refresh cookie
/// that came along, `previous`, ends.
pub fn open_for_sign_up(
    connection: &mut AnyConnection,
    policy: &Policy,
    user: &User,
    previous: Option<&RefreshToken>,
    client: &Client,
    clock: &Clock,
) -> Result<Opened, OpenError> {
    if !user.record_log_in(connection, None, clock.now())? {
        return Err(OpenError::UserChanged);
    }
    let kind = EventKind::SignedUp;
    open_noted(connection, policy, user, kind, previous, client, clock)
}

fn open_noted(
    connection: &mut AnyConnection,
    policy: &Policy,
    user: &User,
    kind: EventKind,
    previous: Option<&RefreshToken>,
    client: &Client,
    clock: &Clock,
) -> Result<Opened, OpenError> {
    let now = clock.now();
    let pair = open(connection, policy, user, client, now)?;
    note(connection, kind, None, &pair, client, now)?;
    let replaced = match previous {
        Some(token) => {
            let reason = EndReason::Replaced;
            end_by_refresh_token(connection, policy, token, reason, client, clock)?
        }
        None => None,
    };
    Ok(Opened { pair, replaced })
}

/// Opens the session with which a browser goes on that has just changed its user's password
/// or address, which is `why` the others end, and notes the log-in: the password was verified.
/// This transaction has locked the user.
pub fn open_anew(
    connection: &mut AnyConnection,
    policy: &Policy,
    user: &User,
    why: EndReason,
    client: &Client,
    now: Moment,
) -> Result<TokenPair, OpenError> {
    let pair = open(connection, policy, user, client, now)?;
    let reason = Some(why.as_str());
    note(connection, EventKind::LoggedIn, reason, &pair, client, now)?;
    Ok(pair)
}

fn note(
    connection: &mut AnyConnection,
    kind: EventKind,
    reason: Option<&str>,
    pair: &TokenPair,
    client: &Client,
    now: Moment,
) -> QueryResult<()> {
    NewEvent {
        user_id: Some(pair.refresh.user_id),
        sid: Some(&pair.refresh.sid),
        jti: Some(&pair.refresh.jti),
        reason,
        ..client.event(kind)
    }
    .insert(connection, now)
}

/// Opens a session for a user that this transaction has locked or made.
fn open(
    connection: &mut AnyConnection,
    policy: &Policy,
    user: &User,
    client: &Client,
    now: Moment,
) -> Result<TokenPair, OpenError> {
    // Only now that the row is locked: whoever revokes everything locks all users first.
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
    let access = mint::access_claims(policy, user, &sid, generation, access_until, now);
    Ok(TokenPair { access, refresh })
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
