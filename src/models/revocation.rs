//! The feed of revocations: written in the transaction of its cause, read into memory.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::clock::{Moment, from_seconds};
use crate::db::AnyConnection;
use crate::rotation::EndReason;
use crate::schema::revocations;

/// How much longer than the last access token an entry stays, for clocks that disagree.
const MARGIN: TimeDelta = TimeDelta::minutes(5);
/// 9999-12-31T00:00:00Z: keys and everything stay revoked.
const FOR_EVER: i64 = 253_402_214_400;

/// What a revocation concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One session, by its `sid`.
    Session,
    /// A user's tokens of a lower generation.
    User,
    /// Every token that a key has signed, by its id.
    Key,
    /// Everybody's tokens of a lower generation.
    Everything,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Session, Self::User, Self::Key, Self::Everything];

    fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::User => "user",
            Self::Key => "key",
            Self::Everything => "everything",
        }
    }
}

/// A row of `revocations`.
#[derive(Clone, Debug, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = revocations)]
pub struct Revocation {
    /// Primary key; 0 for what only memory learns.
    pub id: i64,
    /// What it concerns, a word of [`Kind`].
    pub kind: String,
    /// The `sid`, the user's primary key, the key's id, or nothing.
    pub subject: String,
    /// For a user and for everything: tokens of a lower generation are refused.
    pub generation: i64,
    /// No access token that it concerns lives longer.
    pub until: NaiveDateTime,
}

/// A revocation to be written.
#[derive(Clone, Copy, Debug)]
struct NewRevocation<'a> {
    kind: Kind,
    subject: &'a str,
    generation: i64,
    until: Moment,
    reason: EndReason,
}

impl NewRevocation<'_> {
    fn insert(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<Revocation> {
        diesel::insert_into(revocations::table)
            .values((
                revocations::kind.eq(self.kind.as_str()),
                revocations::subject.eq(self.subject),
                revocations::generation.eq(self.generation),
                revocations::reason.eq(self.reason.as_str()),
                revocations::revoked_at.eq(now.naive_utc()),
                revocations::until.eq(self.until.naive_utc()),
            ))
            .returning((
                revocations::id,
                revocations::kind,
                revocations::subject,
                revocations::generation,
                revocations::until,
            ))
            .get_result(connection)
    }
}

/// Until when a revocation is kept whose last access token expires at `access_until`.
#[must_use]
pub fn kept_until(access_until: Moment) -> Moment {
    access_until + MARGIN
}

impl Revocation {
    /// What the set learns of a session that has ended already; no row is written.
    #[must_use]
    pub fn of_session(sid: &str, access_until: Moment) -> Self {
        Self {
            id: 0,
            kind: Kind::Session.as_str().to_owned(),
            subject: sid.to_owned(),
            generation: 0,
            until: kept_until(access_until).naive_utc(),
        }
    }

    /// Revokes a session whose last access token expires at `access_until`.
    pub fn session(
        connection: &mut AnyConnection,
        sid: &str,
        access_until: Moment,
        reason: EndReason,
        now: Moment,
    ) -> QueryResult<Self> {
        NewRevocation {
            kind: Kind::Session,
            subject: sid,
            generation: 0,
            until: kept_until(access_until),
            reason,
        }
        .insert(connection, now)
    }

    /// Revokes every token of a user below `generation`, of which the last access token
    /// expires at `access_until`.
    pub fn user(
        connection: &mut AnyConnection,
        user_id: i64,
        generation: i64,
        access_until: Moment,
        reason: EndReason,
        now: Moment,
    ) -> QueryResult<Self> {
        NewRevocation {
            kind: Kind::User,
            subject: &user_id.to_string(),
            generation,
            until: kept_until(access_until),
            reason,
        }
        .insert(connection, now)
    }

    /// Revokes every token that the key `kid` has signed or will sign, for ever.
    pub fn key(connection: &mut AnyConnection, kid: &str, now: Moment) -> QueryResult<Self> {
        NewRevocation {
            kind: Kind::Key,
            subject: kid,
            generation: 0,
            until: from_seconds(FOR_EVER),
            reason: EndReason::Revoked,
        }
        .insert(connection, now)
    }

    /// Revokes every token below `generation`, whosever it is, for ever.
    pub fn everything(
        connection: &mut AnyConnection,
        generation: i64,
        now: Moment,
    ) -> QueryResult<Self> {
        NewRevocation {
            kind: Kind::Everything,
            subject: "",
            generation,
            until: from_seconds(FOR_EVER),
            reason: EndReason::Revoked,
        }
        .insert(connection, now)
    }

    /// Up to `limit` revocations that may still concern a living token, those after the
    /// primary key `after`, in the order of their keys.
    pub fn live_after(
        connection: &mut AnyConnection,
        after: i64,
        limit: i64,
        now: Moment,
    ) -> QueryResult<Vec<Self>> {
        revocations::table
            .filter(revocations::id.gt(after))
            .filter(revocations::until.gt(now.naive_utc()))
            .order(revocations::id)
            .limit(limit)
            .select(Self::as_select())
            .load(connection)
    }

    /// What it concerns; `None` for a word that only a later version knows.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == self.kind)
    }
}

/// The revocations that stay for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Tokens and sessions of a lower generation are refused, whosever they are.
    pub floor: i64,
    /// Keys whose tokens are refused.
    pub keys: Vec<String>,
}

impl Standing {
    /// Reads them; one statement.
    pub fn read(connection: &mut AnyConnection) -> QueryResult<Self> {
        let rows: Vec<Revocation> = revocations::table
            // As the index has it: a bound list would not be matched with it.
            .filter(sql::<Bool>("kind IN ('everything', 'key')"))
            .select(Revocation::as_select())
            .load(connection)?;
        let mut standing = Self::default();
        for row in rows {
            match row.kind() {
                Some(Kind::Key) => standing.keys.push(row.subject),
                _ => standing.floor = standing.floor.max(row.generation),
            }
        }
        Ok(standing)
    }
}
