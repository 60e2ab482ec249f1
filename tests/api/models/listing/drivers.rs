//! Which index serves which filter.

use frontgate::models::blacklisted_token_list::BlacklistedTokenFilter;
use frontgate::models::event::EventKind;
use frontgate::models::event_list::EventFilter;
use frontgate::models::listing::{Filter, Order, Present};
use frontgate::models::outstanding_token_list::OutstandingTokenFilter;
use frontgate::models::session_list::{SessionFilter, SessionOrder, State};
use frontgate::models::user_list::{UserFilter, UserOrder};

use super::now;

/// The order of the walk, and how many conditions the index serves, how many alternatives
/// there are, and how many conditions are left to be looked at in each row.
fn chosen(filter: &impl Filter) -> (&'static str, [usize; 3]) {
    let listing = filter.listing(&Present::at(now()));
    let order = match listing.driver.order {
        Order::Id => "id",
        Order::Time(column) => column,
    };
    let driver = listing.driver;
    let conditions = [
        driver.conditions.len(),
        driver.any_of.len(),
        listing.further.len(),
    ];
    (order, conditions)
}

#[test]
fn of_sessions() {
    let all = SessionFilter::default;
    let ip = Some("192.0.2.1".parse().unwrap());
    let reason = Some("revoked".to_owned());
    let order = SessionOrder::LastSeen;
    let live = Some(State::Live);
    for (filter, wanted) in [
        (all(), ("created_at", [0, 0, 0])),
        (
            SessionFilter { order, ..all() },
            ("last_seen_at", [0, 0, 0]),
        ),
        (
            SessionFilter {
                state: Some(State::Ended),
                ..all()
            },
            ("created_at", [1, 0, 0]),
        ),
        // It is open; and it is not expired, above the floor and its user's.
        (
            SessionFilter {
                state: live,
                ..all()
            },
            ("created_at", [1, 0, 2]),
        ),
        (
            SessionFilter {
                state: live,
                order,
                ..all()
            },
            ("last_seen_at", [0, 0, 3]),
        ),
        (
            SessionFilter {
                state: live,
                user_id: Some(1),
                ..all()
            },
            ("id", [2, 0, 2]),
        ),
        (
            SessionFilter {
                user_id: Some(1),
                ..all()
            },
            ("id", [1, 0, 0]),
        ),
        (
            SessionFilter {
                user_id: Some(1),
                order,
                ..all()
            },
            ("last_seen_at", [1, 0, 0]),
        ),
        (
            SessionFilter {
                user_id: Some(1),
                ip,
                end_reason: reason.clone(),
                ..all()
            },
            ("id", [1, 0, 2]),
        ),
        (SessionFilter { ip, ..all() }, ("id", [0, 2, 0])),
        (
            SessionFilter {
                end_reason: reason.clone(),
                ..all()
            },
            ("id", [1, 0, 0]),
        ),
        (
            SessionFilter {
                end_reason: reason.clone(),
                order,
                ..all()
            },
            ("last_seen_at", [0, 0, 1]),
        ),
    ] {
        assert_eq!(chosen(&filter), wanted, "{filter:?}");
    }
}

#[test]
fn of_sessions_by_what_no_key_tells() {
    let all = SessionFilter::default;
    let time = Some(now().naive_utc());
    let order = SessionOrder::LastSeen;
    for (filter, wanted) in [
        (
            SessionFilter {
                created_from: time,
                created_before: time,
                ..all()
            },
            ("created_at", [2, 0, 0]),
        ),
        (
            SessionFilter {
                seen_from: time,
                ..all()
            },
            ("created_at", [0, 0, 1]),
        ),
        (
            SessionFilter {
                seen_from: time,
                order,
                ..all()
            },
            ("last_seen_at", [1, 0, 0]),
        ),
        (
            SessionFilter {
                words: vec!["a".into(), "b".into()],
                ..all()
            },
            ("created_at", [0, 0, 2]),
        ),
        (
            SessionFilter {
                network: Some("::/0".parse().unwrap()),
                ..all()
            },
            ("created_at", [0, 0, 1]),
        ),
    ] {
        assert_eq!(chosen(&filter), wanted, "{filter:?}");
    }
}

#[test]
fn of_users() {
    let all = UserFilter::default;
    let order = UserOrder::LastLogIn;
    let time = Some(now().naive_utc());
    for (filter, wanted) in [
        (all(), ("date_joined", [0, 0, 0])),
        (
            UserFilter {
                joined_from: time,
                ..all()
            },
            ("date_joined", [1, 0, 0]),
        ),
        (
            UserFilter {
                order,
                logged_in_from: time,
                ..all()
            },
            ("last_login", [2, 0, 0]),
        ),
        (
            UserFilter {
                logged_in_from: time,
                ..all()
            },
            ("date_joined", [0, 0, 1]),
        ),
        (
            UserFilter {
                staff: Some(true),
                superuser: Some(true),
                ..all()
            },
            ("id", [1, 0, 1]),
        ),
        (
            UserFilter {
                staff: Some(true),
                order,
                ..all()
            },
            ("last_login", [1, 0, 1]),
        ),
        (
            UserFilter {
                active: Some(false),
                ..all()
            },
            ("id", [1, 0, 0]),
        ),
        (
            UserFilter {
                active: Some(true),
                staff: Some(false),
                ..all()
            },
            ("date_joined", [0, 0, 2]),
        ),
        (
            UserFilter {
                never_logged_in: true,
                order,
                ..all()
            },
            ("id", [1, 0, 0]),
        ),
        (
            UserFilter {
                search: Some("ada".into()),
                ..all()
            },
            ("date_joined", [0, 0, 1]),
        ),
    ] {
        assert_eq!(chosen(&filter), wanted, "{filter:?}");
    }
}

#[test]
fn of_tokens() {
    let all = OutstandingTokenFilter::default;
    let time = Some(now().naive_utc());
    for (filter, wanted) in [
        (all(), ("id", [0, 0, 0])),
        (
            OutstandingTokenFilter {
                jti: Some("a".into()),
                user_id: Some(1),
                ..all()
            },
            ("id", [1, 0, 1]),
        ),
        (
            OutstandingTokenFilter {
                session_id: Some(1),
                ..all()
            },
            ("id", [1, 0, 0]),
        ),
        (
            OutstandingTokenFilter {
                user_id: Some(1),
                expired: Some(true),
                ..all()
            },
            ("id", [1, 0, 1]),
        ),
        (
            OutstandingTokenFilter {
                expired: Some(true),
                ..all()
            },
            ("expires_at", [1, 0, 0]),
        ),
        (
            OutstandingTokenFilter {
                expired: Some(false),
                ..all()
            },
            ("id", [0, 0, 1]),
        ),
        (
            OutstandingTokenFilter {
                expires_from: time,
                expires_before: time,
                ..all()
            },
            ("expires_at", [2, 0, 0]),
        ),
        (
            OutstandingTokenFilter {
                blacklisted: Some(true),
                reason: Some("a".into()),
                ..all()
            },
            ("id", [0, 0, 2]),
        ),
    ] {
        assert_eq!(chosen(&filter), wanted, "{filter:?}");
    }
    let all = BlacklistedTokenFilter::default;
    assert_eq!(chosen(&all()), ("blacklisted_at", [0, 0, 0]));
    let reason = BlacklistedTokenFilter {
        reason: Some("rotated".into()),
        from: time,
        ..all()
    };
    assert_eq!(chosen(&reason), ("id", [1, 0, 1]));
}

#[test]
fn of_events() {
    let all = EventFilter::default;
    let kinds = vec![EventKind::LoggedIn, EventKind::SignedUp];
    let time = Some(now().naive_utc());
    for (filter, wanted) in [
        (all(), ("at", [0, 0, 0])),
        (
            EventFilter {
                kinds: kinds[..1].to_vec(),
                from: time,
                ..all()
            },
            ("at", [2, 0, 0]),
        ),
        (
            EventFilter {
                kinds: kinds.clone(),
                ..all()
            },
            ("at", [0, 2, 0]),
        ),
        (
            EventFilter {
                sid: Some("a".into()),
                user_id: Some(1),
                kinds,
                ..all()
            },
            ("id", [1, 0, 2]),
        ),
        (
            EventFilter {
                ip: Some("::1".parse().unwrap()),
                ..all()
            },
            ("id", [1, 0, 0]),
        ),
        (
            EventFilter {
                user_id: Some(1),
                from: time,
                ..all()
            },
            ("id", [1, 0, 1]),
        ),
        (
            EventFilter {
                actor_id: Some(1),
                reason: Some("a".into()),
                ..all()
            },
            ("id", [1, 0, 1]),
        ),
        (
            EventFilter {
                network: Some("::/0".parse().unwrap()),
                ..all()
            },
            ("at", [0, 0, 1]),
        ),
    ] {
        assert_eq!(chosen(&filter), wanted, "{filter:?}");
    }
}
