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
    pub fn report(&self, connection: &mut AnyConnection) -> QueryResult<()> {
        let written = diesel::sql_query(
            "INSERT INTO nodes (name, version, started_at, last_seen_at, fresh_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET \
             version = excluded.version, started_at = excluded.started_at, \
             last_seen_at = excluded.last_seen_at, fresh_at = excluded.fresh_at",
        )
        .bind::<Text, _>(&self.name)
        .bind::<Text, _>(&self.version)
        .bind::<Timestamp, _>(self.started_at)
        .bind::<Timestamp, _>(self.last_seen_at)
        .bind::<Nullable<Timestamp>, _>(self.fresh_at)
        .execute(connection)?;
        if written == 1 {
            Ok(())
        } else {
            Err(diesel::NotFound)
        }
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
