//! Events by every filter.

use std::cmp::Reverse;
use std::net::IpAddr;

use chrono::{NaiveDateTime, TimeDelta};
use frontgate::models::event::EventKind;
use frontgate::models::event_list::EventFilter;
use frontgate::models::listing::{Filter, Order, Present};
use rand::RngExt;
use rand::rngs::StdRng;

use super::{all, any, insert, maybe, now, quoted, random, some};
use crate::support::{Backend, TestDatabase, on_both_databases};

const KINDS: [EventKind; 4] = [
    EventKind::LoggedIn,
    EventKind::SessionEnded,
    EventKind::ReuseDetected,
    EventKind::SignedUp,
];
const ADDRESSES: [&str; 4] = ["192.0.2.1", "192.0.2.200", "2001:db8::1", "2001:db8:1::7"];
const REASONS: [&str; 2] = ["logged_out", "revoked"];

#[derive(Clone, Debug)]
struct Happened {
    id: i64,
    at: NaiveDateTime,
    kind: EventKind,
    user: Option<i64>,
    actor: Option<i64>,
    sid: Option<&'static str>,
    ip: Option<&'static str>,
    reason: Option<&'static str>,
}

fn time(random: &mut StdRng) -> NaiveDateTime {
    now().naive_utc() - TimeDelta::minutes(random.random_range(0..60))
}

fn event(id: i64, random: &mut StdRng) -> Happened {
    Happened {
        id,
        at: time(random),
        kind: any(random, &KINDS),
        user: maybe(random, |random| random.random_range(1..5)),
        actor: maybe(random, |random| random.random_range(1..5)),
        sid: maybe(random, |random| any(random, &["s1", "s2", "s3"])),
        ip: maybe(random, |random| any(random, &ADDRESSES)),
        reason: maybe(random, |random| any(random, &REASONS)),
    }
}

/// Of the users 1 to 4, the first two are there.
fn store(database: &TestDatabase, events: &[Happened]) {
    let connection = &mut database.connect();
    let users =
        [1, 2].map(|id| format!("{id}, 'u{id}@example.com', 'u{id}', '', '2026-01-01 00:00:00'"));
    insert(
        connection,
        "users (id, email, email_key, password, date_joined)",
        &users,
    );
    let number = |id: Option<i64>| id.map_or("NULL".to_owned(), |id| id.to_string());
    let rows: Vec<_> = events
        .iter()
        .map(|event| {
            format!(
                "{}, '{}', '{}', {}, {}, {}, {}, {}",
                event.id,
                event.at,
                event.kind.as_str(),
                number(event.user),
                number(event.actor),
                quoted(event.sid),
                quoted(event.ip),
                quoted(event.reason),
            )
        })
        .collect();
    insert(
        connection,
        "events (id, at, kind, user_id, actor_id, sid, ip, reason)",
        &rows,
    );
}

fn filter(random: &mut StdRng) -> EventFilter {
    let networks = ["192.0.2.0/24", "192.0.2.1/32", "2001:db8::/48", "::/0"];
    let kinds = some(random, |random| {
        let count = random.random_range(1..4);
        (0..count).map(|_| any(random, &KINDS)).collect()
    });
    EventFilter {
        kinds: kinds.unwrap_or_default(),
        user_id: some(random, |random| random.random_range(1..6)),
        actor_id: some(random, |random| random.random_range(1..6)),
        sid: some(random, |random| {
            any(random, &["s1", "s2", "none"]).to_owned()
        }),
        ip: some(random, |random| any(random, &ADDRESSES).parse().unwrap()),
        network: some(random, |random| any(random, &networks).parse().unwrap()),
        reason: some(random, |random| any(random, &REASONS).to_owned()),
        from: some(random, time),
        before: some(random, time),
    }
}

fn chosen(filter: &EventFilter, event: &Happened) -> bool {
    let ip = event.ip.map(|ip| ip.parse::<IpAddr>().unwrap());
    (filter.kinds.is_empty() || filter.kinds.contains(&event.kind))
        && (filter.user_id.is_none() || filter.user_id == event.user)
        && (filter.actor_id.is_none() || filter.actor_id == event.actor)
        && (filter.sid.is_none() || filter.sid.as_deref() == event.sid)
        && (filter.ip.is_none() || filter.ip == ip)
        && filter
            .network
            .is_none_or(|network| ip.is_some_and(|ip| network.contains(&ip)))
        && (filter.reason.is_none() || filter.reason.as_deref() == event.reason)
        && filter.from.is_none_or(|from| event.at >= from)
        && filter.before.is_none_or(|before| event.at < before)
}

on_both_databases! {
    async fn all_pages_together_are_what_the_filter_means(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let random = &mut random();
        let events: Vec<_> = (1..=1500).map(|id| event(id, random)).collect();
        store(&database, &events);
        let connection = &mut database.connect();
        let there = |id: Option<i64>| id.filter(|id| *id <= 2).map(|id| format!("u{id}@example.com"));
        let mut found = 0;
        for _ in 0..40 {
            let filter = filter(random);
            let mut wanted: Vec<_> = events.iter().filter(|event| chosen(&filter, event)).collect();
            wanted.sort_by_key(|event| Reverse(event.id));
            if filter.listing(&Present::at(now())).driver.order != Order::Id {
                wanted.sort_by_key(|event| Reverse(event.at));
            }
            let wanted: Vec<_> = wanted.iter().map(|event| event.id).collect();
            let limit = any(random, &[40, 100, 2000]);
            let listed = all(connection, &filter, random, limit, |row| {
                let event = &events[usize::try_from(row.id).unwrap() - 1];
                assert_eq!((row.email.clone(), row.actor_email.clone()), (there(event.user), there(event.actor)));
                assert_eq!((row.sid.as_deref(), row.event.kind.as_str()), (event.sid, event.kind.as_str()));
                row.id
            });
            assert_eq!(listed, wanted, "{filter:?}");
            found += usize::from(!wanted.is_empty());
        }
        assert!(found > 12, "{found} filters found something");
    }
}
