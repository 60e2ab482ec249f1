//! Sessions: the family of refresh tokens that descend from one log-in. The row is the
//! single point where everything about it is decided.

pub(super) mod lives;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::{self, AnyConnection};
use crate::models::revocation::Standing;
use crate::models::user::User;
use crate::rotation::{EndReason, Life};
use crate::schema::{sessions, users};

/// How many sessions one statement removes.
const REMOVED_AT_ONCE: usize = 1000;

/// A row of `sessions`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// Primary key, never reused.
    pub id: i64,
    /// Random; what tokens and URLs carry: 32 hexadecimal digits.
    pub sid: String,
    /// Whose it is.
    pub user_id: i64,
    /// The one live refresh token.
    pub current_jti: String,
    /// The user's generation when it began.
    pub generation: i64,
    /// Refresh tokens ever issued.
    pub token_count: i64,
    /// When the current refresh token expires.
    pub expires_at: NaiveDateTime,
    /// No token of it lives longer.
    pub absolute_expires_at: NaiveDateTime,
    /// The greatest `exp` of any access token handed out.
    pub access_until: NaiveDateTime,
    /// When it ended.
    pub ended_at: Option<NaiveDateTime>,
    /// Why it ended, a word of [`EndReason`].
    pub end_reason: Option<String>,
}

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// Its random identity.
    pub sid: &'a str,
    /// Whose it is.
    pub user_id: i64,
    /// The user's generation.
    pub generation: i64,
    /// Its first refresh token.
    pub current_jti: &'a str,
    /// When that expires.
    pub expires_at: Moment,
    /// When it ends at the latest.
    pub absolute_expires_at: Moment,
    /// When its first access token expires.
    pub access_until: Moment,
    /// From which address.
    pub ip: Option<&'a str>,
    /// By which browser.
    pub user_agent: &'a str,
}

impl NewSession<'_> {
    /// Stores the session and returns its primary key.
    pub fn insert(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<i64> {
        diesel::insert_into(sessions::table)
            .values((
                sessions::sid.eq(self.sid),
                sessions::user_id.eq(self.user_id),
                sessions::current_jti.eq(self.current_jti),
                sessions::generation.eq(self.generation),
                sessions::created_at.eq(now.naive_utc()),
                sessions::last_seen_at.eq(now.naive_utc()),
                sessions::ip.eq(self.ip),
                sessions::user_agent.eq(self.user_agent),
                sessions::last_ip.eq(self.ip),
                sessions::last_user_agent.eq(self.user_agent),
                sessions::expires_at.eq(self.expires_at.naive_utc()),
                sessions::absolute_expires_at.eq(self.absolute_expires_at.naive_utc()),
                sessions::access_until.eq(self.access_until.naive_utc()),
            ))
            .returning(sessions::id)
            .get_result(connection)
    }
}

impl Session {
    /// Locks the session's row until the transaction ends, and reads it.
    pub fn lock(connection: &mut AnyConnection, sid: &str) -> QueryResult<Option<Self>> {
        if !db::lock_session(connection, sid)? {
            return Ok(None);
        }
        sessions::table
            .filter(sessions::sid.eq(sid))
            .select(Self::as_select())
            .first(connection)
            .optional()
    }

    /// Why the session ended; `None` while it has not.
    #[must_use]
    pub fn ended_for(&self) -> Option<EndReason> {
        let word = self.end_reason.as_deref().unwrap_or_default();
        self.ended_at.map(|_| EndReason::from_word(word))
    }

    /// What decides whether it lives, where this is its user and this stands revoked. `key` is
    /// the one that would sign its tokens, where any are to be signed.
    #[must_use]
    pub fn life(&self, user: Option<&User>, standing: &Standing, key: Option<&String>) -> Life {
        let user = user.filter(|user| user.id == self.user_id && user.is_active);
        Life {
            ended: self.ended_at.is_some(),
            expires_at: self.expires_at.and_utc(),
            generation: self.generation,
            user_generation: user.map(|user| user.generation),
            floor: standing.floor,
            key_is_refused: key.is_some_and(|key| standing.keys.contains(key)),
        }
    }

    /// The session, and whose it is.
    pub fn find_with_user(
        connection: &mut AnyConnection,
        sid: &str,
    ) -> QueryResult<Option<(Self, User)>> {
        sessions::table
            .inner_join(users::table)
            .filter(sessions::sid.eq(sid))
            .select((Self::as_select(), User::as_select()))
            .first(connection)
            .optional()
    }

    /// Whether a session is live by its row although everything of a generation below
    /// `floor` is refused.
    pub fn any_refused(connection: &mut AnyConnection, floor: i64) -> QueryResult<bool> {
        let refused: Option<i64> = sessions::table
            .filter(sessions::generation.lt(floor))
            .filter(sessions::ended_at.is_null())
            .select(sessions::id)
            .first(connection)
            .optional()?;
        Ok(refused.is_some())
    }

    /// Whose the sessions of these primary keys are, each user once; a thousand keys at most.
    pub fn users_of(connection: &mut AnyConnection, ids: &[i64]) -> QueryResult<Vec<i64>> {
        sessions::table
            .filter(sessions::id.eq_any(ids))
            .select(sessions::user_id)
            .distinct()
            .load(connection)
    }

    /// Makes `successor` the current token, if `self.current_jti` still is and the session
    /// has not ended; says whether it did. One caller wins.
    pub fn advance(
        &self,
        connection: &mut AnyConnection,
        successor: &Advance<'_>,
    ) -> QueryResult<bool> {
        let unchanged = sessions::table.filter(
            sessions::id
                .eq(self.id)
                .and(sessions::current_jti.eq(&self.current_jti))
                .and(sessions::ended_at.is_null()),
        );
        let now = successor.now.naive_utc();
        diesel::update(unchanged)
            .set((
                sessions::current_jti.eq(successor.jti),
                sessions::token_count.eq(sessions::token_count + 1),
                sessions::rotated_at.eq(now),
                sessions::last_ip.eq(successor.ip),
                sessions::last_user_agent.eq(successor.user_agent),
                sessions::last_seen_at.eq(now),
                sessions::expires_at.eq(successor.expires_at.naive_utc()),
                sessions::access_until
                    .eq(self.access_until.max(successor.access_until.naive_utc())),
            ))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Notes that an access token was handed out that expires at `access_until`.
    pub fn hand_out_access(
        &self,
        connection: &mut AnyConnection,
        access_until: Moment,
        now: Moment,
    ) -> QueryResult<bool> {
        let live =
            sessions::table.filter(sessions::id.eq(self.id).and(sessions::ended_at.is_null()));
        diesel::update(live)
            .set((
                sessions::last_seen_at.eq(now.naive_utc()),
                sessions::access_until.eq(self.access_until.max(access_until.naive_utc())),
            ))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Marks the session as ended, unless it has ended; returns whether it did. `actor_id` is
    /// the operator, where it was one. Nothing refuses its tokens yet: `sessions::Change` ends
    /// a session with all that follows from it.
    pub(crate) fn mark_ended(
        &self,
        connection: &mut AnyConnection,
        reason: EndReason,
        actor_id: Option<i64>,
        now: Moment,
    ) -> QueryResult<bool> {
        let live =
            sessions::table.filter(sessions::id.eq(self.id).and(sessions::ended_at.is_null()));
        diesel::update(live)
            .set((
                sessions::ended_at.eq(now.naive_utc()),
                sessions::end_reason.eq(reason.as_str()),
                sessions::ended_by.eq(actor_id),
            ))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Removes every session of a user, ended or not, and its tokens with it: a thousand in a
    /// statement, so that none takes longer than statements may. Returns how many there were.
    pub(crate) fn remove_of_user(
        connection: &mut AnyConnection,
        user_id: i64,
    ) -> QueryResult<usize> {
        let ids: Vec<i64> = sessions::table
            .filter(sessions::user_id.eq(user_id))
            .order(sessions::id)
            .select(sessions::id)
            .load(connection)?;
        let mut removed = 0;
        for ids in ids.chunks(REMOVED_AT_ONCE) {
            // The purge may have been faster with some of them.
            let left = db::lock_sessions(connection, ids.to_vec())?;
            let deleted = diesel::delete(sessions::table.filter(sessions::id.eq_any(&left)))
                .execute(connection)?;
            if deleted != left.len() {
                return Err(diesel::NotFound);
            }
            removed += deleted;
        }
        Ok(removed)
    }
}

/// What a rotation writes into the session's row.
#[derive(Clone, Copy, Debug)]
pub struct Advance<'a> {
    /// The successor.
    pub jti: &'a str,
    /// When the successor expires.
    pub expires_at: Moment,
    /// When the access token handed out with it expires.
    pub access_until: Moment,
    /// From which address it was asked for.
    pub ip: Option<&'a str>,
    /// By which browser.
    pub user_agent: &'a str,
    /// When all this happens.
    pub now: Moment,
}
