//! A node that was killed or frozen does not forget what was revoked.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Cluster, Person, wait_for, wait_until};

const PEOPLE: usize = 24;
/// The node is killed right after this answer, while the others wait for theirs.
const LAST_ANSWER: usize = 8;
/// So many ask a frozen node.
const ASKING: usize = 16;

/// Everybody logs out at node 0, which is killed meanwhile. Answers who has an answer.
fn log_out_until_it_breaks(cluster: &Cluster, round: usize) -> Vec<Person<'_>> {
    let people: Vec<_> = (0..PEOPLE)
        .map(|number| cluster.person(&format!("user{number}-{round}"), number % 2))
        .collect();
    let answers = AtomicUsize::new(0);
    let log_out = |mut person| {
        let status = Person::log_out(&mut person, 0).status?;
        assert_eq!(status, 200);
        if answers.fetch_add(1, Ordering::SeqCst) + 1 == LAST_ANSWER {
            cluster.kill(0);
        }
        Some(person)
    };
    let log_out = &log_out;
    let logged_out: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = people
            .into_iter()
            .map(|person| scope.spawn(move || log_out(person)))
            .collect();
        let done = threads
            .into_iter()
            .filter_map(|thread| thread.join().unwrap());
        done.collect()
    });
    assert!(logged_out.len() >= LAST_ANSWER);
    logged_out
}

#[test]
fn the_first_answer_of_a_node_that_was_killed_while_it_revoked_is_a_refusal() {
    let cluster = Cluster::start(2);
    for round in 0..3 {
        let mut logged_out = log_out_until_it_breaks(&cluster, round);
        cluster.spawn(0);
        // Nobody else asks: from before it listens until it answers, only this token.
        let victim = &mut logged_out[0];
        let first = wait_for("the node answers", || victim.info(0).status);
        assert_eq!(first, 401, "in round {round}");
        cluster.wait_until_ready(0);
        for person in &mut logged_out {
            assert_eq!(person.info(0).status, Some(401));
            assert_eq!(person.refresh(0).status, Some(401));
        }
        // Elsewhere as well, whatever became of those that got no answer.
        for person in &mut logged_out {
            wait_until("the other node refuses", || {
                person.info(1).status == Some(401)
            });
        }
    }
    assert!(cluster.record.check().refused > 3 * LAST_ANSWER);
}

#[test]
fn a_node_that_was_frozen_longer_than_the_lease_accepts_nothing_that_was_revoked_meanwhile() {
    let cluster = Cluster::start(2);
    let mut honest = cluster.person("honest", 0);
    let mut victim = cluster.person("victim", 1);
    assert_eq!(victim.info(1).status, Some(200));
    cluster.freeze(1);
    let mut thief = victim.thief();
    assert_eq!(victim.log_out(0).status, Some(200));
    let over = cluster.record.now() + cluster.record.rules.staleness;
    wait_until("the lease has run out", || cluster.record.now() > over);
    let asked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..ASKING {
            let (asked, mut thief) = (&asked, thief.thief());
            // These wait in the queue of the frozen node, which begins with them.
            scope.spawn(move || {
                asked.fetch_add(1, Ordering::SeqCst);
                assert_ne!(thief.info(1).status, Some(200));
            });
        }
        wait_until("they all ask", || asked.load(Ordering::SeqCst) == ASKING);
        cluster.thaw(1);
    });
    wait_until("the node refuses", || thief.info(1).status == Some(401));
    wait_until("the node is fresh again", || {
        honest.info(1).status == Some(200)
    });
}
