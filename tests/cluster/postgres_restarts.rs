//! PostgreSQL crashes and comes back while everybody works.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{Cluster, NodeSettings, PrivatePostgres, Stop, wait_until};

const PEOPLE: usize = 6;

#[test]
fn a_crash_of_postgres_under_load_loses_nothing_and_lets_nobody_in() {
    let postgres = PrivatePostgres::start();
    let folder = tempfile::TempDir::new().unwrap();
    // All three migrate at once.
    let nodes = vec![NodeSettings::default(); 3];
    let cluster = Cluster::at(&postgres.url, folder.path(), &nodes);
    let over = AtomicBool::new(false);
    let live = |number: usize| {
        let mut person = cluster.person(&format!("user{number}"), number % 3);
        let mut turn = number;
        while !over.load(Ordering::SeqCst) {
            turn += 1;
            let node = turn % 3;
            person.info(node);
            // Repeated at another node when there was no answer that counts: within the
            // grace that is a retry.
            if person.refresh(node).status == Some(503) {
                person.refresh((node + 1) % 3);
            }
            if turn.is_multiple_of(4) {
                let mut thief = person.thief();
                // Without an answer nobody knows whether it has ended; nor does the checker.
                person.log_out(node);
                for other in 0..3 {
                    thief.info(other);
                    thief.refresh(other);
                }
                wait_until("a log-in succeeds", || {
                    over.load(Ordering::SeqCst) || person.log_in(node).status == Some(200)
                });
            }
        }
    };
    let live = &live;
    let cluster = &cluster;
    std::thread::scope(|scope| {
        let _stop = Stop(&over);
        for number in 0..PEOPLE {
            scope.spawn(move || live(number));
        }
        for _ in 0..2 {
            let before = cluster.record.check().rotated;
            wait_until("everybody is at work", || {
                cluster.record.check().rotated > before + 20
            });
            cluster.record.note("PostgreSQL crashes");
            postgres.crash();
            for node in 0..3 {
                wait_until("the node notices", || !cluster.is_ready(node));
            }
            cluster.record.note("PostgreSQL starts");
            postgres.start_again();
            for node in 0..3 {
                wait_until("the node has recovered", || cluster.is_ready(node));
            }
        }
    });
}
