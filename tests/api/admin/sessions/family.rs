//! The family tree, from made-up rows to a picture.

use chrono::{DateTime, NaiveDateTime};
use frontgate::admin::sessions::family::{Family, Fate, Step};
use frontgate::admin::sessions::picture::{self, Shape};
use frontgate::models::event::Event;
use frontgate::models::event_list::ListedEvent;
use frontgate::models::outstanding_token::TokenUse;
use frontgate::models::session_list::{ListedSession, SessionRow, State};

fn at(second: i64) -> NaiveDateTime {
    DateTime::from_timestamp(1_780_000_000 + second, 0)
        .unwrap()
        .naive_utc()
}

fn session(tokens: i64, current: &str) -> ListedSession {
    ListedSession {
        row: SessionRow {
            id: 1,
            sid: "s".into(),
            user_id: 1,
            current_jti: current.into(),
            generation: 0,
            token_count: tokens,
            created_at: at(0),
            last_seen_at: at(0),
            ip: Some("192.0.2.1".into()),
            user_agent: "a".into(),
            last_ip: None,
            last_user_agent: String::new(),
            expires_at: at(9),
            absolute_expires_at: at(9),
            ended_at: None,
            end_reason: None,
            ended_by: None,
        },
        email: "ada@example.com".into(),
        state: State::Live,
    }
}

/// Number `sequence`, used from `ip` where there is one.
fn token(sequence: i64, ip: Option<&str>) -> TokenUse {
    TokenUse {
        sequence,
        jti: format!("t{sequence}"),
        created_at: at(sequence),
        expires_at: at(99),
        used_at: ip.map(|_| at(sequence)),
        used_ip: ip.map(str::to_owned),
        used_user_agent: ip.map(|_| "a".to_owned()),
        blacklisted: None,
    }
}

fn event(kind: &str, jti: Option<&str>, ip: &str) -> ListedEvent {
    let event = Event {
        id: 1,
        sid: None,
        at: at(50),
        kind: kind.into(),
        user_id: Some(1),
        actor_id: None,
        jti: jti.map(str::to_owned),
        ip: Some(ip.into()),
        user_agent: Some("a".into()),
        reason: None,
        detail: "{}".into(),
    };
    ListedEvent {
        id: 1,
        sid: None,
        event,
        email: None,
        actor_email: None,
    }
}

const HOME: Option<&str> = Some("192.0.2.1");

#[test]
fn a_session_that_nothing_happened_to_is_a_line() {
    let family = Family::new(&session(2, "t1"), &[token(0, HOME), token(1, None)], &[]);
    assert_eq!(
        family.in_words(),
        "2 refresh tokens issued, all used from one place."
    );
    let fates: Vec<_> = family.members().map(|member| member.fate.clone()).collect();
    assert_eq!(fates, [Fate::Rotated, Fate::Current]);
    let picture = picture::draw(&session(2, "t1"), &family);
    let shapes: Vec<_> = picture.marks.iter().map(|mark| mark.shape).collect();
    assert_eq!(shapes, [Shape::Square, Shape::Dot, Shape::Ring]);
}

#[test]
fn answers_hang_under_their_tokens_counted_by_place() {
    let events = [
        event("refresh_repeated", Some("t0"), "192.0.2.1"),
        event("refresh_repeated", Some("t0"), "203.0.113.1"),
        event("refresh_repeated", Some("t0"), "192.0.2.1"),
        event("reuse_detected", Some("t1"), "203.0.113.1"),
        event("session_ended", Some("t0"), "192.0.2.1"),
        event("refresh_repeated", None, "192.0.2.1"),
    ];
    let family = Family::new(
        &session(3, "t2"),
        &[token(0, HOME), token(1, HOME), token(2, None)],
        &events,
    );
    let again: Vec<_> = family
        .members()
        .map(|member| {
            member
                .again
                .iter()
                .map(|again| (again.refused, again.count, again.elsewhere))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        again,
        [
            vec![(false, 2, false), (false, 1, true)],
            vec![(true, 1, true)],
            vec![]
        ]
    );
}

#[test]
fn what_is_gone_is_a_gap_and_what_happened_to_it_hangs_there() {
    let tokens = [
        token(0, HOME),
        token(5, Some("198.51.100.1")),
        token(6, None),
    ];
    let family = Family::new(
        &session(9, "t8"),
        &tokens,
        &[event("reuse_detected", Some("t3"), "203.0.113.1")],
    );
    let gaps: Vec<_> = family
        .steps
        .iter()
        .map(|step| match step {
            Step::Gone(gap) => Some((gap.count, gap.again.len())),
            Step::Token(_) => None,
        })
        .collect();
    assert_eq!(gaps, [None, Some((4, 1)), None, None, Some((2, 0))]);
    assert!(family.members().any(|member| member.moved));
    // Without a gap it hangs under one of its own.
    let family = Family::new(
        &session(1, "t0"),
        &[token(0, None)],
        &[event("reuse_detected", Some("t3"), "203.0.113.1")],
    );
    assert!(
        matches!(family.steps.last(), Some(Step::Gone(gap)) if gap.count == 0 && gap.again.len() == 1)
    );
}

#[test]
fn a_picture_of_anything_stays_in_its_frame() {
    let tokens: Vec<_> = (0..64)
        .map(|number| token(number * 2, HOME.filter(|_| number < 63)))
        .collect();
    let events: Vec<_> = (0..40)
        .map(|number| {
            event(
                "refresh_repeated",
                Some("t10"),
                &format!("203.0.113.{number}"),
            )
        })
        .collect();
    let family = Family::new(&session(i64::MAX, "t126"), &tokens, &events);
    let picture = picture::draw(&session(i64::MAX, "t126"), &family);
    assert!(picture.marks.iter().all(|mark| mark.y < picture.height));
    assert!(
        picture
            .lines
            .iter()
            .all(|line| line.from <= line.to && line.to <= picture.height)
    );
    assert!(
        picture
            .marks
            .iter()
            .any(|mark| mark.label == "and from 35 more places")
    );
    let empty = Family::new(&session(0, ""), &[], &[]);
    assert_eq!(picture::draw(&session(0, ""), &empty).marks.len(), 1);
}
