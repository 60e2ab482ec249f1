//! Sessions as an operator looks at them: with whose they are, and what became of them.

mod filter;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::revocation::Standing;
use crate::schema::{sessions, users};

pub use filter::{SessionFilter, SessionOrder};

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

/// A session with what its user's row says of it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct Found {
    #[diesel(embed)]
    row: SessionRow,
    #[diesel(select_expression = users::email)]
    email: String,
    #[diesel(select_expression = users::is_active)]
    is_active: bool,
    #[diesel(select_expression = users::generation)]
    generation: i64,
}

impl ListedSession {
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
            .select(Found::as_select())
            .first(connection)
            .optional()?;
        Ok(found.map(|found| Self::of(found, standing.floor, now.naive_utc())))
    }

    /// The sessions of these ids that are there, a thousand at most, in whatever order.
    pub fn of_sids(
        connection: &mut AnyConnection,
        sids: &[String],
        now: Moment,
    ) -> QueryResult<Vec<Self>> {
        let floor = Standing::read(connection)?.floor;
        let found: Vec<Found> = sessions::table
            .inner_join(users::table)
            .filter(sessions::sid.eq_any(sids))
            .select(Found::as_select())
            .load(connection)?;
        let rows = found.into_iter();
        Ok(rows
            .map(|found| Self::of(found, floor, now.naive_utc()))
            .collect())
    }

    /// [`SessionFilter`] says the same of a state in SQL.
    fn of(found: Found, floor: i64, now: NaiveDateTime) -> Self {
        let Found {
            row,
            email,
            is_active,
            generation,
        } = found;
        let state = if row.ended_at.is_some() {
            State::Ended
        } else if row.expires_at <= now {
            State::Expired
        } else if row.generation < floor || row.generation != generation || !is_active {
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

/// The same of everybody, counted as far as `most`.
pub fn count_not_ended_up_to(connection: &mut AnyConnection, most: i64) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        sessions: i64,
    }
    let counted = "SELECT COUNT(*) AS sessions FROM \
                   (SELECT 1 FROM sessions WHERE ended_at IS NULL LIMIT $1) AS open";
    let count: Count = diesel::sql_query(counted)
        .bind::<BigInt, _>(most)
        .get_result(connection)?;
    Ok(count.sessions)
}
