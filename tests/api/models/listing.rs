//! Lists: whatever the rows and the filter, all pages together are exactly the rows that a
//! filter written in Rust chooses, in either direction, stopped or not.

mod conditions;
mod cursors;
mod drivers;
mod events;
mod plans;
mod sessions;
mod stopping;
mod tokens;
mod users;

use diesel::connection::SimpleConnection;
use frontgate::clock::Moment;
use frontgate::db::AnyConnection;
use frontgate::models::listing::{self, At, Filter, Page};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::support::TestApp;

/// The same numbers each time.
fn random() -> StdRng {
    StdRng::seed_from_u64(20_261_124)
}

fn now() -> Moment {
    TestApp::start_of_time()
}

/// One of these.
fn any<T: Copy>(random: &mut StdRng, of: &[T]) -> T {
    of[random.random_range(0..of.len())]
}

/// `value` in half of all cases.
fn maybe<T>(random: &mut StdRng, value: impl FnOnce(&mut StdRng) -> T) -> Option<T> {
    random.random_bool(0.5).then(|| value(random))
}

/// `value` in a quarter of all cases, so that most filters are of a few conditions.
fn some<T>(random: &mut StdRng, value: impl FnOnce(&mut StdRng) -> T) -> Option<T> {
    random.random_bool(0.25).then(|| value(random))
}

/// A text as SQL writes it; none is NULL.
fn quoted(text: Option<&str>) -> String {
    text.map_or("NULL".to_owned(), |text| {
        format!("'{}'", text.replace('\'', "''"))
    })
}

/// Inserts rows, each a list of SQL values.
fn insert(connection: &mut AnyConnection, into: &str, rows: &[String]) {
    for rows in rows.chunks(500) {
        let rows = rows.join("), (");
        connection
            .batch_execute(&format!("INSERT INTO {into} VALUES ({rows})"))
            .unwrap();
    }
}

/// All rows of a filter, page by page through links, stopped at random: to the oldest, and
/// from there back to the newest, which must be the same.
fn all<F: Filter>(
    connection: &mut AnyConnection,
    filter: &F,
    random: &mut StdRng,
    limit: usize,
    key: impl Fn(&F::Row) -> i64,
) -> Vec<i64> {
    let stops = random.random_bool(0.5);
    let mut turn = |at: At, random: &mut StdRng| -> (Page<F::Row>, Vec<i64>) {
        let mut still_time = || !stops || random.random_bool(0.3);
        let page = listing::page(connection, filter, at, limit, now(), &mut still_time).unwrap();
        assert!(page.rows.len() <= limit);
        let ids = page.rows.iter().map(&key).collect();
        (page, ids)
    };
    let through_a_link = |at: At| -> At {
        let text = listing::link(filter, at).unwrap().to_string();
        assert_eq!(listing::at(filter, &text), Some(at), "{text}");
        at
    };

    let (mut page, mut found) = turn(At::Newest, random);
    assert_eq!(page.newer, None);
    while let Some(older) = page.older {
        let ids;
        (page, ids) = turn(through_a_link(At::Older(older)), random);
        found.extend(ids);
    }
    assert!(page.looked.complete);

    let mut back: Vec<i64> = page.rows.iter().map(&key).collect();
    while let Some(newer) = page.newer {
        let mut ids;
        (page, ids) = turn(through_a_link(At::Newer(newer)), random);
        ids.extend(back);
        back = ids;
    }
    assert_eq!(found, back, "forth and back");
    found
}
