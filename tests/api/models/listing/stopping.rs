//! A search that is stopped says how far it looked, and goes on from there.

use std::time::Duration;

use frontgate::clock::{Budget, Clock};
use frontgate::db::AnyConnection;
use frontgate::models::event_list::{EventFilter, ListedEvent};
use frontgate::models::listing::{At, Looked, Page, Place, ids, page};

use super::{insert, now};
use crate::support::{Backend, TestDatabase, on_both_databases};

/// Three thousand events, one a second; the oldest alone is for a reason.
fn three_thousand(backend: Backend) -> TestDatabase {
    let database = TestDatabase::migrated(backend);
    let rows: Vec<_> = (1..=3000)
        .map(|id| {
            let reason = if id == 1 { "'rare'" } else { "NULL" };
            format!(
                "{id}, '2026-01-01 00:{:02}:{:02}', 'logged_in', {reason}",
                id / 60,
                id % 60
            )
        })
        .collect();
    insert(
        &mut database.connect(),
        "events (id, at, kind, reason)",
        &rows,
    );
    database
}

fn rare() -> EventFilter {
    EventFilter {
        reason: Some("rare".to_owned()),
        ..EventFilter::default()
    }
}

fn stopped_at_once(connection: &mut AnyConnection, at: At) -> Page<ListedEvent> {
    page(connection, &rare(), at, 10, now(), &mut || false).unwrap()
}

on_both_databases! {
    async fn a_stopped_search_goes_on_where_it_was(backend: Backend) {
        let database = three_thousand(backend);
        let connection = &mut database.connect();
        let first = stopped_at_once(connection, At::Newest);
        assert!(first.rows.is_empty());
        let time = "2026-01-01T00:41:41".parse().unwrap();
        let place = Place { micros: Some(chrono::NaiveDateTime::and_utc(&time).timestamp_micros()), id: 2501 };
        assert_eq!(first.looked, Looked {
            rows: 500,
            back_to: Some(place),
            back_to_time: Some(time),
            complete: false,
        });
        assert_eq!((first.newer, first.older), (None, Some(place)));
        let (mut page, mut looked, mut found) = (first, 500, Vec::new());
        while let Some(older) = page.older {
            assert!(!page.looked.complete);
            page = stopped_at_once(connection, At::Older(older));
            looked += page.looked.rows;
            found.extend(page.rows.iter().map(|row| row.id));
        }
        assert!(page.looked.complete);
        assert_eq!((looked, found), (3000, vec![1]));
    }

    async fn a_search_ends_when_its_time_is_used_up(backend: Backend) {
        let database = three_thousand(backend);
        let connection = &mut database.connect();
        let clock = Clock::manual(now());
        let budget = Budget::new(&clock, Duration::from_millis(50));
        let whole = page(connection, &rare(), At::Newest, 10, now(), &mut || budget.is_left()).unwrap();
        assert_eq!((whole.rows.len(), whole.looked.rows, whole.looked.complete), (1, 3000, true));
        let mut used_up = || {
            clock.advance_uptime(Duration::from_millis(25));
            budget.is_left()
        };
        let half = page(connection, &rare(), At::Newest, 10, now(), &mut used_up).unwrap();
        // A chunk of 500 rows, and one of 1000.
        assert_eq!((half.rows.len(), half.looked.rows, half.looked.complete), (0, 1500, false));
    }

    async fn a_job_works_through_keys_in_batches(backend: Backend) {
        let database = three_thousand(backend);
        let connection = &mut database.connect();
        let (mut at, mut batches) = (At::Newest, Vec::new());
        loop {
            let batch = ids(connection, &EventFilter::default(), at, 1024, now(), &mut || true).unwrap();
            batches.push((batch.rows[0], batch.rows.len()));
            let Some(older) = batch.older else { break };
            at = At::Older(older);
        }
        assert_eq!(batches, [(3000, 1024), (1976, 1024), (952, 952)]);
    }

    async fn a_table_is_estimated_without_counting(backend: Backend) {
        let database = three_thousand(backend);
        let connection = &mut database.connect();
        assert_eq!(frontgate::db::estimated_rows(connection, "sessions").unwrap(), 0);
        diesel::connection::SimpleConnection::batch_execute(connection, "ANALYZE").unwrap();
        assert_eq!(frontgate::db::estimated_rows(connection, "events").unwrap(), 3000);
    }

    async fn a_page_of_what_is_gone_leads_back(backend: Backend) {
        let database = three_thousand(backend);
        let connection = &mut database.connect();
        let last = At::Older(Place { micros: Some(0), id: 5 });
        let empty = page(connection, &EventFilter::default(), last, 10, now(), &mut || true).unwrap();
        assert!(empty.rows.is_empty() && empty.older.is_none());
        let back = At::Newer(empty.newer.unwrap());
        let page = page(connection, &EventFilter::default(), back, 2, now(), &mut || true).unwrap();
        assert_eq!(page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [2, 1]);
    }
}
