//! Sessions by every filter.

use std::cmp::Reverse;
use std::net::IpAddr;

use chrono::{NaiveDateTime, TimeDelta};
use frontgate::db::AnyConnection;
use frontgate::models::listing::{self, Filter, Order, Present};
use frontgate::models::revocation::Revocation;
use frontgate::models::session_list::{SessionFilter, SessionOrder, State};
use rand::RngExt;
use rand::rngs::StdRng;

use super::{all, any, insert, maybe, now, quoted, random, some};
use crate::support::{Backend, TestDatabase, on_both_databases};

const FLOOR: i64 = 1;
const ADDRESSES: [Option<&str>; 6] = [
    None,
    Some("192.0.2.1"),
    Some("192.0.2.200"),
    Some("198.51.100.7"),
    Some("2001:db8::1"),
    Some("2001:db8:1::7"),
];
const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux) Firefox/130.0",
    "Mozilla/5.0 Chrome/130.0 Safari/537.36",
    "100%_sure\\'\"",
    "curl/8.0 É",
    "",
];
const REASONS: [&str; 3] = ["logged_out", "revoked", "reuse_detected"];

#[derive(Clone, Debug)]
struct Session {
    id: i64,
    user: i64,
    generation: i64,
    created: NaiveDateTime,
    seen: NaiveDateTime,
    ip: Option<&'static str>,
    last_ip: Option<&'static str>,
    agent: &'static str,
    expires: NaiveDateTime,
    ended: Option<&'static str>,
}

/// Users 1 to 6: the odd ones are active, each with a generation of its own.
fn user(id: i64) -> (bool, i64) {
    (id % 2 == 1, id % 3)
}

/// A time within four hours before now, with many ties; now and then with microseconds.
fn time(random: &mut StdRng) -> NaiveDateTime {
    let micros = any(random, &[0, 0, 0, 500_000, 1]);
    now().naive_utc() - TimeDelta::minutes(random.random_range(0..240))
        + TimeDelta::microseconds(micros)
}

fn session(id: i64, random: &mut StdRng) -> Session {
    Session {
        id,
        user: random.random_range(1..=6),
        generation: random.random_range(0..3),
        created: time(random),
        seen: time(random),
        ip: any(random, &ADDRESSES),
        last_ip: any(random, &ADDRESSES),
        agent: any(random, &AGENTS),
        expires: time(random) + TimeDelta::hours(3),
        ended: maybe(random, |random| any(random, &REASONS)),
    }
}

fn store(connection: &mut AnyConnection, sessions: &[Session]) {
    let users: Vec<_> = (1..=6)
        .map(|id| {
            let (active, generation) = user(id);
            format!("{id}, 'u{id}@example.com', 'u{id}@example.com', '', {active}, {generation}, '2026-01-01 00:00:00'")
        })
        .collect();
    insert(
        connection,
        "users (id, email, email_key, password, is_active, generation, date_joined)",
        &users,
    );
    let rows: Vec<_> = sessions
        .iter()
        .map(|session| {
            let ended = session.ended.map(|_| now().naive_utc().to_string());
            format!(
                "{}, 's{}', {}, '', {}, '{}', '{}', {}, {}, {}, '{}', '{}', '{}', {}, {}",
                session.id,
                session.id,
                session.user,
                session.generation,
                session.created,
                session.seen,
                quoted(session.ip),
                quoted(session.last_ip),
                quoted(Some(session.agent)),
                session.expires,
                session.expires,
                session.expires,
                quoted(ended.as_deref()),
                quoted(session.ended),
            )
        })
        .collect();
    insert(
        connection,
        "sessions (id, sid, user_id, current_jti, generation, created_at, last_seen_at, ip, \
         last_ip, last_user_agent, expires_at, absolute_expires_at, access_until, ended_at, \
         end_reason)",
        &rows,
    );
    Revocation::everything(connection, FLOOR, now()).unwrap();
}

fn filter(random: &mut StdRng) -> SessionFilter {
    let address =
        |random: &mut StdRng| -> IpAddr { any(random, &ADDRESSES[1..]).unwrap().parse().unwrap() };
    let networks = [
        "192.0.2.0/24",
        "192.0.2.1/32",
        "0.0.0.0/0",
        "2001:db8::/32",
        "::/0",
    ];
    let words = ["firefox", "MOZILLA", "%", "_s", "\\", "É", "130", "nothing"];
    let words = some(random, |random| {
        let count = random.random_range(1..3);
        (0..count).map(|_| any(random, &words).to_owned()).collect()
    });
    SessionFilter {
        user_id: some(random, |random| random.random_range(1..8)),
        state: some(random, |random| {
            any(
                random,
                &[State::Live, State::Ended, State::Expired, State::Refused],
            )
        }),
        end_reason: some(random, |random| any(random, &REASONS).to_owned()),
        ip: some(random, address),
        network: some(random, |random| any(random, &networks).parse().unwrap()),
        words: words.unwrap_or_default(),
        created_from: some(random, time),
        created_before: some(random, time),
        seen_from: some(random, time),
        seen_before: some(random, time),
        order: any(random, &[SessionOrder::Created, SessionOrder::LastSeen]),
    }
}

fn state(session: &Session) -> State {
    let (active, generation) = user(session.user);
    if session.ended.is_some() {
        State::Ended
    } else if session.expires <= now().naive_utc() {
        State::Expired
    } else if active && session.generation == generation && session.generation >= FLOOR {
        State::Live
    } else {
        State::Refused
    }
}

fn chosen(filter: &SessionFilter, session: &Session) -> bool {
    let address = |ip: Option<&str>| ip.map(|ip| ip.parse::<IpAddr>().unwrap());
    let agent = session.agent.to_ascii_lowercase();
    let known = |word: &String| agent.contains(&word.to_ascii_lowercase());
    filter.user_id.is_none_or(|id| session.user == id)
        && filter.state.is_none_or(|wanted| state(session) == wanted)
        && (filter.end_reason.is_none() || filter.end_reason.as_deref() == session.ended)
        && filter.ip.is_none_or(|ip| {
            address(session.ip) == Some(ip) || address(session.last_ip) == Some(ip)
        })
        && filter
            .network
            .is_none_or(|network| address(session.last_ip).is_some_and(|ip| network.contains(&ip)))
        && filter.words.iter().all(known)
        && filter
            .created_from
            .is_none_or(|from| session.created >= from)
        && filter
            .created_before
            .is_none_or(|before| session.created < before)
        && filter.seen_from.is_none_or(|from| session.seen >= from)
        && filter
            .seen_before
            .is_none_or(|before| session.seen < before)
}

fn naive(filter: &SessionFilter, sessions: &[Session]) -> Vec<i64> {
    let mut found: Vec<_> = sessions
        .iter()
        .filter(|session| chosen(filter, session))
        .collect();
    found.sort_by_key(|session| Reverse(session.id));
    match filter.listing(&Present::at(now())).driver.order {
        Order::Id => {}
        Order::Time("created_at") => found.sort_by_key(|session| Reverse(session.created)),
        Order::Time(_) => found.sort_by_key(|session| Reverse(session.seen)),
    }
    found.iter().map(|session| session.id).collect()
}

/// Asks for this many random filters of this many random rows.
fn compare(backend: Backend, rows: i64, filters: usize, limits: &[usize]) {
    let database = TestDatabase::migrated(backend);
    let connection = &mut database.connect();
    let random = &mut random();
    let sessions: Vec<_> = (1..=rows).map(|id| session(id, random)).collect();
    store(connection, &sessions);
    let mut found = 0;
    for _ in 0..filters {
        let filter = filter(random);
        let wanted = naive(&filter, &sessions);
        let limit = any(random, limits);
        let listed = all(connection, &filter, random, limit, |session| session.row.id);
        assert_eq!(listed, wanted, "{filter:?}");
        found += usize::from(!wanted.is_empty());
    }
    assert!(found > filters / 3, "{found} filters found something");
}

on_both_databases! {
    async fn all_small_pages_together_are_what_the_filter_means(backend: Backend) {
        compare(backend, 60, 60, &[1, 2, 7]);
    }

    async fn all_pages_over_many_chunks_are_what_the_filter_means(backend: Backend) {
        compare(backend, 2500, 24, &[50, 333, 5000]);
    }

    async fn a_listed_state_is_the_state_that_was_looked_for(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let connection = &mut database.connect();
        let random = &mut random();
        let sessions: Vec<_> = (1..=300).map(|id| session(id, random)).collect();
        store(connection, &sessions);
        for wanted in [State::Live, State::Ended, State::Expired, State::Refused] {
            let filter = SessionFilter { state: Some(wanted), ..SessionFilter::default() };
            let page = listing::page(connection, &filter, listing::At::Newest, 300, now(), &mut || true);
            let states: Vec<_> = page.unwrap().rows.iter().map(|session| session.state).collect();
            assert!(states.len() > 3 && states.iter().all(|state| *state == wanted), "{states:?}");
        }
    }
}
