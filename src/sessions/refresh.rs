//! `POST refresh/`: carries out what `rotation` decides, under the lock of the session's
//! row.

use diesel::result::Error as DieselError;

use super::end::{end_session, sid_of};
use super::follower::note_follower;
use super::{Client, EndedSession, Policy, TokenPair, mint};
use crate::alarms::Alarm;
use crate::clock::{Clock, Moment, from_seconds};
use crate::db::AnyConnection;
use crate::models::blacklisted_token::{ROTATED, blacklist};
use crate::models::event::{EventKind, NewEvent};
use crate::models::outstanding_token::{NewOutstandingToken, OutstandingToken};
use crate::models::revocation::Standing;
use crate::models::session::{Advance, Session};
use crate::models::user::User;
use crate::rotation::{Decision, EndReason, Presented, SessionState, decide};
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
        /// The alarm that two may hold this session, where it was noted now.
        alarm: Option<Box<Alarm>>,
    },
    /// Refused, and the session ended because of it.
    Reuse {
        /// The session.
        ended: EndedSession,
        /// Of what the operator is told.
        alarm: Option<Box<Alarm>>,
    },
    /// Refused: the session had ended before, for this reason. The node learns of it, for
    /// another process may have ended it.
    Ended(EndedSession, EndReason),
    /// Refused; there is no such session, or its user may have none.
    Refused,
}

/// Refreshes with a verified token. The caller runs this in one write transaction and
/// answers only when that has committed.
pub fn refresh(
    connection: &mut AnyConnection,
    policy: &Policy,
    token: &RefreshToken,
    client: &Client,
    clock: &Clock,
) -> Result<Refreshed, RefreshError> {
    let Some(sid) = sid_of(connection, token)? else {
        return Ok(Refreshed::Refused);
    };
    let Some(session) =
        Session::lock(connection, &sid)?.filter(|session| session.user_id == token.user_id)
    else {
        return Ok(Refreshed::Refused);
    };
    // Only now that the row is locked: the grace of a rotation begins when it happens, not
    // when its request began to wait.
    let now = clock.now();
    let Some(user) = User::find(connection, session.user_id)? else {
        return Ok(Refreshed::Refused);
    };
    let standing = Standing::read(connection)?;
    let row = OutstandingToken::find(connection, session.id, &token.jti)?;
    let ended = session.ended_at.map(|_| {
        let word = session.end_reason.as_deref().unwrap_or_default();
        EndReason::from_word(word)
    });
    let state = SessionState {
        current_jti: session.current_jti.clone(),
        ended,
        expires_at: session.expires_at.and_utc(),
        user_may: user.is_active
            && user.generation == session.generation
            && session.generation >= standing.floor
            && !standing.keys.contains(&policy.key_id),
    };
    let presented = Presented {
        jti: &token.jti,
        superseded_at: row
            .as_ref()
            .and_then(|row| row.used_at)
            .map(|at| at.and_utc()),
    };
    let mut family = Family {
        connection,
        policy,
        session: &session,
        user: &user,
        presented: &token.jti,
        client,
        now,
    };
    match (
        decide(&state, &presented, now, policy.tokens.refresh_grace.delta()),
        row,
    ) {
        (Decision::Rotate, Some(current)) => {
            let pair = family.rotate(&current)?;
            Ok(Refreshed::Rotated(Box::new(pair)))
        }
        (Decision::Repeat, Some(superseded)) => family.repeat(&superseded),
        (Decision::Reuse, _) => family.end_for_reuse(),
        (Decision::Refuse, _) => Ok(match ended {
            Some(reason) => Refreshed::Ended(EndedSession::before(&session), reason),
            None => Refreshed::Refused,
        }),
        // The current token and a retried one have rows: they were read to decide so.
        (Decision::Rotate | Decision::Repeat, None) => Err(RefreshError::LostRow),
    }
}

struct Family<'a> {
    connection: &'a mut AnyConnection,
    policy: &'a Policy,
    session: &'a Session,
    user: &'a User,
    /// The `jti` of the token that was presented.
    presented: &'a str,
    client: &'a Client,
    now: Moment,
}

impl Family<'_> {
    /// Issues the successor of `current` and blacklists `current`.
    fn rotate(&mut self, current: &OutstandingToken) -> Result<TokenPair, RefreshError> {
        let (policy, session, now) = (self.policy, self.session, self.now);
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

    /// Answers the current token again, and notes who asked.
    fn repeat(&mut self, superseded: &OutstandingToken) -> Result<Refreshed, RefreshError> {
        let (session, now) = (self.session, self.now);
        let access_until = mint::access_expiry(self.policy, session.expires_at.and_utc(), now);
        if !session.hand_out_access(self.connection, access_until, now)? {
            return Err(RefreshError::LostRow);
        }
        self.note(EventKind::RefreshRepeated)?;
        let alarm = note_follower(self.connection, session, superseded, self.client, now)?;
        let pair = Box::new(self.pair(&session.current_jti, access_until)?);
        Ok(Refreshed::Repeated {
            pair,
            alarm: alarm.map(Box::new),
        })
    }

    fn end_for_reuse(&mut self) -> Result<Refreshed, RefreshError> {
        let alarm = self.note(EventKind::ReuseDetected)?.map(Box::new);
        let reason = EndReason::ReuseDetected;
        let ended = end_session(
            self.connection,
            self.session,
            reason,
            self.client.by(),
            self.now,
        )?;
        if !ended.was_live {
            return Err(RefreshError::LostRow);
        }
        Ok(Refreshed::Reuse { ended, alarm })
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

    fn note(&mut self, kind: EventKind) -> Result<Option<Alarm>, RefreshError> {
        let event = NewEvent {
            user_id: Some(self.session.user_id),
            sid: Some(&self.session.sid),
            jti: Some(self.presented),
            ..self.client.event(kind)
        };
        event.insert(self.connection, self.now)?;
        Ok(Alarm::of(&event, self.now))
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
