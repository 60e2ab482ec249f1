//! Links that work once. The table holds their hash, never what the link carries.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::schema::one_time_tokens;

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Setting a password without the old one.
    PasswordReset,
    /// Making the first administrator.
    AdminSetup,
}

impl Purpose {
    /// The word that the database keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::AdminSetup => "admin_setup",
        }
    }
}

/// A row of `one_time_tokens`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = one_time_tokens)]
pub struct OneTimeToken {
    /// Primary key, never reused.
    pub id: i64,
    /// Whom it is for.
    pub user_id: Option<i64>,
    /// When it stops working.
    pub expires_at: NaiveDateTime,
}

/// A link to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewOneTimeToken<'a> {
    /// SHA-256 of what the link carries.
    pub hash: &'a [u8],
    /// What it is good for.
    pub purpose: Purpose,
    /// Whom it is for; nobody's yet where it makes a user.
    pub user_id: Option<i64>,
    /// The operator who makes it, where that is a user.
    pub created_by: Option<i64>,
    /// When it stops working.
    pub expires_at: Moment,
}

impl NewOneTimeToken<'_> {
    /// Stores it.
    pub fn insert(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<()> {
        let inserted = diesel::insert_into(one_time_tokens::table)
            .values((
                one_time_tokens::token_hash.eq(self.hash),
                one_time_tokens::purpose.eq(self.purpose.as_str()),
                one_time_tokens::user_id.eq(self.user_id),
                one_time_tokens::created_by.eq(self.created_by),
                one_time_tokens::created_at.eq(now.naive_utc()),
                one_time_tokens::expires_at.eq(self.expires_at.naive_utc()),
            ))
            .execute(connection)?;
        if inserted == 1 {
            Ok(())
        } else {
            Err(diesel::NotFound)
        }
    }
}

impl OneTimeToken {
    /// The token of this hash and purpose, while it works.
    pub fn find(
        connection: &mut AnyConnection,
        hash: &[u8],
        purpose: Purpose,
        now: Moment,
    ) -> QueryResult<Option<Self>> {
        one_time_tokens::table
            .filter(one_time_tokens::token_hash.eq(hash))
            .filter(one_time_tokens::purpose.eq(purpose.as_str()))
            .filter(one_time_tokens::used_at.is_null())
            .filter(one_time_tokens::expires_at.gt(now.naive_utc()))
            .select(Self::as_select())
            .first(connection)
            .optional()
    }

    /// Uses it up, if it still works; says whether it did. One caller wins.
    pub fn use_up(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<bool> {
        let working = one_time_tokens::table.filter(
            one_time_tokens::id
                .eq(self.id)
                .and(one_time_tokens::used_at.is_null())
                .and(one_time_tokens::expires_at.gt(now.naive_utc())),
        );
        diesel::update(working)
            .set(one_time_tokens::used_at.eq(now.naive_utc()))
            .execute(connection)
            .map(|used| used == 1)
    }

    /// Makes every token of this user and purpose useless that still works; says how many
    /// there were.
    pub fn void(
        connection: &mut AnyConnection,
        user_id: i64,
        purpose: Purpose,
        now: Moment,
    ) -> QueryResult<usize> {
        let working = one_time_tokens::table.filter(
            one_time_tokens::user_id
                .eq(user_id)
                .and(one_time_tokens::purpose.eq(purpose.as_str()))
                .and(one_time_tokens::used_at.is_null()),
        );
        diesel::update(working)
            .set(one_time_tokens::used_at.eq(now.naive_utc()))
            .execute(connection)
    }

    /// Makes every token useless that still works, of whatever purpose; returns how many.
    pub fn void_all(connection: &mut AnyConnection, now: Moment) -> QueryResult<usize> {
        diesel::update(one_time_tokens::table.filter(one_time_tokens::used_at.is_null()))
            .set(one_time_tokens::used_at.eq(now.naive_utc()))
            .execute(connection)
    }

    /// Makes every token useless that this operator has made and that still works, whomever
    /// it is for; says how many there were.
    pub fn void_made_by(
        connection: &mut AnyConnection,
        operator_id: i64,
        now: Moment,
    ) -> QueryResult<usize> {
        let working = one_time_tokens::table.filter(
            one_time_tokens::created_by
                .eq(operator_id)
                .and(one_time_tokens::used_at.is_null()),
        );
        diesel::update(working)
            .set(one_time_tokens::used_at.eq(now.naive_utc()))
            .execute(connection)
    }
}
