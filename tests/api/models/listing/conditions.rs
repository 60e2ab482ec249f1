//! What is typed into a search box is a value, whatever it looks like.

use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection;
use frontgate::models::listing::{At, page};
use frontgate::models::session_list::SessionFilter;

use super::{insert, now};
use crate::support::{Backend, TestDatabase, on_both_databases};

fn agents(backend: Backend, agents: &[&str]) -> TestDatabase {
    let database = TestDatabase::migrated(backend);
    let connection = &mut database.connect();
    insert(
        connection,
        "users (id, email, email_key, password, date_joined)",
        &["1, 'ada@example.com', 'ada@example.com', '', '2026-01-01 00:00:00'".to_owned()],
    );
    let time = "'2026-01-01 00:00:00'";
    let rows: Vec<_> = agents
        .iter()
        .enumerate()
        .map(|(id, agent)| {
            let agent = super::quoted(Some(agent));
            format!("'{id}', 1, '', {agent}, {time}, {time}, {time}, {time}, {time}")
        })
        .collect();
    insert(
        connection,
        "sessions (sid, user_id, current_jti, last_user_agent, created_at, last_seen_at, \
         expires_at, absolute_expires_at, access_until)",
        &rows,
    );
    database
}

fn found(database: &TestDatabase, filter: &SessionFilter) -> Vec<String> {
    let page = page(
        &mut database.connect(),
        filter,
        At::Newest,
        10,
        now(),
        &mut || true,
    );
    let rows = page.unwrap().rows.into_iter();
    rows.map(|session| session.row.last_user_agent).collect()
}

on_both_databases! {
    async fn hostile_words_find_what_contains_them_and_nothing_else(backend: Backend) {
        let hostile = ["100%", "under_score", "back\\slash", "'; DROP TABLE users; --", "$1 ?", "Opera"];
        let database = agents(backend, &hostile);
        for word in hostile {
            let filter = SessionFilter { words: vec![word.to_uppercase()], ..SessionFilter::default() };
            assert_eq!(found(&database, &filter), [word]);
        }
        for nothing in ["\0", "a\0", "0%u", "100%\0"] {
            let filter = SessionFilter { words: vec![nothing.to_owned()], ..SessionFilter::default() };
            assert!(found(&database, &filter).is_empty(), "{nothing:?}");
        }
        let reason = SessionFilter { end_reason: Some("\0".to_owned()), ..SessionFilter::default() };
        assert!(found(&database, &reason).is_empty());
    }

    async fn times_that_no_database_can_keep_are_before_and_after_everything(backend: Backend) {
        let database = agents(backend, &["one"]);
        let between = |from, before| {
            let filter = SessionFilter {
                created_from: Some(from),
                created_before: Some(before),
                ..SessionFilter::default()
            };
            found(&database, &filter).len()
        };
        assert_eq!(between(NaiveDateTime::MIN, NaiveDateTime::MAX), 1);
        assert_eq!(between(NaiveDateTime::MAX, NaiveDateTime::MIN), 0);
    }

    async fn a_network_is_the_same_however_its_addresses_are_spelled(backend: Backend) {
        let database = agents(backend, &["four", "six"]);
        let update = "UPDATE sessions SET last_ip = CASE last_user_agent WHEN 'four' THEN '192.0.2.7' ELSE '2001:db8::1' END";
        database.connect().batch_execute(update).unwrap();
        for (network, finds) in [
            ("192.0.2.0/24", Some("four")),
            ("::ffff:192.0.2.0/120", Some("four")),
            ("::ffff:192.0.2.7/128", Some("four")),
            ("::ffff:0:0/96", Some("four")),
            ("::ffff:192.0.2.8/128", None),
            ("::ffff:0:0/95", None),
            ("0.0.0.0/0", Some("four")),
            ("::/0", Some("six")),
        ] {
            let filter = SessionFilter { network: Some(network.parse().unwrap()), ..SessionFilter::default() };
            assert_eq!(found(&database, &filter), Vec::from_iter(finds), "{network}");
        }
    }
}
