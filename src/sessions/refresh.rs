//! `POST refresh/`: carries out what `rotation` decides, under the lock of the session's
//! row.

use diesel::result::Error as DieselError;

use super::mint::{self, NewAccess};
use super::present::{PresentedToken, present};
use super::{Change, Policy, Repeat, RepeatedToken, TokenPair};
use crate::clock::{Moment, from_seconds};
use crate::models::blacklisted_token::{ROTATED, blacklist};
use crate::models::outstanding_token::{NewOutstandingToken, OutstandingToken};
use crate::models::session::Advance;
use crate::rotation::{Decision, EndReason};
use crate::tokens::RefreshToken;

/// What became of the refresh.
#[must_use = "the tokens are answered, or the refusal"]
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// The token was current, and these are its successor: sign and answer them.
    Rotated(Box<TokenPair>),
    /// The token was superseded within the grace: this is the current one again. Sign and
    /// answer it.
    Repeated(Box<TokenPair>),
    /// Refused, and the session ended because of it.
    Reuse,
    /// Refused: the session had ended before, for this reason.
    Ended(EndReason),
    /// Refused; there is no such session, or its user may have none.
    Refused,
}

/// Refreshes with a verified token, in a request that came at `arrived`. What it returns is
/// answered only when the transaction has committed.
pub fn refresh(
    change: &mut Change<'_>,
    policy: &Policy,
    token: &RefreshToken,
    arrived: Moment,
) -> Result<Refreshed, RefreshError> {
    let Some(presented) = present(change, policy, token)? else {
        return Ok(Refreshed::Refused);
    };
    match presented.decision {
        Decision::Rotate => {
            let pair = rotate(change, policy, &presented)?;
            Ok(Refreshed::Rotated(Box::new(pair)))
        }
        Decision::Repeat => {
            let pair = repeat(change, policy, &presented, arrived)?;
            Ok(Refreshed::Repeated(Box::new(pair)))
        }
        Decision::Reuse => {
            presented.end_for_reuse(change)?;
            Ok(Refreshed::Reuse)
        }
        Decision::Refuse => Ok(match presented.session.ended_for() {
            Some(reason) => {
                change.learn_ended(&presented.session);
                Refreshed::Ended(reason)
            }
            None => Refreshed::Refused,
        }),
    }
}

/// Issues the successor of the current token and blacklists that.
fn rotate(
    change: &mut Change<'_>,
    policy: &Policy,
    presented: &PresentedToken<'_>,
) -> Result<TokenPair, RefreshError> {
    let (session, current) = (&presented.session, presented.found_row()?);
    let (client, now) = (change.client(), change.now());
    let expires_at = mint::refresh_expiry(policy, session.absolute_expires_at.and_utc(), now);
    let access_until = mint::access_expiry(policy, expires_at, now);
    let jti = mint::new_identity();
    let (ip, user_agent) = (client.ip.as_deref(), client.user_agent.as_str());
    let successor = Advance {
        jti: &jti,
        expires_at,
        access_until,
        ip,
        user_agent,
        now,
    };
    let rotated = change.rotate(session, &successor)?;
    let used = current.use_up(change.connection, ip, user_agent, now)?;
    if !(rotated && used) {
        return Err(RefreshError::LostRow);
    }
    blacklist(change.connection, current.id, ROTATED, now)?;
    let sequence = current.sequence + 1;
    NewOutstandingToken {
        user_id: session.user_id,
        session_id: session.id,
        jti: &jti,
        parent_id: Some(current.id),
        sequence,
        profile: &serde_json::to_string(&policy.profile)?,
        created_at: from_seconds(now.timestamp()),
        expires_at,
    }
    .insert(change.connection)?;
    let grace = policy.tokens.refresh_grace.delta();
    OutstandingToken::thin_out(change.connection, session.id, sequence, grace, now)?;
    pair(change, policy, presented, &jti, access_until)
}

/// Returns the current token again, and notes who asked. Nothing is written where the
/// access token expires no later than one before it.
fn repeat(
    change: &mut Change<'_>,
    policy: &Policy,
    presented: &PresentedToken<'_>,
    arrived: Moment,
) -> Result<TokenPair, RefreshError> {
    let (session, row) = (&presented.session, presented.found_row()?);
    let (client, now) = (change.client(), change.now());
    let access_until = mint::access_expiry(policy, session.expires_at.and_utc(), now);
    if access_until.naive_utc() > session.access_until
        && !session.hand_out_access(change.connection, access_until, now)?
    {
        return Err(RefreshError::LostRow);
    }
    presented.note_follower(change)?;
    let pair = pair(
        change,
        policy,
        presented,
        &session.current_jti,
        access_until,
    )?;
    let used_at = row.used_at.map(|at| at.and_utc());
    change.repeat(Repeat {
        user_id: session.user_id,
        session_id: session.id,
        sid: session.sid.clone(),
        sequence: row.sequence,
        token: RepeatedToken {
            jti: row.jti.clone(),
            ip: client.ip.clone(),
            user_agent: client.user_agent.clone(),
            at_once: used_at.is_some_and(|used_at| arrived < used_at),
        },
    });
    Ok(pair)
}

/// The refresh token `jti` as its row has it, and a fresh access token.
fn pair(
    change: &mut Change<'_>,
    policy: &Policy,
    presented: &PresentedToken<'_>,
    jti: &str,
    access_until: Moment,
) -> Result<TokenPair, RefreshError> {
    let session = &presented.session;
    let user = presented.user.as_ref().ok_or(RefreshError::LostRow)?;
    let row = OutstandingToken::find(change.connection, session.id, jti)?;
    let row = row.ok_or(RefreshError::LostRow)?;
    let access = NewAccess {
        sid: &session.sid,
        generation: session.generation,
        expires_at: access_until,
        now: change.now(),
    };
    Ok(TokenPair {
        refresh: mint::refresh_claims(&row, &session.sid, session.generation)?,
        access: access.claims(policy, user),
    })
}

impl PresentedToken<'_> {
    /// The row of a token that is current or retried: it was read to decide so.
    fn found_row(&self) -> Result<&OutstandingToken, RefreshError> {
        self.row.as_ref().ok_or(RefreshError::LostRow)
    }
}

/// A refresh could not be carried out; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// A row that this transaction has locked was not as it was read.
    #[error("a row changed under its lock")]
    LostRow,
    /// The database failed.
    #[error(transparent)]
    Query(#[from] DieselError),
    /// The profile cannot be read or written.
    #[error(transparent)]
    Profile(#[from] serde_json::Error),
}
