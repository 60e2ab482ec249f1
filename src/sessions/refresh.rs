//! `POST refresh/`: carries out what `rotation` decides, under the lock of the session's
//! row.

use diesel::result::Error as DieselError;

use super::present::{EndedByToken, PresentedToken, present};
use super::{Client, EndedSession, Policy, TokenPair, mint};
use crate::alarms::Alarm;
use crate::clock::{Clock, Moment, from_seconds};
use crate::db::AnyConnection;
use crate::models::blacklisted_token::{ROTATED, blacklist};
use crate::models::outstanding_token::{NewOutstandingToken, OutstandingToken};
use crate::models::session::{Advance, Session};
use crate::models::user::User;
use crate::rotation::{Decision, EndReason};
use crate::tokens::RefreshToken;

/// What became of the refresh.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// The token was current, and these are its successor: sign and answer them.
    Rotated(Box<TokenPair>),
    /// The token was superseded within the grace: sign and answer these.
    Repeated {
        /// The current token again.
        pair: Box<TokenPair>,
        /// What the audit log will tell of it.
        repeat: Box<Repeat>,
        /// The alarm that two may hold this session, where it was noted now.
        alarm: Option<Box<Alarm>>,
    },
    /// Refused, and the session ended because of it.
    Reuse(EndedByToken),
    /// Refused: the session had ended before, for this reason. The node learns of it, for
    /// another process may have ended it.
    Ended(EndedSession, EndReason),
    /// Refused; there is no such session, or its user may have none.
    Refused,
}

/// A superseded refresh token that was answered again within the grace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Whose session it is.
    pub user_id: i64,
    /// The session's primary key.
    pub session_id: i64,
    /// The session.
    pub sid: String,
    /// The token's place in the session.
    pub sequence: i64,
    /// The token, and from where it came.
    pub token: RepeatedToken,
}

/// The token of a [`Repeat`], and from where it came: repeats that differ in this are
/// counted apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RepeatedToken {
    /// Its `jti`.
    pub jti: String,
    /// From which address it came.
    pub ip: Option<String>,
    /// By which browser.
    pub user_agent: String,
    /// Whether its request had come before the token was superseded. Two tabs that refresh
    /// at once do that; somebody who follows a rotation comes after it.
    pub at_once: bool,
}

/// Refreshes with a verified token, in a request that came at `arrived`. The caller runs this in one write transaction and
/// answers only when that has committed.
pub fn refresh(
    connection: &mut AnyConnection,
    policy: &Policy,
    token: &RefreshToken,
    client: &Client,
    clock: &Clock,
    arrived: Moment,
) -> Result<Refreshed, RefreshError> {
    let Some(presented) = present(connection, policy, token, clock)? else {
        return Ok(Refreshed::Refused);
    };
    match presented.decision {
        Decision::Rotate => Ok(Refreshed::Rotated(Box::new(
            Family::of(connection, policy, &presented, client)?.rotate()?,
        ))),
        Decision::Repeat => Family::of(connection, policy, &presented, client)?.repeat(arrived),
        Decision::Reuse => Ok(Refreshed::Reuse(
            presented.end_for_reuse(connection, client)?,
        )),
        Decision::Refuse => Ok(match presented.session.ended_for() {
            Some(reason) => Refreshed::Ended(EndedSession::before(&presented.session), reason),
            None => Refreshed::Refused,
        }),
    }
}

/// A live session, and the token of it that was presented.
struct Family<'a> {
    connection: &'a mut AnyConnection,
    policy: &'a Policy,
    presented: &'a PresentedToken<'a>,
    session: &'a Session,
    user: &'a User,
    row: &'a OutstandingToken,
    client: &'a Client,
    now: Moment,
}

impl<'a> Family<'a> {
    /// The current token and a retried one have rows, and their session a user: they were
    /// read to decide so.
    fn of(
        connection: &'a mut AnyConnection,
        policy: &'a Policy,
        presented: &'a PresentedToken<'a>,
        client: &'a Client,
    ) -> Result<Self, RefreshError> {
        let (Some(user), Some(row)) = (&presented.user, &presented.row) else {
            return Err(RefreshError::LostRow);
        };
        Ok(Self {
            connection,
            policy,
            presented,
            session: &presented.session,
            user,
            row,
            client,
            now: presented.now,
        })
    }

    /// Issues the successor of the current token and blacklists that.
    fn rotate(&mut self) -> Result<TokenPair, RefreshError> {
        let (policy, session, current, now) = (self.policy, self.session, self.row, self.now);
        let expires_at = mint::refresh_expiry(policy, session.absolute_expires_at.and_utc(), now);
        let access_until = mint::access_expiry(policy, expires_at, now);
        let jti = mint::new_identity();
        let advanced = session.advance(
            self.connection,
            &Advance {
                jti: &jti,
                expires_at,
                access_until,
                ip: self.client.ip.as_deref(),
                user_agent: &self.client.user_agent,
                now,
            },
        )?;
        let ip = self.client.ip.as_deref();
        let used = current.use_up(self.connection, ip, &self.client.user_agent, now)?;
        if !(advanced && used) {
            return Err(RefreshError::LostRow);
        }
        blacklist(self.connection, current.id, ROTATED, now)?;
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
        .insert(self.connection)?;
        let grace = policy.tokens.refresh_grace.delta();
        OutstandingToken::thin_out(self.connection, session.id, sequence, grace, now)?;
        self.pair(&jti, access_until)
    }

    /// Answers the current token again, and tells who asked. Nothing is written where the
    /// access token expires no later than one before it.
    fn repeat(&mut self, arrived: Moment) -> Result<Refreshed, RefreshError> {
        let (session, now) = (self.session, self.now);
        let access_until = mint::access_expiry(self.policy, session.expires_at.and_utc(), now);
        if access_until.naive_utc() > session.access_until
            && !session.hand_out_access(self.connection, access_until, now)?
        {
            return Err(RefreshError::LostRow);
        }
        let alarm = self.presented.note_follower(self.connection, self.client)?;
        let pair = Box::new(self.pair(&session.current_jti, access_until)?);
        let used_at = self.row.used_at.map(|at| at.and_utc());
        let repeat = Box::new(Repeat {
            user_id: session.user_id,
            session_id: session.id,
            sid: session.sid.clone(),
            sequence: self.row.sequence,
            token: RepeatedToken {
                jti: self.row.jti.clone(),
                ip: self.client.ip.clone(),
                user_agent: self.client.user_agent.clone(),
                at_once: used_at.is_some_and(|used_at| arrived < used_at),
            },
        });
        Ok(Refreshed::Repeated {
            pair,
            repeat,
            alarm,
        })
    }

    fn pair(&mut self, jti: &str, access_until: Moment) -> Result<TokenPair, RefreshError> {
        let row = OutstandingToken::find(self.connection, self.session.id, jti)?;
        let row = row.ok_or(RefreshError::LostRow)?;
        let Session {
            sid, generation, ..
        } = self.session;
        Ok(TokenPair {
            refresh: mint::refresh_claims(&row, sid, *generation)?,
            access: mint::access_claims(
                self.policy,
                self.user,
                sid,
                *generation,
                access_until,
                self.now,
            ),
        })
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
