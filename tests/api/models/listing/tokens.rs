//! Outstanding and blacklisted tokens by every filter.

use std::cmp::Reverse;

use chrono::{NaiveDateTime, TimeDelta};
use frontgate::models::blacklisted_token_list::BlacklistedTokenFilter;
use frontgate::models::listing::{Filter, Order, Present};
use frontgate::models::outstanding_token_list::OutstandingTokenFilter;
use rand::RngExt;
use rand::rngs::StdRng;

use super::{all, any, insert, maybe, now, quoted, random, some};
use crate::support::{Backend, TestDatabase, on_both_databases};

const REASONS: [&str; 3] = ["rotated", "revoked", "logged_out"];
const SESSIONS: i64 = 40;

#[derive(Clone, Debug)]
struct Token {
    id: i64,
    session: i64,
    expires: NaiveDateTime,
    blacklisted: Option<(NaiveDateTime, &'static str)>,
}

impl Token {
    fn user(&self) -> i64 {
        1 + self.session % 5
    }
}

fn time(random: &mut StdRng) -> NaiveDateTime {
    now().naive_utc() + TimeDelta::minutes(random.random_range(-60..60))
}

fn token(id: i64, random: &mut StdRng) -> Token {
    Token {
        id,
        session: random.random_range(1..=SESSIONS),
        expires: time(random),
        blacklisted: maybe(random, |random| (time(random), any(random, &REASONS))),
    }
}

fn store(database: &TestDatabase, tokens: &[Token]) {
    let connection = &mut database.connect();
    let then = "'2026-01-01 00:00:00'";
    let users: Vec<_> = (1..=5)
        .map(|id| format!("{id}, 'u{id}@example.com', 'u{id}@example.com', '', {then}"))
        .collect();
    insert(
        connection,
        "users (id, email, email_key, password, date_joined)",
        &users,
    );
    let sessions: Vec<_> = (1..=SESSIONS)
        .map(|id| {
            let user = 1 + id % 5;
            format!("{id}, 's{id}', {user}, '', {then}, {then}, {then}, {then}, {then}")
        })
        .collect();
    insert(
        connection,
        "sessions (id, sid, user_id, current_jti, created_at, last_seen_at, expires_at, \
         absolute_expires_at, access_until)",
        &sessions,
    );
    let rows: Vec<_> = tokens
        .iter()
        .map(|token| {
            let (id, session, user) = (token.id, token.session, token.user());
            format!(
                "{id}, {user}, {session}, 'j{id}', {id}, {then}, '{}'",
                token.expires
            )
        })
        .collect();
    insert(
        connection,
        "outstanding_tokens (id, user_id, session_id, jti, sequence, created_at, expires_at)",
        &rows,
    );
    let rows: Vec<_> = tokens
        .iter()
        .filter_map(|token| {
            let (at, reason) = token.blacklisted?;
            Some(format!(
                "{}, {}, '{at}', {}",
                token.id,
                token.id,
                quoted(Some(reason))
            ))
        })
        .collect();
    insert(
        connection,
        "blacklisted_tokens (id, token_id, blacklisted_at, reason)",
        &rows,
    );
}

fn filter(random: &mut StdRng) -> OutstandingTokenFilter {
    OutstandingTokenFilter {
        user_id: some(random, |random| random.random_range(1..7)),
        jti: random
            .random_bool(0.05)
            .then(|| format!("j{}", random.random_range(1..1000))),
        session_id: some(random, |random| random.random_range(1..SESSIONS + 5)),
        blacklisted: some(random, |random| random.random_bool(0.5)),
        reason: some(random, |random| any(random, &REASONS).to_owned()),
        expired: some(random, |random| random.random_bool(0.5)),
        expires_from: some(random, time),
        expires_before: some(random, time),
    }
}

fn chosen(filter: &OutstandingTokenFilter, token: &Token) -> bool {
    let reason = token.blacklisted.map(|(_, reason)| reason);
    filter.user_id.is_none_or(|id| token.user() == id)
        && filter
            .jti
            .as_ref()
            .is_none_or(|jti| *jti == format!("j{}", token.id))
        && filter.session_id.is_none_or(|id| token.session == id)
        && filter
            .blacklisted
            .is_none_or(|wanted| reason.is_some() == wanted)
        && (filter.reason.is_none() || filter.reason.as_deref() == reason)
        && filter
            .expired
            .is_none_or(|wanted| (token.expires <= now().naive_utc()) == wanted)
        && filter.expires_from.is_none_or(|from| token.expires >= from)
        && filter
            .expires_before
            .is_none_or(|before| token.expires < before)
}

on_both_databases! {
    async fn all_pages_together_are_what_the_filter_means(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let random = &mut random();
        let tokens: Vec<_> = (1..=1000).map(|id| token(id, random)).collect();
        store(&database, &tokens);
        let connection = &mut database.connect();
        let mut found = 0;
        for _ in 0..40 {
            let filter = filter(random);
            let mut wanted: Vec<_> = tokens.iter().filter(|token| chosen(&filter, token)).collect();
            wanted.sort_by_key(|token| Reverse(token.id));
            if filter.listing(&Present::at(now())).driver.order == Order::Time("expires_at") {
                wanted.sort_by_key(|token| Reverse(token.expires));
            }
            let wanted: Vec<_> = wanted.iter().map(|token| token.id).collect();
            let limit = any(random, &[30, 100, 2000]);
            let listed = all(connection, &filter, random, limit, |token| token.id);
            assert_eq!(listed, wanted, "{filter:?}");
            found += usize::from(!wanted.is_empty());
        }
        assert!(found > 15, "{found} filters found something");
    }

    async fn blacklisted_tokens_are_listed_with_whose_they_are(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let random = &mut random();
        let tokens: Vec<_> = (1..=600).map(|id| token(id, random)).collect();
        store(&database, &tokens);
        let connection = &mut database.connect();
        for _ in 0..12 {
            let filter = BlacklistedTokenFilter {
                reason: maybe(random, |random| any(random, &REASONS).to_owned()),
                from: maybe(random, time),
                before: maybe(random, time),
            };
            let mut wanted: Vec<_> = tokens.iter().filter(|token| {
                token.blacklisted.is_some_and(|(at, reason)| {
                    filter.reason.as_deref().is_none_or(|wanted| wanted == reason)
                        && filter.from.is_none_or(|from| at >= from)
                        && filter.before.is_none_or(|before| at < before)
                })
            }).collect();
            wanted.sort_by_key(|token| Reverse(token.id));
            if filter.reason.is_none() {
                wanted.sort_by_key(|token| Reverse((token.blacklisted.map(|(at, _)| at), token.id)));
            }
            let wanted: Vec<_> = wanted.iter().map(|token| token.id).collect();
            let limit = any(random, &[30, 1000]);
            let listed = all(connection, &filter, random, limit, |row| {
                let token = &tokens[usize::try_from(row.token_id).unwrap() - 1];
                assert_eq!(row.sid, format!("s{}", token.session));
                assert_eq!(row.email, format!("u{}@example.com", token.user()));
                assert_eq!((row.jti.as_str(), row.user_id), (format!("j{}", token.id).as_str(), token.user()));
                row.id
            });
            assert_eq!(listed, wanted, "{filter:?}");
        }
    }
}
