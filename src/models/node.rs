//! The servers that work on one database.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Timestamp};

use crate::db::AnyConnection;
use crate::schema::nodes;

/// A row of `nodes`. Times are the database's, in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = nodes)]
pub struct Node {
    /// Its name among the others.
    pub name: String,
    /// Which version of Frontgate it runs.
    pub version: String,
    /// Since when it serves.
    pub started_at: NaiveDateTime,
    /// When it last said so.
    pub last_seen_at: NaiveDateTime,
    /// When its last good look at the revocations began, as it was at `last_seen_at`.
    pub fresh_at: Option<NaiveDateTime>,
}

impl Node {
    /// Every node that has been seen within a day and did not say good-bye, by name.
    pub fn all(connection: &mut AnyConnection) -> QueryResult<Vec<Self>> {
        nodes::table
            .order(nodes::name)
            .select(Self::as_select())
            .load(connection)
    }

    /// Stores the row, or renews the one of this name; one statement.
    pub fn report(&self, agreement: &Agreement, connection: &mut AnyConnection) -> QueryResult<()> {
        let written = diesel::sql_query(
            "INSERT INTO nodes (name, version, started_at, last_seen_at, fresh_at, key_id, settings_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO UPDATE SET \
             version = excluded.version, started_at = excluded.started_at, \
             last_seen_at = excluded.last_seen_at, fresh_at = excluded.fresh_at, \
             key_id = excluded.key_id, settings_id = excluded.settings_id",
        )
        .bind::<Text, _>(&self.name)
        .bind::<Text, _>(&self.version)
        .bind::<Timestamp, _>(self.started_at)
        .bind::<Timestamp, _>(self.last_seen_at)
        .bind::<Nullable<Timestamp>, _>(self.fresh_at)
        .bind::<Text, _>(&agreement.key_id)
        .bind::<Text, _>(&agreement.settings_id)
        .execute(connection)?;
        if written == 1 {
            Ok(())
        } else {
            Err(diesel::NotFound)
        }
    }

    /// Every node that has been seen since, by name, with what it must have alike.
    pub fn seen_since(
        connection: &mut AnyConnection,
        since: NaiveDateTime,
    ) -> QueryResult<Vec<Peer>> {
        nodes::table
            .filter(nodes::last_seen_at.gt(since))
            .order(nodes::name)
            .select(Peer::as_select())
            .load(connection)
    }

    /// Removes the row, unless another server has taken the name over; says whether it did.
    pub fn remove(&self, connection: &mut AnyConnection) -> QueryResult<bool> {
        let own = nodes::table
            .filter(nodes::name.eq(&self.name))
            .filter(nodes::started_at.eq(self.started_at));
        diesel::delete(own)
            .execute(connection)
            .map(|removed| removed == 1)
    }
}

/// What all servers of a database must have alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The id of the key that signs.
    pub key_id: String,
    /// A hash of settings.
    pub settings_id: String,
}

/// A server, and what it has told of what must be alike; `None` from a version that did not.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = nodes)]
pub struct Peer {
    /// Its name among the others.
    pub name: String,
    /// Since when it serves.
    pub started_at: NaiveDateTime,
    /// The id of the key that it signs with.
    pub key_id: Option<String>,
    /// The hash of its settings.
    pub settings_id: Option<String>,
}
