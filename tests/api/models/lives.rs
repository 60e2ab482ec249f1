//! Whether a session lives: in memory, in SQL, in each list, the answer is one.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::connection::SimpleConnection;
use frontgate::clock::Moment;
use frontgate::db::AnyConnection;
use frontgate::models::listing::{self, At};
use frontgate::models::live_session::LiveSession;
use frontgate::models::revocation::{Revocation, Standing};
use frontgate::models::session::Session;
use frontgate::models::session_list::{ListedSession, SessionFilter, State};
use frontgate::models::user::User;

use crate::support::{Backend, TestApp, TestDatabase, on_both_databases};

const FLOOR: i64 = 1;
const STATES: [State; 4] = [State::Live, State::Ended, State::Expired, State::Refused];

/// Every combination of what matters: four users, and eighteen sessions of each.
fn fill(connection: &mut AnyConnection, now: NaiveDateTime) {
    let mut sessions = Vec::new();
    for user in 1..=4 {
        let (active, generation) = (user % 2 == 1, 1 + user / 3);
        connection
            .batch_execute(&format!(
                "INSERT INTO users (id, email, email_key, password, is_active, generation, date_joined) \
                 VALUES ({user}, 'u{user}', 'u{user}', '!', {active}, {generation}, '{now}')"
            ))
            .unwrap();
        for generation in 0..3 {
            for later in [-1, 0, 1] {
                for ended in ["NULL".to_owned(), format!("'{now}'")] {
                    let expires = now + TimeDelta::microseconds(later);
                    let sid = format!("{:032x}", sessions.len());
                    sessions.push(format!(
                        "('{sid}', {user}, 'j{sid}', {generation}, '{now}', '{now}', \
                         '{expires}', '{expires}', '{expires}', {ended})"
                    ));
                }
            }
        }
    }
    connection
        .batch_execute(&format!(
            "INSERT INTO sessions (sid, user_id, current_jti, generation, created_at, last_seen_at, \
             expires_at, absolute_expires_at, access_until, ended_at) VALUES {}",
            sessions.join(", ")
        ))
        .unwrap();
    let at = now.and_utc() - TimeDelta::days(1);
    Revocation::everything(connection, FLOOR, at).unwrap();
}

/// What `rotation::Life` says of each session.
fn in_memory(connection: &mut AnyConnection, now: Moment) -> Vec<(String, i64, State)> {
    let standing = Standing::read(connection).unwrap();
    let sids = (0..72).map(|number| format!("{number:032x}"));
    let states = sids.map(|sid| {
        let found = Session::find_with_user(connection, &sid).unwrap();
        let (session, user) = found.unwrap();
        let state = session.life(Some(&user), &standing, None).state(now);
        (sid, user.id, state)
    });
    states.collect()
}

on_both_databases! {
    async fn memory_and_sql_agree_about_every_session(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let connection = &mut database.connect();
        let now = TestApp::start_of_time();
        fill(connection, now.naive_utc());
        let known = in_memory(connection, now);
        for (state, count) in STATES.into_iter().zip([2, 36, 24, 10]) {
            let sids = known.iter().filter(|one| one.2 == state).map(|one| one.0.clone());
            let mut sids: Vec<_> = sids.collect();
            assert_eq!(sids.len(), count, "{state:?}");
            let filter = SessionFilter { state: Some(state), ..SessionFilter::default() };
            let page = listing::page(connection, &filter, At::Newest, 100, now, &mut || true).unwrap();
            let mut listed: Vec<_> = page.rows.into_iter().map(|session| session.row.sid).collect();
            sids.sort();
            listed.sort();
            assert_eq!(listed, sids, "{state:?}");
        }
        for (sid, _, state) in &known {
            let listed = ListedSession::find(connection, sid, now).unwrap().unwrap();
            assert_eq!(listed.state, *state, "{sid}");
        }
        for user in 1..=4 {
            let live = LiveSession::of_user(connection, user, "", now).unwrap();
            let mut live: Vec<_> = live.into_iter().map(|session| session.sid).collect();
            live.sort();
            let of_user = known.iter().filter(|(_, id, state)| (*id, *state) == (user, State::Live));
            let expected: Vec<_> = of_user.map(|one| one.0.clone()).collect();
            assert_eq!(live, expected, "user {user}");
        }
    }

    async fn a_refused_key_and_another_user_keep_a_session_from_living(backend: Backend) {
        let database = TestDatabase::migrated(backend);
        let connection = &mut database.connect();
        let now = TestApp::start_of_time();
        fill(connection, now.naive_utc());
        Revocation::key(connection, "its key", now).unwrap();
        let known = in_memory(connection, now);
        let (sid, ..) = known.iter().find(|one| one.2 == State::Live).unwrap();
        let (session, user) = Session::find_with_user(connection, sid).unwrap().unwrap();
        let standing = Standing::read(connection).unwrap();
        let other = User { id: user.id + 1, ..user.clone() };
        let state = |user: Option<&User>, key: Option<&str>| {
            let key = key.map(str::to_owned);
            session.life(user, &standing, key.as_ref()).state(now)
        };
        assert_eq!(state(Some(&user), Some("another key")), State::Live);
        assert_eq!(state(Some(&user), Some("its key")), State::Refused);
        assert_eq!(state(Some(&other), None), State::Refused);
        assert_eq!(state(None, None), State::Refused);
    }
}
