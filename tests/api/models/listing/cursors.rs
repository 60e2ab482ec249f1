//! Links to a place: forged, foreign, and those that are right.

use chrono::TimeDelta;
use frontgate::models::listing::{At, Filter, Place, Present, at, link};
use frontgate::models::session_list::{SessionFilter, SessionOrder, State};

use super::now;

fn of_user(id: i64) -> SessionFilter {
    SessionFilter {
        user_id: Some(id),
        ..SessionFilter::default()
    }
}

fn place(micros: Option<i64>, id: i64) -> Place {
    Place { micros, id }
}

#[test]
fn nothing_but_our_own_spelling_is_read() {
    let filter = SessionFilter::default();
    let good = link(&filter, At::Older(place(Some(1_700_000_000_000_000), 42)));
    let good = good.unwrap().to_string();
    assert!(at(&filter, &good).is_some(), "{good}");
    let of = good.rsplit('.').next().unwrap();
    let time = 1_700_000_000_000_000_i64;
    for forged in [
        String::new(),
        ".".to_owned(),
        "...".to_owned(),
        "o".to_owned(),
        "o.".to_owned(),
        format!("o.{time}"),
        format!("o.{time}.42"),
        format!("o.{time}.42."),
        format!("o.{time}.42.{of}."),
        format!("o.{time}.42.{of}.{of}"),
        format!("O.{time}.42.{of}"),
        format!("x.{time}.42.{of}"),
        format!("o.{time}.042.{of}"),
        format!("o.+{time}.42.{of}"),
        format!("o.0{time}.42.{of}"),
        format!("o. {time}.42.{of}"),
        format!("o.{time}.+42.{of}"),
        format!("o.{time}.-42.{of}"),
        format!("o.{time}.-0.{of}"),
        format!("o.{time}..{of}"),
        format!("o..42.{of}"),
        // This list is ordered by time.
        format!("o.-.42.{of}"),
        format!("o.{time}.9223372036854775808.{of}"),
        format!("o.9223372036854775807.42.{of}"),
        format!("o.-9223372036854775808.42.{of}"),
        // One microsecond after the year 9999.
        format!("o.253402300800000000.42.{of}"),
        format!(
            "o.{time}.42.{}",
            of.to_uppercase().replace(char::is_numeric, "A")
        ),
        format!("o.{time}.42.{of}0"),
        format!("o.{time}.42.{}", &of[1..]),
        format!("o.{time}.42.00000000"),
        format!("o.{time}.42.{of}\n"),
        format!("o.{time}.42.{of}\0"),
        format!("o.{time}.٤٢.{of}"),
        "o.1.1.'; DROP TABLE sessions; --".to_owned(),
        "💥".repeat(10_000),
    ] {
        assert_eq!(at(&filter, &forged), None, "{forged:?}");
    }
}

#[test]
fn a_link_from_another_filter_is_refused() {
    let ten = now().naive_utc();
    let filters = [
        of_user(1),
        of_user(2),
        of_user(12),
        SessionFilter {
            state: Some(State::Live),
            ..of_user(1)
        },
        SessionFilter {
            state: Some(State::Expired),
            ..of_user(1)
        },
        SessionFilter {
            words: vec!["ab".into(), "c".into()],
            ..of_user(1)
        },
        SessionFilter {
            words: vec!["a".into(), "bc".into()],
            ..of_user(1)
        },
        SessionFilter {
            words: vec!["abc".into()],
            ..of_user(1)
        },
        SessionFilter {
            end_reason: Some("abc".into()),
            ..of_user(1)
        },
        SessionFilter {
            created_from: Some(ten),
            ..of_user(1)
        },
        SessionFilter {
            created_before: Some(ten),
            ..of_user(1)
        },
        SessionFilter {
            seen_from: Some(ten),
            ..of_user(1)
        },
        SessionFilter {
            seen_from: Some(ten + TimeDelta::microseconds(1)),
            ..of_user(1)
        },
        SessionFilter {
            ip: Some("::1".parse().unwrap()),
            ..of_user(1)
        },
        SessionFilter {
            network: Some("::1/128".parse().unwrap()),
            ..of_user(1)
        },
    ];
    for (one, filter) in filters.iter().enumerate() {
        let text = link(filter, At::Newer(place(None, 7))).unwrap().to_string();
        for (other, reader) in filters.iter().enumerate() {
            let read = at(reader, &text);
            assert_eq!(read.is_some(), one == other, "{filter:?} by {reader:?}");
        }
    }
    let by_last_seen = SessionFilter {
        order: SessionOrder::LastSeen,
        ..SessionFilter::default()
    };
    let text = link(&by_last_seen, At::Older(place(Some(0), 7))).unwrap();
    assert_eq!(at(&SessionFilter::default(), &text.to_string()), None);
}

#[test]
fn a_link_stays_good_while_time_goes_by() {
    let filter = SessionFilter {
        state: Some(State::Live),
        ..SessionFilter::default()
    };
    let later = Present {
        now: now().naive_utc(),
        floor: 9,
    };
    let place = At::Older(place(Some(-1), 0));
    let text = frontgate::models::listing::Cursor::new(&filter.listing(&later), place).unwrap();
    assert_eq!(at(&filter, &text.to_string()), Some(place));
    assert_eq!(link(&filter, At::Newest), None);
}
