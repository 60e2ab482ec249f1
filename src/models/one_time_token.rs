//! Links that work once. The table holds their hash, never what the link carries.
//!
//! What an operator makes must not outlive what the operator may do: whoever was put out
//! would come back by it. So a link names its maker and the maker's generation, and the
//! floor below which everybody's tokens were refused when it was made. It works only while
//! all three are as they were.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::revocation::Standing;
use crate::models::user::User;
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
    /// The operator who made it.
    created_by: Option<i64>,
    /// That operator's generation at the time.
    maker_generation: Option<i64>,
    /// The floor at the time.
    floor: i64,
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
        let generation = User::generation_of(connection, self.created_by)?;
        let floor = Standing::read(connection)?.floor;
        let inserted = diesel::insert_into(one_time_tokens::table)
            .values((
                one_time_tokens::token_hash.eq(self.hash),
                one_time_tokens::purpose.eq(self.purpose.as_str()),
                one_time_tokens::user_id.eq(self.user_id),
                one_time_tokens::created_by.eq(self.created_by),
                one_time_tokens::maker_generation.eq(generation),
                one_time_tokens::floor.eq(floor),
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
        let found: Option<Self> = one_time_tokens::table
            .filter(one_time_tokens::token_hash.eq(hash))
            .filter(one_time_tokens::purpose.eq(purpose.as_str()))
            .filter(one_time_tokens::used_at.is_null())
            .filter(one_time_tokens::expires_at.gt(now.naive_utc()))
            .select(Self::as_select())
            .first(connection)
            .optional()?;
        match found {
            Some(token) if token.stands(connection)? => Ok(Some(token)),
            _ => Ok(None),
        }
    }

    /// Whether its maker may still operate, is of the same generation, and nothing was
    /// revoked from everybody since.
    fn stands(&self, connection: &mut AnyConnection) -> QueryResult<bool> {
        let floor = Standing::read(connection)?.floor;
        let maker = User::stands_for(connection, self.created_by, self.maker_generation, floor)?;
        Ok(maker && self.floor >= floor)
    }

    /// Uses it up, if it still works; says whether it did. One caller wins.
    pub fn use_up(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<bool> {
        if !self.stands(connection)? {
            return Ok(false);
        }
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
