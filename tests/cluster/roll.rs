//! A rolling restart behind the nginx of `deploy/nginx.conf`. `scripts/benchmark-roll` measures a longer one.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::nginx::node;
use crate::support::{Backend, Cluster, Nginx, Stop, Visitor, wait_until};

const PEOPLE: usize = 24;

/// Refreshes, logs out and logs in again until it is over.
fn use_it(visitor: &Visitor, over: &AtomicBool, done: &AtomicUsize, lost: &Mutex<Vec<String>>) {
    let turn = [
        "refresh/", "refresh/", "refresh/", "refresh/", "logout/", "login/",
    ];
    while !over.load(Ordering::SeqCst) {
        for path in turn {
            let answer = match path {
                "login/" => visitor.log_in(),
                path => visitor.post(path),
            };
            if answer.status == Some(200) {
                done.fetch_add(1, Ordering::SeqCst);
            } else {
                lost.lock().unwrap().push(format!("{path}: {answer:?}"));
            }
        }
    }
}

#[test]
fn a_rolling_restart_loses_no_request() {
    let mut settings = node();
    // As docs/deployment.md has it, and faster: longer than nginx keeps an idle connection.
    settings
        .environment
        .push(("FRONTGATE_SHUTDOWN_DELAY", "2s"));
    let cluster = Cluster::with(Backend::Postgres, &vec![settings; 3]);
    let nginx = Nginx::with(
        &cluster.addresses,
        &[("keepalive_timeout 5s;", "keepalive_timeout 1s;")],
    );
    let people: Vec<Visitor> = (0..PEOPLE)
        .map(|number| nginx.visitor(&format!("user{number}")))
        .collect();
    for person in &people {
        assert_eq!(person.sign_up().status, Some(201));
    }
    let over = AtomicBool::new(false);
    let (done, lost) = (AtomicUsize::new(0), Mutex::default());
    std::thread::scope(|scope| {
        let _stop = Stop(&over);
        for person in &people {
            scope.spawn(|| use_it(person, &over, &done, &lost));
        }
        for node in 0..3 {
            let before = done.load(Ordering::SeqCst);
            wait_until("they go on", || {
                done.load(Ordering::SeqCst) > before + 6 * PEOPLE
            });
            cluster.stop(node);
            cluster.spawn(node);
            cluster.wait_until_ready(node);
        }
    });
    let lost: Vec<String> = lost.into_inner().unwrap();
    assert!(
        lost.is_empty(),
        "of {done:?}: {lost:#?}\n{}",
        nginx.errors()
    );
}
