//! Sessions as an operator looks at them: with whose they are, and what became of them.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::revocation::Standing;
use crate::schema::{sessions, users};

/// A session, all that is known of it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
#[expect(
    missing_docs,
    reason = "the columns of `sessions`; the migration documents them"
)]
pub struct SessionRow {
    pub id: i64,
    pub sid: String,
    pub user_id: i64,
    pub current_jti: String,
    pub generation: i64,
    pub token_count: i64,
    pub created_at: NaiveDateTime,
    pub last_seen_at: NaiveDateTime,
    pub ip: Option<String>,
    pub user_agent: String,
    pub last_ip: Option<String>,
    pub last_user_agent: String,
    pub expires_at: NaiveDateTime,
    pub absolute_expires_at: NaiveDateTime,
    pub ended_at: Option<NaiveDateTime>,
    pub end_reason: Option<String>,
    pub ended_by: Option<i64>,
}

/// What became of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its current token refreshes.
    Live,
    /// It was ended.
    Ended,
    /// Its current refresh token has expired.
    Expired,
    /// It is refused although its row does not say that it ended: everything was revoked a
    /// moment ago, or its user may have no sessions.
    Refused,
}

impl State {
    /// In a word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ended => "ended",
            Self::Expired => "expired",
            Self::Refused => "refused",
        }
    }
}

/// A session and whose it is.
#[derive(Clone, Debug)]
pub struct ListedSession {
    /// The session.
    pub row: SessionRow,
    /// The address of its user.
    pub email: String,
    /// What became of it.
    pub state: State,
}

/// Which sessions are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Those of one user.
    pub user_id: Option<i64>,
    /// Those that are over as well.
    pub ended: bool,
    /// How many at most.
    pub limit: i64,
}

type Found = (SessionRow, String, bool, i64);

impl ListedSession {
    /// The newest sessions that are wanted, the newest first.
    pub fn newest(
        connection: &mut AnyConnection,
        wanted: Wanted,
        now: Moment,
    ) -> QueryResult<Vec<Self>> {
        let standing = Standing::read(connection)?;
        let mut query = sessions::table
            .inner_join(users::table)
            .select((
                SessionRow::as_select(),
                users::email,
                users::is_active,
                users::generation,
            ))
            .order((sessions::created_at.desc(), sessions::id.desc()))
            .limit(wanted.limit)
            .into_boxed();
        if let Some(user_id) = wanted.user_id {
            query = query.filter(sessions::user_id.eq(user_id));
        }
        if !wanted.ended {
            query = query
                .filter(sessions::ended_at.is_null())
                .filter(sessions::expires_at.gt(now.naive_utc()))
                .filter(sessions::generation.ge(standing.floor))
                .filter(sessions::generation.eq(users::generation))
                .filter(users::is_active.eq(true));
        }
        let found: Vec<Found> = query.load(connection)?;
        let listed = found
            .into_iter()
            .map(|found| Self::of(found, &standing, now));
        Ok(listed.collect())
    }

    /// The session `sid`.
    pub fn find(
        connection: &mut AnyConnection,
        sid: &str,
        now: Moment,
    ) -> QueryResult<Option<Self>> {
        let standing = Standing::read(connection)?;
        let found: Option<Found> = sessions::table
            .inner_join(users::table)
            .filter(sessions::sid.eq(sid))
            .select((
                SessionRow::as_select(),
                users::email,
                users::is_active,
                users::generation,
            ))
            .first(connection)
            .optional()?;
        Ok(found.map(|found| Self::of(found, &standing, now)))
    }

    fn of((row, email, is_active, generation): Found, standing: &Standing, now: Moment) -> Self {
        let state = if row.ended_at.is_some() {
            State::Ended
        } else if row.expires_at <= now.naive_utc() {
            State::Expired
        } else if row.generation < standing.floor || row.generation != generation || !is_active {
            State::Refused
        } else {
            State::Live
        };
        Self { row, email, state }
    }
}

/// How many sessions have not ended by their rows, expired ones included: of one user, or of
/// everybody.
pub fn count_not_ended(connection: &mut AnyConnection, user_id: Option<i64>) -> QueryResult<i64> {
    let mut query = sessions::table
        .filter(sessions::ended_at.is_null())
        .into_boxed();
    if let Some(user_id) = user_id {
        query = query.filter(sessions::user_id.eq(user_id));
    }
    query.count().get_result(connection)
}
