//! People who can log in: Django's `AbstractUser`, with log-in by e-mail.

mod email_key;
mod rekey;
mod taken;

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::{self, AnyConnection};
use crate::email::{KEY_VERSION, Keys};
use crate::schema::users;

pub use rekey::{Colliding, collisions, renew_keys};

/// A row of `users`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// Primary key, never reused.
    pub id: i64,
    /// The address as it is stored, see [`crate::email::normalize`].
    pub email: String,
    /// Django's encoding of the password's hash.
    pub password: String,
    /// Given name, may be empty.
    pub first_name: String,
    /// Family name, may be empty.
    pub last_name: String,
    /// Whether the user may log in at all.
    pub is_active: bool,
    /// Whether the admin lets the user in.
    pub is_staff: bool,
    /// Whether the user may do everything in the admin.
    pub is_superuser: bool,
    /// Rises with every "end everything of this user".
    pub generation: i64,
    /// A JSON object that goes into access tokens.
    pub claims: String,
    /// When the account was made, in UTC.
    pub date_joined: NaiveDateTime,
    /// When it last logged in, in UTC.
    pub last_login: Option<NaiveDateTime>,
}

/// A user to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The address, normalized.
    pub email: String,
    /// The encoded hash.
    pub password: String,
    /// Given name, may be empty.
    pub first_name: String,
    /// Family name, may be empty.
    pub last_name: String,
    /// Whether the admin lets the user in.
    pub is_staff: bool,
    /// Whether the user may do everything in the admin.
    pub is_superuser: bool,
}

impl NewUser {
    /// Stores the user. A second one under the same address is a unique violation, after
    /// which the transaction must be rolled back.
    pub fn insert(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<User> {
        let keys = Keys::of(&self.email);
        taken::refuse_taken(connection, &keys, None)?;
        let id: i64 = diesel::insert_into(users::table)
            .values((
                users::email.eq(&self.email),
                users::email_key.eq(&keys.current),
                users::email_key_version.eq(KEY_VERSION),
                users::password.eq(&self.password),
                users::first_name.eq(&self.first_name),
                users::last_name.eq(&self.last_name),
                users::is_staff.eq(self.is_staff),
                users::is_superuser.eq(self.is_superuser),
                users::date_joined.eq(now.naive_utc()),
            ))
            .returning(users::id)
            .get_result(connection)?;
        User::find(connection, id)?.ok_or(diesel::NotFound)
    }
}

impl User {
    /// The user with this primary key.
    pub fn find(connection: &mut AnyConnection, id: i64) -> QueryResult<Option<Self>> {
        users::table
            .filter(users::id.eq(id))
            .select(Self::as_select())
            .first(connection)
            .optional()
    }

    /// The addresses of the users of these primary keys, a thousand at most, by key.
    pub fn emails(
        connection: &mut AnyConnection,
        ids: &[i64],
    ) -> QueryResult<HashMap<i64, String>> {
        let found: Vec<(i64, String)> = users::table
            .filter(users::id.eq_any(ids))
            .select((users::id, users::email))
            .load(connection)?;
        Ok(found.into_iter().collect())
    }

    /// Up to `limit` users, the newest first.
    pub fn newest(connection: &mut AnyConnection, limit: i64) -> QueryResult<Vec<Self>> {
        users::table
            .order((users::date_joined.desc(), users::id.desc()))
            .limit(limit)
            .select(Self::as_select())
            .load(connection)
    }

    /// Whether there is an active superuser.
    pub fn any_superuser(connection: &mut AnyConnection) -> QueryResult<bool> {
        let found: Option<i64> = users::table
            .filter(users::is_superuser.eq(true).and(users::is_active.eq(true)))
            .select(users::id)
            .first(connection)
            .optional()?;
        Ok(found.is_some())
    }

    /// Whether the admin lets this user in.
    #[must_use]
    pub fn may_operate(&self) -> bool {
        self.is_active && (self.is_staff || self.is_superuser)
    }

    /// The generation of the operator who makes something that acts later; `None` where no
    /// operator makes it.
    pub fn generation_of(
        connection: &mut AnyConnection,
        operator_id: Option<i64>,
    ) -> QueryResult<Option<i64>> {
        let operator = match operator_id {
            Some(id) => Self::find(connection, id)?,
            None => None,
        };
        Ok(operator.map(|operator| operator.generation))
    }

    /// Whether what an operator of this `generation` has made may still act: the operator may
    /// operate, is of the same generation, and that is not below the `floor`. What no operator
    /// has made may.
    pub fn stands_for(
        connection: &mut AnyConnection,
        operator_id: Option<i64>,
        generation: Option<i64>,
        floor: i64,
    ) -> QueryResult<bool> {
        let Some(id) = operator_id else {
            return Ok(true);
        };
        let operator = Self::find(connection, id)?.filter(Self::may_operate);
        Ok(operator.is_some_and(|operator| {
            Some(operator.generation) == generation && operator.generation >= floor
        }))
    }

    /// Locks the row of this user and those of all active superusers until the transaction
    /// ends, and says how many superusers there are.
    pub fn lock_with_superusers(connection: &mut AnyConnection, id: i64) -> QueryResult<usize> {
        let locked = db::lock_with_superusers(connection, id)?;
        Ok(locked.into_iter().filter(|superuser| *superuser).count())
    }

    /// Whether this user is the only active superuser. Until the transaction ends, both this
    /// row and every superuser stay as they are.
    pub fn is_last_superuser(connection: &mut AnyConnection, id: i64) -> QueryResult<bool> {
        let superusers = Self::lock_with_superusers(connection, id)?;
        let user = Self::find(connection, id)?;
        Ok(superusers == 1 && user.is_some_and(|user| user.is_superuser && user.is_active))
    }

    /// Stores the names as they are in `self`; says whether there is such a user.
    pub fn store_names(&self, connection: &mut AnyConnection) -> QueryResult<bool> {
        diesel::update(users::table.filter(users::id.eq(self.id)))
            .set((
                users::first_name.eq(&self.first_name),
                users::last_name.eq(&self.last_name),
            ))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Notes a log-in at `now`, and with it a new hash where there is one. It changes
    /// nothing and says `false` unless hash, `is_active` and generation are still those
    /// that `self` was read with: a log-in that raced a password change loses.
    pub fn record_log_in(
        &self,
        connection: &mut AnyConnection,
        new_hash: Option<&str>,
        now: Moment,
    ) -> QueryResult<bool> {
        let unchanged = users::table.filter(
            users::id
                .eq(self.id)
                .and(users::password.eq(&self.password))
                .and(users::is_active.eq(true))
                .and(users::generation.eq(self.generation)),
        );
        diesel::update(unchanged)
            .set((
                users::last_login.eq(now.naive_utc()),
                users::password.eq(new_hash.unwrap_or(&self.password)),
            ))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Locks the user's row until the transaction ends, and says whether there is one.
    pub fn lock(connection: &mut AnyConnection, id: i64) -> QueryResult<bool> {
        // An update that changes nothing locks on both backends, and lets rows that refer
        // to the user be inserted meanwhile.
        diesel::update(users::table.filter(users::id.eq(id)))
            .set(users::generation.eq(users::generation))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Lets the user log in, or no more; says whether that is new. `false` where it was so
    /// before, and where there is no such user.
    pub fn set_active(connection: &mut AnyConnection, id: i64, active: bool) -> QueryResult<bool> {
        let other = users::table.filter(users::id.eq(id).and(users::is_active.ne(active)));
        diesel::update(other)
            .set(users::is_active.eq(active))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Lets the admin in or not, and lets do everything there or not; says whether there is
    /// such a user.
    pub fn set_role(
        connection: &mut AnyConnection,
        id: i64,
        is_staff: bool,
        is_superuser: bool,
    ) -> QueryResult<bool> {
        diesel::update(users::table.filter(users::id.eq(id)))
            .set((
                users::is_staff.eq(is_staff),
                users::is_superuser.eq(is_superuser),
            ))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Stores other claims, if they are still `before`; says whether they were.
    pub fn set_claims(
        connection: &mut AnyConnection,
        id: i64,
        before: &str,
        claims: &str,
    ) -> QueryResult<bool> {
        let unchanged = users::table.filter(users::id.eq(id).and(users::claims.eq(before)));
        diesel::update(unchanged)
            .set(users::claims.eq(claims))
            .execute(connection)
            .map(|changed| changed == 1)
    }

    /// Deletes the user, and with it sessions, tokens and links; says whether there was one.
    pub fn delete(connection: &mut AnyConnection, id: i64) -> QueryResult<bool> {
        let deleted = diesel::delete(users::table.filter(users::id.eq(id))).execute(connection)?;
        rekey::settle_keys(connection)?;
        Ok(deleted == 1)
    }

    /// The highest generation that any user has; 0 when there is none.
    pub fn highest_generation(connection: &mut AnyConnection) -> QueryResult<i64> {
        let highest: Option<i64> = users::table
            .select(diesel::dsl::max(users::generation))
            .get_result(connection)?;
        Ok(highest.unwrap_or(0))
    }

    /// Raises the generation, so that every token handed out before is refused. Answers the
    /// new one, or `None` when the user is gone.
    pub fn raise_generation(connection: &mut AnyConnection, id: i64) -> QueryResult<Option<i64>> {
        diesel::update(users::table.filter(users::id.eq(id)))
            .set(users::generation.eq(users::generation + 1))
            .returning(users::generation)
            .get_result(connection)
            .optional()
    }

    /// Raises the generation to `floor` where it is lower, below which everybody's tokens
    /// are refused; answers what it is then. The transaction has locked the row.
    pub fn lift_generation(&self, connection: &mut AnyConnection, floor: i64) -> QueryResult<i64> {
        if self.generation >= floor {
            return Ok(self.generation);
        }
        diesel::update(users::table.filter(users::id.eq(self.id)))
            .set(users::generation.eq(floor))
            .returning(users::generation)
            .get_result(connection)
    }

    /// Stores a new hash and raises the generation, so that every token handed out before
    /// is refused. Answers the new generation, or `None` when the user is gone.
    pub fn set_password(
        connection: &mut AnyConnection,
        id: i64,
        hash: &str,
    ) -> QueryResult<Option<i64>> {
        diesel::update(users::table.filter(users::id.eq(id)))
            .set((
                users::password.eq(hash),
                users::generation.eq(users::generation + 1),
            ))
            .returning(users::generation)
            .get_result(connection)
            .optional()
    }
}
