//! A node that cannot reach the database says so, and never guesses.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{
    Answer, Backend, Cluster, NodeSettings, Person, Proxy, Stop, TestDatabase, Traffic, wait_until,
};

/// Node 0 on the database itself, node 1 behind a proxy.
fn with_a_proxy() -> (Cluster, Proxy) {
    let database = TestDatabase::new(Backend::Postgres);
    let (proxy, url) = Proxy::to(&database.url);
    let nodes = [
        NodeSettings::default(),
        NodeSettings {
            url: Some(url),
            environment: Vec::new(),
        },
    ];
    (Cluster::on(database, &nodes), proxy)
}

/// 503, and when to come again.
fn is_put_off(answer: &Answer) -> bool {
    if answer.status != Some(503) {
        return false;
    }
    let seconds = answer
        .header("retry-after")
        .and_then(|text| text.parse().ok());
    assert!(
        seconds.is_some_and(|seconds: u64| seconds > 0),
        "{answer:?}"
    );
    true
}

/// Cuts node 1 off, revokes at node 0, and lets it back.
fn cut_off(traffic: Traffic) {
    let (cluster, proxy) = with_a_proxy();
    let mut honest = cluster.person("honest", 1);
    let mut victims: Vec<_> = (0..6)
        .map(|number| cluster.person(&format!("victim{number}"), number % 2))
        .collect();
    for victim in &mut victims {
        assert_eq!(victim.info(1).status, Some(200));
    }

    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _stop = Stop(&over);
        // Somebody asks with what is being revoked, all the time.
        scope.spawn(|| {
            let mut thieves: Vec<_> = victims.iter().map(Person::thief).collect();
            while !over.load(Ordering::SeqCst) {
                for thief in &mut thieves {
                    thief.info(1);
                }
            }
        });
        cluster.record.note(format!("{traffic:?}"));
        proxy.set(traffic);
        let mut ended: Vec<_> = victims.iter().map(Person::thief).collect();
        for victim in &mut ended {
            assert_eq!(victim.log_out(0).status, Some(200));
        }
        wait_until("the lease runs out", || is_put_off(&honest.info(1)));
        assert!(is_put_off(&cluster.get(1, "/health/ready")));
        assert!(is_put_off(&honest.log_out(1)));
        assert_eq!(cluster.get(1, "/health/live").status, Some(200));
        // It stays so, however long, and nobody's cookies are deleted meanwhile.
        let tries = proxy.tries();
        wait_until("it has tried again", || {
            assert!(is_put_off(&honest.info(1)));
            let refused = traffic == Traffic::Reject;
            !refused || proxy.tries() > tries + 3
        });
        cluster.record.note("Pass");
        proxy.set(Traffic::Pass);
        if traffic == Traffic::Swallow {
            // What the kernel does with connections of which nothing was acknowledged.
            proxy.close();
        }
        wait_until("the node has recovered", || {
            honest.info(1).status == Some(200)
        });
        wait_until("it is ready", || cluster.is_ready(1));
    });
    for victim in &mut victims {
        assert_eq!(victim.info(1).status, Some(401));
        assert_eq!(victim.refresh(1).status, Some(401));
    }
    // The pool has recovered as well.
    assert_eq!(honest.refresh(1).status, Some(200));
    // The look that was held up began long ago, so that the lease may run out once more.
    wait_until("the log-out is done", || {
        honest.log_out(1).status == Some(200)
    });
    wait_until("the other node hears of it", || {
        honest.info(0).status == Some(401)
    });
}

#[test]
fn a_node_whose_packets_are_lost_and_sent_again_puts_off_and_recovers() {
    cut_off(Traffic::Hold);
}

#[test]
fn a_node_whose_connections_go_silent_puts_off_and_recovers() {
    cut_off(Traffic::Swallow);
}

#[test]
fn a_node_that_is_rejected_puts_off_and_recovers() {
    cut_off(Traffic::Reject);
}

#[test]
fn a_feed_whose_connection_stays_silent_for_ever_gets_another_one() {
    let (cluster, proxy) = with_a_proxy();
    let mut honest = cluster.person("honest", 0);
    let mut victim = cluster.person("victim", 0);
    proxy.set(Traffic::Swallow);
    wait_until("the lease runs out", || is_put_off(&honest.info(1)));
    // The way is clear again, but not for the connections of before: a firewall that has
    // forgotten them.
    proxy.set(Traffic::Pass);
    assert_eq!(victim.log_out(0).status, Some(200));
    wait_until("another connection follows", || {
        honest.info(1).status == Some(200)
    });
    assert_eq!(victim.info(1).status, Some(401));
}
