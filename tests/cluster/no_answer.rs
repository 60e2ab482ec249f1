//! A database that takes what is sent, acknowledges it, and never answers: each round trip is
//! given up in time, the pool is not emptied, and nobody is let in on a guess.

use crate::support::{
    Answer, Backend, Cluster, NodeSettings, Person, PrivatePostgres, Proxy, TestDatabase, Traffic,
    count, execute, signal, wait_for, wait_until,
};

/// More than the pool of a node has.
const PEOPLE: usize = 12;
const POOL: &str = "4";

fn quick() -> Vec<(&'static str, &'static str)> {
    vec![
        ("FRONTGATE_DATABASE_TIMEOUT", "1s"),
        ("FRONTGATE_DATABASE_POOL_SIZE", POOL),
    ]
}

/// Everybody at once; what each was answered.
fn all_at_once<'a>(
    people: &mut [Person<'a>],
    ask: impl Fn(&mut Person<'a>) -> Answer + Sync,
) -> Vec<Answer> {
    let ask = &ask;
    std::thread::scope(|scope| {
        let asking: Vec<_> = people
            .iter_mut()
            .map(|person| scope.spawn(move || ask(person)))
            .collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// The log says what happened, and that the socket was found and closed.
#[track_caller]
fn assert_given_up(cluster: &Cluster, node: usize) {
    let log = cluster.log(node);
    let told = |line: &&str| line.contains("the connection was given up");
    assert!(log.lines().any(|line| told(&line)), "{log}");
    for line in log.lines().filter(told) {
        assert!(
            line.contains("closed=true") || line.contains("\"closed\":true"),
            "{line}"
        );
    }
}

#[test]
fn a_commit_that_waits_for_a_standby_is_put_off_and_holds_nothing() {
    let postgres = PrivatePostgres::start();
    let folder = tempfile::TempDir::new().unwrap();
    let node = NodeSettings {
        url: None,
        environment: quick(),
    };
    let cluster = Cluster::at(&postgres.url, folder.path(), &[node.clone(), node]);
    let mut people: Vec<_> = (0..PEOPLE)
        .map(|number| cluster.person(&format!("user{number}"), 0))
        .collect();
    let mut leaver = cluster.person("leaver", 0);
    let mut reader = cluster.person("reader", 0);
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    execute(
        &postgres.url,
        &[
            "ALTER SYSTEM SET synchronous_standby_names = '*'",
            "SELECT pg_reload_conf()",
        ],
    );
    wait_until("the server waits for a standby", || {
        count(
            &postgres.url,
            "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting = '*'",
        ) == 1
    });

    for _ in 0..2 {
        std::thread::scope(|scope| {
            let refreshing = scope.spawn(|| all_at_once(&mut people, |person| person.refresh(0)));
            wait_until("the whole pool waits", || {
                count(&postgres.url, waiting).to_string() == POOL
            });
            // Reads need no database, so the node is to stay in rotation.
            assert_eq!(reader.info(0).status, Some(200));
            assert!(cluster.is_ready(0));
            for answer in refreshing.join().unwrap() {
                assert_eq!(answer.status, Some(503), "{answer:?}");
                assert_eq!(answer.header("retry-after"), Some("1"), "{answer:?}");
            }
        });
    }
    // Not stored for certain, so not promised; and in doubt no token is accepted.
    let mut thief = leaver.thief();
    assert_eq!(leaver.log_out(0).status, Some(503));
    let doubtful = thief.info(0).status;
    assert!(
        doubtful == Some(503) || doubtful == Some(401),
        "in doubt: {doubtful:?}"
    );
    // It was stored on this server, and every node finds out.
    for node in 0..2 {
        wait_until("the log-out is known", || {
            thief.info(node).status == Some(401)
        });
    }
    // Neither connections nor locks stay behind on the server.
    wait_until("nothing waits for the standby", || {
        count(&postgres.url, waiting) == 0
    });
    assert_given_up(&cluster, 0);

    execute(
        &postgres.url,
        &[
            "ALTER SYSTEM RESET synchronous_standby_names",
            "SELECT pg_reload_conf()",
        ],
    );
    for person in &mut people {
        wait_until("the pool works again", || {
            person.refresh(0).status == Some(200)
        });
    }
    wait_until("it is ready", || cluster.is_ready(0));
}

#[test]
fn an_alarm_whose_commit_had_no_answer_is_told_once_it_is_known_to_be_stored() {
    let postgres = PrivatePostgres::start();
    let folder = tempfile::TempDir::new().unwrap();
    let told = folder.path().join("alarms");
    let alarm_command = format!("/bin/sh -c \"cat >> '{}'\"", told.display());
    let mut environment = quick();
    environment.push(("FRONTGATE_ALARM_COMMAND", &alarm_command));
    environment.push(("FRONTGATE_REFRESH_GRACE", "0s"));
    let node = NodeSettings {
        url: None,
        environment,
    };
    let cluster = Cluster::at(&postgres.url, folder.path(), &[node]);
    let mut thieves = ["ada", "bob"].map(|name| {
        let mut person = cluster.person(name, 0);
        let thief = person.thief();
        assert_eq!(person.refresh(0).status, Some(200));
        thief
    });
    execute(
        &postgres.url,
        &[
            "ALTER SYSTEM SET synchronous_standby_names = '*'",
            "SELECT pg_reload_conf()",
        ],
    );
    wait_until("the server waits for a standby", || {
        count(
            &postgres.url,
            "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting = '*'",
        ) == 1
    });
    let told = || {
        let told = std::fs::read_to_string(&told).unwrap_or_default();
        let lines = told.lines().map(serde_json::from_str);
        lines.collect::<Result<Vec<serde_json::Value>, _>>()
    };
    // Reuse, which is stored, and nobody is told that it is. The audit log is asked again for the second one's
    // alarm, and with it for the first one's if that still waits.
    for (number, thief) in thieves.iter_mut().enumerate() {
        assert_eq!(thief.refresh(0).status, Some(503));
        let alarms = wait_for("the operator is told", || {
            told().ok().filter(|alarms| alarms.len() > number)
        });
        assert_eq!(alarms[number]["kind"], "reuse_detected", "{alarms:#?}");
    }
    execute(
        &postgres.url,
        &[
            "ALTER SYSTEM RESET synchronous_standby_names",
            "SELECT pg_reload_conf()",
        ],
    );
    let ended = "SELECT count(*) FROM sessions WHERE end_reason = 'reuse_detected'";
    assert_eq!(count(&postgres.url, ended), 2);
    // A node that stops delivers what waits.
    cluster.stop(0);
    let alarms = told().unwrap();
    assert_eq!(alarms.len(), 2, "{alarms:#?}");
    assert_ne!(alarms[0], alarms[1]);
    // One alarm stands for further ones about the same user, and the log tells of them at the end.
    let log = cluster.log(0);
    assert!(!log.contains("how many alarms others stood for"), "{log}");
}

#[test]
fn a_server_that_stops_gives_its_last_writes_up_together() {
    let database = TestDatabase::new(Backend::Postgres);
    let (proxy, url) = Proxy::to(&database.url);
    let node = NodeSettings {
        url: Some(url),
        // Each round trip takes less than the last writes have together, and all of them more.
        environment: vec![("FRONTGATE_DATABASE_TIMEOUT", "7s")],
    };
    let cluster = Cluster::on(database, &[node]);
    cluster.person("ada", 0);
    proxy.set(Traffic::Swallow);
    cluster.stop(0);
    let log = cluster.log(0);
    assert!(
        log.contains("the server stops before everything that it counted is in the database"),
        "{log}"
    );
}

/// Node 1 behind a proxy.
fn behind_a_proxy() -> (Cluster, Proxy) {
    let database = TestDatabase::new(Backend::Postgres);
    let (proxy, url) = Proxy::to(&database.url);
    let nodes = [None, Some(url)].map(|url| NodeSettings {
        url,
        environment: quick(),
    });
    (Cluster::on(database, &nodes), proxy)
}

#[test]
fn a_proxy_that_swallows_everything_costs_no_connection_of_the_pool_for_ever() {
    let (cluster, proxy) = behind_a_proxy();
    let mut people: Vec<_> = (0..PEOPLE)
        .map(|number| cluster.person(&format!("user{number}"), 1))
        .collect();
    all_at_once(&mut people, |person| person.refresh(1));
    proxy.set(Traffic::Swallow);
    for answer in all_at_once(&mut people, |person| person.refresh(1)) {
        assert_eq!(answer.status, Some(503), "{answer:?}");
    }
    // Connections that have lost something stay silent, and the proxy never closes them.
    proxy.set(Traffic::Pass);
    for person in &mut people {
        wait_until("the pool works again", || {
            person.refresh(1).status == Some(200)
        });
    }
    wait_until("it is ready", || cluster.is_ready(1));
    wait_until("given up connections are closed on this side", || {
        proxy.half_open() == 0
    });
    assert_given_up(&cluster, 1);
}

#[test]
fn a_backend_that_stands_still_is_given_up_on_a_unix_socket_as_well() {
    let postgres = PrivatePostgres::start();
    let folder = tempfile::TempDir::new().unwrap();
    let mut environment = quick();
    environment.push(("FRONTGATE_DATABASE_POOL_SIZE", "1"));
    let node = NodeSettings {
        url: None,
        environment,
    };
    let cluster = Cluster::at(&postgres.url, folder.path(), &[node]);
    let mut ada = cluster.person("ada", 0);
    // The pool's one connection; the follower's is listening.
    let backend = wait_for("the pool has its connection", || {
        ada.refresh(0);
        let pid = count(
            &postgres.url,
            "SELECT coalesce(max(pid), 0)::bigint FROM pg_stat_activity \
             WHERE application_name = 'frontgate' AND query LIKE 'COMMIT%'",
        );
        u32::try_from(pid).ok().filter(|pid| *pid != 0)
    });
    signal(backend, "STOP");
    let answer = ada.refresh(0);
    signal(backend, "CONT");
    // The one that stands still is given up while the pool tries it, and another one works.
    assert!(matches!(answer.status, Some(200 | 503)), "{answer:?}");
    wait_until("the pool works again", || {
        ada.refresh(0).status == Some(200)
    });
    assert_given_up(&cluster, 0);
}
