//! Sessions as an operator looks at them: with whose they are, and what became of them.

mod filter;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::revocation::Standing;
use crate::rotation::Life;
use crate::schema::{sessions, users};

pub use crate::rotation::State;
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
        let life = Life {
            ended: row.ended_at.is_some(),
            expires_at: row.expires_at.and_utc(),
            generation: row.generation,
            user_generation: is_active.then_some(generation),
            floor,
            key_is_refused: false,
        };
        let state = life.state(now.and_utc());
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
