//! Three nodes behind the nginx of `deploy/nginx.conf`: without a database, without nodes, and with one that is killed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::Value;

use crate::nginx_sends_again::assert_of_nginx;
use crate::support::{
    Answer, Backend, Cluster, Nginx, NodeSettings, Proxy, Stop, TestDatabase, Traffic, VISITORS,
    Visitor, count, own_address, wait_until,
};

/// How many people refresh while nodes are killed.
const PEOPLE: usize = 12;

/// Nodes that people reach over plain http, through nginx.
pub fn node() -> NodeSettings<'static> {
    NodeSettings {
        url: None,
        environment: vec![
            ("FRONTGATE_COOKIE_SECURE", "false"),
            ("FRONTGATE_TRUSTED_PROXIES", "127.0.0.1"),
        ],
    }
}

fn cluster() -> Cluster {
    Cluster::with(Backend::Postgres, &vec![node(); 3])
}

#[track_caller]
fn assert_status(answer: &Answer, status: u16) {
    assert_eq!(answer.status, Some(status), "{answer:?}");
}

#[test]
fn without_a_database_the_503_of_the_nodes_comes_through() {
    let database = TestDatabase::new(Backend::Postgres);
    let (proxy, url) = Proxy::to(&database.url);
    let mut settings = node();
    settings.url = Some(url);
    settings
        .environment
        .push(("FRONTGATE_DATABASE_TIMEOUT", "1s"));
    let cluster = Cluster::on(database, &vec![settings; 3]);
    let nginx = Nginx::start(&cluster.addresses);
    let ada = nginx.visitor("ada");
    assert_status(&ada.sign_up(), 201);
    proxy.set(Traffic::Reject);
    for node in 0..3 {
        wait_until("the node is not ready", || !cluster.is_ready(node));
    }
    let away = |answer: &Answer| {
        assert_status(answer, 503);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
        assert_eq!(
            answer.header("x-request-id").unwrap().len(),
            36,
            "{answer:?}"
        );
        assert_eq!(answer.header("set-cookie"), None);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert!(body["detail"].is_string(), "{answer:?}");
    };
    for _ in 0..4 {
        away(&ada.ask(Method::GET, ""));
        away(&ada.post("refresh/"));
        away(&ada.post("logout/"));
        away(&ada.log_in());
    }
    proxy.set(Traffic::Pass);
    for node in 0..3 {
        wait_until("the node is ready", || cluster.is_ready(node));
    }
    assert_status(&ada.post("refresh/"), 200);
    assert_status(&ada.ask(Method::GET, ""), 200);
}

#[test]
fn without_nodes_nginx_says_502_in_json_and_nobody_is_logged_out() {
    let cluster = cluster();
    let nginx = Nginx::start(&cluster.addresses);
    let ada = nginx.visitor("ada");
    assert_status(&ada.sign_up(), 201);
    for node in 0..3 {
        cluster.kill(node);
    }
    for _ in 0..4 {
        assert_of_nginx(&ada.ask(Method::GET, ""), 502, Some("1"));
        assert_of_nginx(&ada.post("refresh/"), 502, Some("1"));
        assert_of_nginx(&ada.log_in(), 502, Some("1"));
    }
    cluster.spawn(1);
    cluster.wait_until_ready(1);
    assert_status(&ada.post("refresh/"), 200);
    assert_status(&ada.ask(Method::GET, ""), 200);
}

#[test]
fn no_log_of_nginx_has_the_secret_of_the_setup_link() {
    let away = [(); 3].map(|()| own_address());
    let nginx = Nginx::start(&away);
    let links = [
        "/admin/setup/?token=geheim",
        "/admin/setup?token=geheim",
        "/admin//setup/?token=geheim",
        "/%61dmin/setup/?token=geheim",
        "/static/../admin/setup/?token=geheim",
    ];
    for link in links {
        let status = nginx.status_of_get(link);
        assert_eq!(status, 502, "{link}");
    }
    // What follows is in the log after them.
    assert_eq!(nginx.status_of_get("/health/ready?the=last"), 502);
    wait_until("nginx has logged them", || {
        nginx.log().lines().count() > links.len() && nginx.errors().contains("the=last")
    });
    let (log, errors) = (nginx.log(), nginx.errors());
    assert!(!log.contains("geheim"), "{log}");
    assert!(!errors.contains("geheim"), "{errors}");
}

#[test]
fn a_node_that_is_killed_while_people_refresh_logs_nobody_out() {
    let cluster = cluster();
    let nginx = Nginx::start(&cluster.addresses);
    let people: Vec<Visitor> = (0..PEOPLE)
        .map(|number| nginx.visitor(&format!("user{number}")))
        .collect();
    for person in &people {
        assert_status(&person.sign_up(), 201);
    }
    let (over, refreshed) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let _stop = Stop(&over);
        for person in &people {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    assert_status(&person.post("refresh/"), 200);
                    refreshed.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for node in [0, 1, 2, 0] {
            let before = refreshed.load(Ordering::SeqCst);
            wait_until("they refresh", || {
                refreshed.load(Ordering::SeqCst) > before + 3 * PEOPLE
            });
            cluster.restart(node);
        }
    });
    for person in &people {
        assert_status(&person.ask(Method::GET, ""), 200);
    }
    let ended = "SELECT count(*) FROM events WHERE kind IN ('session_ended', 'reuse_detected')";
    assert_eq!(count(cluster.url(), ended), 0);
}

#[test]
fn a_request_is_found_in_both_logs_by_its_id_and_with_its_address() {
    let cluster = cluster();
    let nginx = Nginx::start(&cluster.addresses);
    let answer = nginx.visitor("ada").post("refresh/?token=geheim");
    assert_status(&answer, 401);
    let id = answer.header("x-request-id").unwrap();
    let part = format!("\"request_id\":\"{id}\"");
    wait_until("nginx has logged it", || nginx.log().contains(&part));
    let log = nginx.log();
    assert!(!log.contains("geheim"), "{log}");
    let line = log.lines().find(|line| line.contains(&part)).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["client"], VISITORS.to_string());
    assert_eq!(
        (&line["method"], &line["path"]),
        (&"POST".into(), &"/api/v1/users/refresh/".into())
    );
    assert_eq!(line["status"], 401);
    let node = cluster
        .addresses
        .iter()
        .position(|address| line["node"] == address.as_str());
    let node = node.unwrap();
    wait_until("the node has logged it", || {
        cluster.log(node).contains(&part)
    });
    let log = cluster.log(node);
    let line = log.lines().find(|line| line.contains(&part)).unwrap();
    assert!(
        line.contains(&format!("\"client\":\"{VISITORS}\"")),
        "{line}"
    );
}
