//! The set in memory.

use chrono::TimeDelta;
use frontgate::clock::Moment;
use frontgate::models::revocation::Revocation;
use frontgate::revocation::RevocationSet;
use frontgate::tokens::AccessToken;
use uuid::Uuid;

use crate::support::TestApp;

fn token(sid: u128, user_id: i64, generation: i64) -> AccessToken {
    AccessToken {
        exp: 0,
        jti: String::new(),
        user_id,
        sid: Uuid::from_u128(sid),
        generation,
        email: String::new(),
        claims: serde_json::Map::new(),
    }
}

fn row(kind: &str, subject: &str, generation: i64, until: Moment) -> Revocation {
    Revocation {
        id: 1,
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        generation,
        until: until.naive_utc(),
    }
}

fn sid(sid: u128) -> String {
    Uuid::from_u128(sid).simple().to_string()
}

#[test]
fn a_session_is_refused_and_no_other_one() {
    let set = RevocationSet::default();
    set.add(&row("session", &sid(1), 0, TestApp::start_of_time()));
    assert!(set.contains(&token(1, 7, 0)));
    assert!(!set.contains(&token(2, 7, 0)));
}

#[test]
fn a_users_lower_generations_are_refused_in_whatever_order_they_are_learned() {
    let set = RevocationSet::default();
    for generation in [2, 5, 3] {
        set.add(&row("user", "7", generation, TestApp::start_of_time()));
    }
    assert!(set.contains(&token(1, 7, 4)));
    assert!(!set.contains(&token(1, 7, 5)));
    assert!(!set.contains(&token(1, 8, 0)));
    assert_eq!(set.len(), 1);
}

#[test]
fn below_the_floor_everybody_is_refused() {
    let set = RevocationSet::default();
    for generation in [3, 1] {
        set.add(&row("everything", "", generation, TestApp::start_of_time()));
    }
    assert!(set.contains(&token(1, 7, 2)));
    assert!(!set.contains(&token(1, 7, 3)));
}

#[test]
fn a_key_is_refused_by_its_id() {
    let set = RevocationSet::default();
    assert!(!set.contains_key("secret-00000000"));
    set.add(&row("key", "secret-00000000", 0, TestApp::start_of_time()));
    assert!(set.contains_key("secret-00000000"));
    assert!(!set.contains_key("secret-00000001"));
}

#[test]
fn an_entry_leaves_when_its_time_has_come_and_never_early() {
    let set = RevocationSet::default();
    let now = TestApp::start_of_time();
    let second = TimeDelta::seconds(1);
    set.add(&row("session", &sid(1), 0, now + second));
    set.add(&row("user", "7", 1, now + second));
    // The longer time counts, whichever came first.
    set.add(&row("session", &sid(2), 0, now + second * 2));
    set.add(&row("session", &sid(2), 0, now + second));
    set.forget_expired(now);
    assert_eq!(set.len(), 3);
    set.forget_expired(now + second);
    assert!(!set.contains(&token(1, 7, 0)));
    assert!(set.contains(&token(2, 7, 0)));
    set.forget_expired(now + second * 2);
    assert!(set.is_empty());
}

#[test]
fn keys_and_everything_stay() {
    let set = RevocationSet::default();
    set.add(&row("key", "secret-00000000", 0, TestApp::start_of_time()));
    set.add(&row("everything", "", 1, TestApp::start_of_time()));
    set.forget_expired(TestApp::start_of_time() + TimeDelta::days(36_500));
    assert!(set.contains_key("secret-00000000"));
    assert!(set.contains(&token(1, 7, 0)));
}

#[test]
fn what_is_no_revocation_of_ours_changes_nothing() {
    let set = RevocationSet::default();
    let now = TestApp::start_of_time();
    set.add(&row("planet", "7", 1, now));
    set.add(&row("session", "7", 1, now));
    set.add(&row("user", "ada", 1, now));
    assert!(set.is_empty());
}
