//! What operators must hear, and what anybody can cause.

use chrono::TimeDelta;
use frontgate::alarms::{Alarm, MAX_OPERATORS_WAITING, MAX_SUBJECTS, MAX_WAITING, Queue};
use frontgate::models::alarm::{Cause, cause};
use frontgate::models::event::{EventKind, NewEvent};
use proptest::prelude::*;

use crate::support::TestApp;

fn alarm(kind: EventKind, user_id: Option<i64>, ip: Option<&str>, minute: i64) -> Alarm {
    let event = NewEvent {
        kind,
        user_id,
        ip,
        ..NewEvent::default()
    };
    Alarm::of(
        &event,
        TestApp::start_of_time() + TimeDelta::minutes(minute),
    )
    .unwrap()
}

fn kinds(of: Cause) -> Vec<EventKind> {
    let kinds = EventKind::ALL.iter().copied();
    kinds.filter(|kind| cause(*kind) == Some(of)).collect()
}

fn all(queue: &mut Queue) -> Vec<Alarm> {
    std::iter::from_fn(|| queue.pop()).collect()
}

#[derive(Clone, Debug)]
struct Flood {
    /// Alarms that anybody can cause: which kind, of which user, in which minute.
    anybody: Vec<(usize, i64, i64)>,
    /// Where in it an operator does something.
    operators: Vec<(usize, usize)>,
}

fn flood() -> impl Strategy<Value = Flood> {
    let anybody = prop::collection::vec((0usize..3, 0i64..400, 0i64..180), 0..1500);
    let operators = prop::collection::vec((0usize..1500, 0usize..5), 0..60);
    (anybody, operators).prop_map(|(anybody, operators)| Flood { anybody, operators })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_flood_that_anybody_can_cause_drops_or_delays_what_operators_must_hear(flood in flood()) {
        let (public, operated) = (kinds(Cause::Anybody), kinds(Cause::Operators));
        let mut queue = Queue::default();
        let mut raised = Vec::new();
        for (place, (kind, user, minute)) in flood.anybody.iter().enumerate() {
            for (_, kind) in flood.operators.iter().filter(|(at, _)| *at == place) {
                queue.push(alarm(operated[*kind], Some(1), None, *minute));
                raised.push(operated[*kind].as_str());
            }
            queue.push(alarm(public[*kind], Some(*user), None, *minute));
        }
        let told = all(&mut queue);
        let first: Vec<_> = told.iter().take(raised.len()).map(|alarm| alarm.kind).collect();
        prop_assert_eq!(first, raised.clone());
        prop_assert!(told.len() <= MAX_WAITING + raised.len());
        let dropped: u64 = told.iter().map(|alarm| alarm.dropped).sum();
        let more: u64 = told.iter().map(|alarm| alarm.more).sum();
        let pushed = (flood.anybody.len() + raised.len()) as u64;
        prop_assert_eq!(dropped + more + told.len() as u64 + queue.untold(), pushed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_alarm_is_told_or_in_a_number_that_is(
        steps in prop::collection::vec((0i64..150, 0i64..90, 0usize..4), 0..2_000),
    ) {
        let mut queue = Queue::default();
        let (mut pushed, mut told) = (0, 0);
        let counted = |alarm: &Alarm| 1 + alarm.more + alarm.dropped;
        for (minute, (user, later, taken)) in steps.iter().enumerate() {
            let minute = i64::try_from(minute).unwrap() / 8 + later / 30;
            queue.push(alarm(EventKind::ReuseDetected, Some(*user), None, minute));
            pushed += 1;
            // Mostly slower than they come.
            if *taken == 0 {
                told += queue.pop().as_ref().map_or(0, counted);
            }
        }
        told += all(&mut queue).iter().map(counted).sum::<u64>();
        prop_assert_eq!(told + queue.untold(), pushed);
        // Once there is room, the numbers come with the next alarm of each.
        let next = 10_000;
        for user in 0..150 {
            queue.push(alarm(EventKind::ReuseDetected, Some(user), None, next));
            told += all(&mut queue).iter().map(counted).sum::<u64>();
            pushed += 1;
        }
        prop_assert_eq!((told, queue.untold()), (pushed, 0));
    }
}

#[test]
fn what_a_dropped_alarm_stood_for_is_in_the_number_of_the_dropped() {
    let mut queue = Queue::default();
    let reuse = |user, minute| alarm(EventKind::ReuseDetected, Some(user), None, minute);
    // It is told, and then stands for seven others.
    queue.push(reuse(0, 0));
    assert_eq!(all(&mut queue).len(), 1);
    (0..7).for_each(|_| queue.push(reuse(0, 1)));
    for user in 1..=i64::try_from(MAX_WAITING).unwrap() {
        queue.push(reuse(user, 59));
    }
    // The next hour's has no place.
    queue.push(reuse(0, 60));
    assert_eq!(queue.pop().unwrap().dropped, 8);
}

#[test]
fn one_follower_an_hour_stands_for_all_of_a_user() {
    let mut queue = Queue::default();
    let follower = |user, minute| alarm(EventKind::FollowerSuspected, Some(user), None, minute);
    for session in 0..16 {
        queue.push(follower(1, session));
        queue.push(follower(2, session));
    }
    let told: Vec<_> = all(&mut queue)
        .iter()
        .map(|alarm| (alarm.user_id, alarm.more))
        .collect();
    assert_eq!(told, [(Some(1), 15), (Some(2), 15)]);
    // Those after the first was told come with the first of the next hour.
    queue.push(follower(1, 58));
    queue.push(follower(1, 59));
    assert_eq!(all(&mut queue), []);
    queue.push(follower(1, 60));
    let told = all(&mut queue);
    assert_eq!((told.len(), told[0].more), (1, 2));
}

#[test]
fn another_kind_another_user_and_another_address_are_told_apart() {
    let mut queue = Queue::default();
    for ip in ["192.0.2.1", "192.0.2.2", "192.0.2.1"] {
        queue.push(alarm(EventKind::GuessingSuspected, None, Some(ip), 0));
        queue.push(alarm(EventKind::GuessingSuspected, Some(1), Some(ip), 0));
        queue.push(alarm(EventKind::ReuseDetected, Some(1), Some(ip), 0));
    }
    let more: Vec<_> = all(&mut queue)
        .iter()
        .map(|alarm| (alarm.kind, alarm.user_id, alarm.more))
        .collect();
    assert_eq!(
        more,
        [
            ("guessing_suspected", None, 1),
            ("guessing_suspected", Some(1), 2),
            ("reuse_detected", Some(1), 2),
            ("guessing_suspected", None, 0),
        ]
    );
}

#[test]
fn every_lane_has_an_end_and_what_is_dropped_is_told() {
    let mut queue = Queue::default();
    for user in 0..2 * i64::try_from(MAX_SUBJECTS).unwrap() {
        if user < 2_000 {
            queue.push(alarm(EventKind::StaffGranted, Some(user), None, 0));
        }
        queue.push(alarm(EventKind::ReuseDetected, Some(user), None, 0));
    }
    let told = all(&mut queue);
    assert_eq!(told.len(), MAX_OPERATORS_WAITING + MAX_WAITING);
    let dropped = 2_000 + 2 * MAX_SUBJECTS - told.len();
    assert_eq!(told[0].dropped, u64::try_from(dropped).unwrap());
    assert!(told[1..].iter().all(|alarm| alarm.dropped == 0));
}
