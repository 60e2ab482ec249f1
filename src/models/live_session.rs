//! A person's own sessions, as they are shown to them.

use std::cmp::Reverse;

use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Timestamp};

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::revocation::Standing;
use crate::models::session::lives::LIVES;
use crate::schema::sessions;

/// The most sessions that a list holds.
pub const LONGEST_LIST: i64 = 100;

/// A session that can be refreshed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct LiveSession {
    /// What tokens and URLs carry: 32 hexadecimal digits.
    pub sid: String,
    /// When it was opened, in UTC.
    pub created_at: NaiveDateTime,
    /// When it was last refreshed, in UTC.
    pub last_seen_at: NaiveDateTime,
    /// From which address that was.
    pub last_ip: Option<String>,
    /// By which browser that was.
    pub last_user_agent: String,
    /// When it ends unless it is refreshed, in UTC.
    pub expires_at: NaiveDateTime,
}

impl LiveSession {
    /// The live sessions of a user, the one last seen first: at most [`LONGEST_LIST`], and
    /// `current` among them wherever it stands. When it is not there, it does not live.
    pub fn of_user(
        connection: &mut AnyConnection,
        user_id: i64,
        current: &str,
        now: Moment,
    ) -> QueryResult<Vec<Self>> {
        let floor = Standing::read(connection)?.floor;
        let mut pieces = LIVES.split('?');
        let mut piece = || pieces.next().unwrap_or_default();
        let lives = sql::<Bool>(piece())
            .bind::<Timestamp, _>(now.naive_utc())
            .sql(piece())
            .bind::<BigInt, _>(floor)
            .sql(piece());
        let mut live: Vec<Self> = sessions::table
            .filter(sessions::user_id.eq(user_id))
            .filter(lives)
            .order((
                sessions::sid.eq(current).desc(),
                sessions::last_seen_at.desc(),
                sessions::id.desc(),
            ))
            .limit(LONGEST_LIST)
            .select(Self::as_select())
            .load(connection)?;
        // Stable: sessions of one moment stay in the order of their keys.
        live.sort_by_key(|session| Reverse(session.last_seen_at));
        Ok(live)
    }
}
