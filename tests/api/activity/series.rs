//! From rows to series.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::connection::SimpleConnection;
use frontgate::activity::series::{Series, Span};
use frontgate::clock::Moment;
use frontgate::models::activity::Kind;
use frontgate::models::activity::Recorded;
use proptest::prelude::*;

use crate::support::{Backend, TestApp, on_both_databases};

fn moment(text: &str) -> Moment {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f")
        .unwrap()
        .and_utc()
}

fn row(starts_at: &str, kind: &str, count: i64) -> Recorded {
    Recorded {
        starts_at: moment(starts_at).naive_utc(),
        kind: kind.to_owned(),
        count,
    }
}

/// The points of a kind that are not zero.
fn counted(series: &Series, kind: Kind) -> Vec<(String, u64)> {
    let points = series.points(kind).filter(|(_, count)| *count > 0);
    points
        .map(|(start, count)| (start.naive_utc().to_string(), count))
        .collect()
}

#[test]
fn a_span_ends_with_the_minute_hour_or_day_that_is_going_on() {
    let now = moment("2026-03-01 00:30:59.5");
    for (span, first, last) in [
        (Span::Hour, "2026-02-28 23:31:00", "2026-03-01 00:30:00"),
        (Span::Day, "2026-02-28 01:00:00", "2026-03-01 00:00:00"),
        (Span::Month, "2026-01-31 00:00:00", "2026-03-01 00:00:00"),
    ] {
        let series = Series::of(span, &[], now);
        let points: Vec<_> = series.points(Kind::LoggedIn).collect();
        assert_eq!(points.len(), span.points());
        assert_eq!(points[0], (moment(first), 0), "{span:?}");
        assert_eq!(*points.last().unwrap(), (moment(last), 0), "{span:?}");
        assert_eq!(span.start(now), moment(first));
    }
}

#[test]
fn rows_are_sorted_into_points_and_the_rest_is_zero() {
    let now = moment("2026-03-01 12:30:30");
    let rows = [
        row("2026-03-01 12:30:00", "logged_in", 3),
        row("2026-03-01 11:31:00", "logged_in", 2),
        // Before the span, after it, and of a later version.
        row("2026-03-01 11:30:00", "logged_in", 100),
        row("2026-03-01 12:31:00", "logged_in", 100),
        row("2026-03-01 12:30:00", "of_a_later_version", 100),
        row("2026-03-01 12:30:00", "refreshed", 7),
    ];
    let series = Series::of(Span::Hour, &rows, now);
    let wanted = [("2026-03-01 11:31:00", 2), ("2026-03-01 12:30:00", 3)];
    let wanted = wanted.map(|(at, count)| (at.to_owned(), count));
    assert_eq!(counted(&series, Kind::LoggedIn), wanted);
    assert_eq!(series.total(Kind::LoggedIn), 5);
    assert_eq!(series.total(Kind::Refreshed), 7);
    assert_eq!(series.total(Kind::SignedUp), 0);
}

#[test]
fn hours_of_one_day_are_one_point_of_a_month() {
    let now = moment("2026-03-01 12:30:30");
    let rows = [
        row("2026-02-27 23:00:00", "signed_up", 1),
        row("2026-02-28 00:00:00", "signed_up", 2),
        row("2026-02-28 23:00:00", "signed_up", 4),
        row("2026-03-01 12:00:00", "signed_up", 8),
    ];
    let series = Series::of(Span::Month, &rows, now);
    let wanted = [
        ("2026-02-27 00:00:00", 1),
        ("2026-02-28 00:00:00", 6),
        ("2026-03-01 00:00:00", 8),
    ];
    let wanted = wanted.map(|(at, count)| (at.to_owned(), count));
    assert_eq!(counted(&series, Kind::SignedUp), wanted);
}

proptest! {
    #[test]
    fn whatever_lies_in_the_span_is_in_the_total_once(
        now in 0_i64..4_000_000_000,
        rows in prop::collection::vec((0_i64..5_000_000, 1_i64..1000), 0..50),
    ) {
        let now = Moment::from_timestamp(now, 0).unwrap();
        let rows: Vec<_> = rows.into_iter().map(|(ago, count)| Recorded {
            starts_at: (now - TimeDelta::seconds(ago)).naive_utc(),
            kind: "refreshed".to_owned(),
            count,
        }).collect();
        for span in Span::ALL {
            let inside = rows.iter().filter(|row| row.starts_at >= span.start(now).naive_utc());
            let wanted: i64 = inside.map(|row| row.count).sum();
            let series = Series::of(span, &rows, now);
            prop_assert_eq!(series.total(Kind::Refreshed), u64::try_from(wanted).unwrap());
        }
    }
}

on_both_databases! {
    async fn each_span_reads_the_rows_of_its_own_resolution_with_one_statement(backend: Backend) {
        let app = TestApp::new(backend).await;
        app.connect().batch_execute(
            "INSERT INTO activity (resolution, starts_at, kind, count) VALUES \
             ('minute', '2026-01-05 11:01:00', 'refreshed', 1), ('minute', '2026-01-05 11:00:00', 'refreshed', 2), \
             ('hour', '2026-01-05 11:00:00', 'refreshed', 4), ('hour', '2026-01-04 12:00:00', 'refreshed', 8), \
             ('hour', '2025-12-07 00:00:00', 'refreshed', 16), ('hour', '2025-12-06 23:00:00', 'refreshed', 32)"
        ).unwrap();
        let now = app.clock.now();
        let before = app.state.database.statements();
        let series = app.state.database.read(move |connection| {
            let series = Span::ALL.map(|span| Series::read(connection, span, now));
            series.into_iter().collect::<Result<Vec<_>, _>>().map_err(frontgate::error::Error::from)
        });
        let totals: Vec<_> = series.await.unwrap().iter().map(|series| series.total(Kind::Refreshed)).collect();
        assert_eq!(totals, [1, 4, 28]);
        // The pool asks a server whether it is still there.
        let asked = u64::from(backend == Backend::Postgres);
        assert_eq!(app.state.database.statements() - before, 3 + asked);
    }
}
