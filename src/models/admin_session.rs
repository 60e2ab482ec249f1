//! Operators who are signed in to the admin. The table holds the hash of what their cookie
//! carries, so that a stolen database signs nobody in.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::schema::admin_sessions;

/// A row of `admin_sessions`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = admin_sessions)]
pub struct AdminSession {
    /// Primary key, never reused.
    pub id: i64,
    /// Whose it is.
    pub user_id: Option<i64>,
    /// What the session remembers, a JSON object.
    pub state: String,
    /// When the operator signed in.
    pub created_at: NaiveDateTime,
    /// When it was last used, within a minute.
    pub last_seen_at: NaiveDateTime,
    /// When it ends at the latest.
    pub expires_at: NaiveDateTime,
    /// From which address the operator signed in.
    pub ip: Option<String>,
    /// By which browser.
    pub user_agent: String,
}

/// A session to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewAdminSession<'a> {
    /// SHA-256 of what the cookie carries.
    pub key_hash: &'a [u8],
    /// Whose it is.
    pub user_id: i64,
    /// What it remembers, a JSON object.
    pub state: &'a str,
    /// When it ends at the latest.
    pub expires_at: Moment,
    /// From which address.
    pub ip: Option<&'a str>,
    /// By which browser.
    pub user_agent: &'a str,
}

impl NewAdminSession<'_> {
    /// Stores it.
    pub fn insert(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<()> {
        let inserted = diesel::insert_into(admin_sessions::table)
            .values((
                admin_sessions::key_hash.eq(self.key_hash),
                admin_sessions::user_id.eq(self.user_id),
                admin_sessions::state.eq(self.state),
                admin_sessions::created_at.eq(now.naive_utc()),
                admin_sessions::last_seen_at.eq(now.naive_utc()),
                admin_sessions::expires_at.eq(self.expires_at.naive_utc()),
                admin_sessions::ip.eq(self.ip),
                admin_sessions::user_agent.eq(self.user_agent),
            ))
            .execute(connection)?;
        if inserted == 1 {
            Ok(())
        } else {
            Err(diesel::NotFound)
        }
    }
}

impl AdminSession {
    /// The session of this key that has not expired and was used after `idle_since`.
    pub fn find(
        connection: &mut AnyConnection,
        key_hash: &[u8],
        idle_since: Moment,
        now: Moment,
    ) -> QueryResult<Option<Self>> {
        admin_sessions::table
            .filter(admin_sessions::key_hash.eq(key_hash))
            .filter(admin_sessions::expires_at.gt(now.naive_utc()))
            .filter(admin_sessions::last_seen_at.gt(idle_since.naive_utc()))
            .select(Self::as_select())
            .first(connection)
            .optional()
    }

    /// The sessions of this user that may still be used, the one last used first.
    pub fn of_user(
        connection: &mut AnyConnection,
        user_id: i64,
        idle_since: Moment,
        now: Moment,
    ) -> QueryResult<Vec<Self>> {
        admin_sessions::table
            .filter(admin_sessions::user_id.eq(user_id))
            .filter(admin_sessions::expires_at.gt(now.naive_utc()))
            .filter(admin_sessions::last_seen_at.gt(idle_since.naive_utc()))
            .order((
                admin_sessions::last_seen_at.desc(),
                admin_sessions::id.desc(),
            ))
            .select(Self::as_select())
            .load(connection)
    }

    /// The sessions of this user that have not come to their end, however long ago they were
    /// used.
    pub fn unexpired(
        connection: &mut AnyConnection,
        user_id: i64,
        now: Moment,
    ) -> QueryResult<Vec<Self>> {
        admin_sessions::table
            .filter(admin_sessions::user_id.eq(user_id))
            .filter(admin_sessions::expires_at.gt(now.naive_utc()))
            .select(Self::as_select())
            .load(connection)
    }

    /// Notes that it was used; says whether it is still there.
    pub fn touch(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<bool> {
        diesel::update(admin_sessions::table.filter(admin_sessions::id.eq(self.id)))
            .set(admin_sessions::last_seen_at.eq(now.naive_utc()))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Stores what the session of this key remembers; says whether it is still there. One
    /// that was ended meanwhile does not come back.
    pub fn remember(
        connection: &mut AnyConnection,
        key_hash: &[u8],
        state: &str,
    ) -> QueryResult<bool> {
        diesel::update(admin_sessions::table.filter(admin_sessions::key_hash.eq(key_hash)))
            .set(admin_sessions::state.eq(state))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Ends the session of this key; says whether there was one.
    pub fn end(connection: &mut AnyConnection, key_hash: &[u8]) -> QueryResult<bool> {
        diesel::delete(admin_sessions::table.filter(admin_sessions::key_hash.eq(key_hash)))
            .execute(connection)
            .map(|deleted| deleted == 1)
    }

    /// Ends one session of this user; says whether there was one.
    pub fn end_of_user(connection: &mut AnyConnection, id: i64, user_id: i64) -> QueryResult<bool> {
        let own = admin_sessions::table.filter(
            admin_sessions::id
                .eq(id)
                .and(admin_sessions::user_id.eq(user_id)),
        );
        diesel::delete(own)
            .execute(connection)
            .map(|deleted| deleted == 1)
    }

    /// Ends every session of this user but the one with the primary key `kept`; says how many
    /// there were.
    pub fn end_others(
        connection: &mut AnyConnection,
        user_id: i64,
        kept: i64,
    ) -> QueryResult<usize> {
        let others = admin_sessions::table.filter(
            admin_sessions::user_id
                .eq(user_id)
                .and(admin_sessions::id.ne(kept)),
        );
        diesel::delete(others).execute(connection)
    }

    /// Ends every session of this user; says how many there were.
    pub fn end_all(connection: &mut AnyConnection, user_id: i64) -> QueryResult<usize> {
        diesel::delete(admin_sessions::table.filter(admin_sessions::user_id.eq(user_id)))
            .execute(connection)
    }

    /// Ends every session of everybody; returns how many there were.
    pub fn end_everybodys(connection: &mut AnyConnection) -> QueryResult<usize> {
        diesel::delete(admin_sessions::table).execute(connection)
    }
}
