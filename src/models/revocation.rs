//! The feed of revocations: written in the transaction of its cause, read into memory.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::rotation::EndReason;
use crate::schema::revocations;

/// How much longer than the last access token an entry stays, for clocks that disagree.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

/// What a revocation concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One session, by its `sid`.
    Session,
    /// A user's tokens of a lower generation.
    User,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::User => "user",
        }
    }
}

/// A row of `revocations`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = revocations)]
pub struct Revocation {
    /// What it concerns, a word of [`Kind`].
    pub kind: String,
    /// The `sid` or the user's primary key.
    pub subject: String,
    /// For a user: tokens of a lower generation are refused.
    pub generation: i64,
    /// No access token that it concerns lives longer.
    pub until: NaiveDateTime,
}

impl Revocation {
    /// What the set learns of a session that has ended already; no row is written.
    #[must_use]
    pub fn of_session(sid: &str, access_until: Moment) -> Self {
        Self {
            kind: Kind::Session.as_str().to_owned(),
            subject: sid.to_owned(),
            generation: 0,
            until: (access_until + MARGIN).naive_utc(),
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
        Self::insert(connection, Kind::Session, sid, 0, access_until, reason, now)
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
        let subject = user_id.to_string();
        Self::insert(
            connection,
            Kind::User,
            &subject,
            generation,
            access_until,
            reason,
            now,
        )
    }

    fn insert(
        connection: &mut AnyConnection,
        kind: Kind,
        subject: &str,
        generation: i64,
        access_until: Moment,
        reason: EndReason,
        now: Moment,
    ) -> QueryResult<Self> {
        diesel::insert_into(revocations::table)
            .values((
                revocations::kind.eq(kind.as_str()),
                revocations::subject.eq(subject),
                revocations::generation.eq(generation),
                revocations::reason.eq(reason.as_str()),
                revocations::revoked_at.eq(now.naive_utc()),
                revocations::until.eq((access_until + MARGIN).naive_utc()),
            ))
            .returning((
                revocations::kind,
                revocations::subject,
                revocations::generation,
                revocations::until,
            ))
            .get_result(connection)
    }

    /// Every revocation that may still concern a living token.
    pub fn live(connection: &mut AnyConnection, now: Moment) -> QueryResult<Vec<Self>> {
        revocations::table
            .filter(revocations::until.gt(now.naive_utc()))
            .select(Self::as_select())
            .load(connection)
    }

    /// What it concerns; `None` for a word that only a later version knows.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        [Kind::Session, Kind::User]
            .into_iter()
            .find(|kind| kind.as_str() == self.kind)
    }
}
