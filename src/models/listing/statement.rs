//! The SQL that reads one chunk of a listing.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamp};

use super::condition::Test;
use super::cursor::time_of;
use super::{Bound, Condition, Listing, Order, Place};
use crate::db::{self, AnyConnection};

/// A row of a chunk: one that is looked for, or the chunk's last.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub(super) struct ChunkRow {
    /// The primary key.
    #[diesel(sql_type = BigInt)]
    pub(super) id: i64,
    /// What the listing is ordered by, where that is a time.
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub(super) key: Option<NaiveDateTime>,
    /// When the row is from.
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub(super) at: Option<NaiveDateTime>,
    /// Its number in the chunk, from 1 on.
    #[diesel(sql_type = BigInt)]
    pub(super) number: i64,
    /// Whether the further conditions hold.
    #[diesel(sql_type = Bool)]
    pub(super) wanted: bool,
}

/// Which rows of a listing are read next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    /// Those beyond this place.
    pub(super) from: Option<Place>,
    /// Beyond is towards older rows.
    pub(super) older: bool,
    /// The chunk is so many rows of the driver.
    pub(super) size: usize,
    /// So many rows are enough.
    pub(super) enough: usize,
}

impl Chunk {
    /// Reads it: the rows that are looked for, in the order in which they are passed, and
    /// the last one of the chunk unless there were enough before it.
    pub(super) fn read(
        self,
        connection: &mut AnyConnection,
        listing: &Listing,
    ) -> QueryResult<Vec<ChunkRow>> {
        let mut statement = Statement::new(connection);
        statement.chunk(listing, self);
        statement.load(connection)
    }
}

/// A statement that is being written.
struct Statement {
    sql: String,
    values: Vec<Bound>,
    fragments: db::Fragments,
}

impl Statement {
    fn new(connection: &AnyConnection) -> Self {
        Self {
            sql: String::new(),
            values: Vec::new(),
            fragments: db::Fragments::of(connection),
        }
    }

    /// The inner query walks the index, and its LIMIT keeps planners from doing anything
    /// else. Its rows are numbered and the last one is marked, so that the next chunk can
    /// begin there although it may not be wanted. Numbers stand in the text: they are ours,
    /// and a planner believes a limit that it can see.
    fn chunk(&mut self, listing: &Listing, chunk: Chunk) {
        let order = in_words(listing.driver.order, chunk.older);
        let key = match listing.driver.order {
            Order::Id => "NULL",
            Order::Time(column) => column,
        };
        self.add("SELECT id, key, at, number, wanted FROM (SELECT c.id AS id, ");
        self.add(&format!(
            "{key} AS key, {} AS at, row_number() OVER w AS number, ",
            listing.time
        ));
        self.add("lead(c.id) OVER w IS NULL AS last, COALESCE(");
        self.all(&listing.further);
        self.add(", false) AS wanted FROM (");
        self.rows(listing, chunk, &order);
        self.add(&format!(") c WINDOW w AS (ORDER BY {order})) r "));
        self.add(&format!(
            "WHERE wanted OR last ORDER BY number LIMIT {}",
            chunk.enough
        ));
    }

    /// The driver's rows. Each of several alternatives is a walk of its own, and the first
    /// of all their rows are the first of each.
    fn rows(&mut self, listing: &Listing, chunk: Chunk, order: &str) {
        let driver = &listing.driver;
        if driver.any_of.is_empty() {
            self.walk(listing, None, chunk, order);
            return;
        }
        self.add("SELECT * FROM (");
        for (index, alternative) in driver.any_of.iter().enumerate() {
            let before = if index == 0 { "" } else { " UNION ALL " };
            self.add(&format!("{before}SELECT * FROM ("));
            self.walk(listing, Some(alternative), chunk, order);
            self.add(&format!(") a{index}"));
        }
        self.add(&format!(") u ORDER BY {order} LIMIT {}", chunk.size));
    }

    fn walk(
        &mut self,
        listing: &Listing,
        alternative: Option<&Condition>,
        chunk: Chunk,
        order: &str,
    ) {
        self.add(&format!("SELECT * FROM {} WHERE ", listing.table));
        self.all(listing.driver.conditions.iter().chain(alternative));
        if let Some(place) = chunk.from {
            let beyond = if chunk.older { '<' } else { '>' };
            if let (Order::Time(column), Some(time)) = (listing.driver.order, time_of(&place)) {
                self.add(&format!(" AND ({column}, id) {beyond} ("));
                self.bind(&Bound::Time(time));
                self.add(", ");
                self.bind(&Bound::Number(place.id));
                self.add(")");
            } else {
                self.add(&format!(" AND id {beyond} "));
                self.bind(&Bound::Number(place.id));
            }
        }
        self.add(&format!(" ORDER BY {order} LIMIT {}", chunk.size));
    }

    fn all<'a>(&mut self, conditions: impl IntoIterator<Item = &'a Condition>) {
        let mut any = false;
        for condition in conditions {
            self.add(if any { " AND (" } else { "(" });
            self.condition(condition);
            self.add(")");
            any = true;
        }
        if !any {
            self.add("1 = 1");
        }
    }

    fn condition(&mut self, condition: &Condition) {
        let text = match condition.test {
            Test::Sql(sql) => sql.to_owned(),
            Test::Compares(column, how) => format!("{column} {how} ?"),
            Test::OneOf(column) => {
                let values = vec!["?"; condition.values.len()];
                format!("{column} IN ({})", values.join(", "))
            }
            Test::InNetwork(column) => self.fragments.in_network(column),
            Test::Contains(column) => self.fragments.contains(column),
            Test::AnyContains(columns) => columns
                .map(|column| self.fragments.contains(column))
                .join(" OR "),
        };
        let mut values = condition.values.iter();
        for (index, part) in text.split('?').enumerate() {
            if index > 0
                && let Some(value) = values.next()
            {
                self.bind(value);
            }
            self.add(part);
        }
    }

    /// Both databases take `$1`; SQLite numbers names in the order in which they appear, so
    /// each is written when its value is added.
    fn bind(&mut self, value: &Bound) {
        self.values.push(value.clone());
        self.add(&format!("${}", self.values.len()));
    }

    fn add(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    fn load(self, connection: &mut AnyConnection) -> QueryResult<Vec<ChunkRow>> {
        let mut query = diesel::sql_query(self.sql).into_boxed();
        for value in self.values {
            query = match value {
                Bound::Number(number) => query.bind::<BigInt, _>(number),
                Bound::Text(text) => query.bind::<Text, _>(text),
                Bound::Time(time) => query.bind::<Timestamp, _>(time),
            };
        }
        query.load(connection)
    }
}

fn in_words(by: Order, older: bool) -> String {
    let way = if older { "DESC" } else { "ASC" };
    match by {
        Order::Id => format!("id {way}"),
        Order::Time(column) => format!("{column} {way}, id {way}"),
    }
}
