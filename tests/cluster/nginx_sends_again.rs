//! Which requests the nginx of `deploy/nginx.conf` sends to another node, and what it says where none answers.

use reqwest::Method;
use serde_json::Value;

use crate::support::{Answer, Does, FakeNode, Nginx, VISITORS};

const AWAY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n\
    Retry-After: 7\r\nX-Request-Id: of-the-node\r\nContent-Length: 17\r\n\r\n{\"detail\":\"Away\"}";
const FINE: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// Requests, and how many nodes get each of them while none answers.
const ASKED: [(Method, &str, usize); 22] = [
    (Method::GET, "", 3),
    (Method::GET, "sessions/", 3),
    (
        Method::DELETE,
        "sessions/0f5e2c5d8d6b4c5e9a3a0d1b2c3d4e5f/",
        3,
    ),
    (Method::POST, "refresh/", 3),
    (Method::POST, "refresh", 3),
    (Method::POST, "refresh/?page=1", 3),
    (Method::POST, "%72efresh/", 3),
    (Method::POST, "logout/", 3),
    (Method::POST, "logout", 3),
    (Method::POST, "login/", 1),
    (Method::POST, "login", 1),
    (Method::POST, "login/?refresh/", 1),
    (Method::POST, "create/", 1),
    (Method::POST, "create", 1),
    (Method::POST, "password/", 1),
    (Method::POST, "password/reset/confirm/", 1),
    (Method::POST, "logout/all/", 1),
    (Method::POST, "logout/others/", 1),
    (Method::POST, "refresh/refresh/", 1),
    (Method::POST, "x/refresh/", 1),
    (Method::POST, "refreshed/", 1),
    (Method::PATCH, "profile/", 1),
];

fn three(does: Does) -> ([FakeNode; 3], Nginx) {
    let nodes = [(); 3].map(|()| FakeNode::start(does));
    let nginx = Nginx::start(&nodes.each_ref().map(|node| node.address.clone()));
    (nodes, nginx)
}

fn heard(nodes: &[FakeNode]) -> Vec<String> {
    nodes.iter().flat_map(FakeNode::take_heads).collect()
}

/// What nginx itself says, in the form of the contract.
#[track_caller]
pub fn assert_of_nginx(answer: &Answer, status: u16, retry_after: Option<&str>) {
    assert_eq!(answer.status, Some(status), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("retry-after"), retry_after, "{answer:?}");
    let id = answer.header("x-request-id").unwrap();
    assert_eq!(id.len(), 32, "{id}");
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let fields: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["detail"], "{answer:?}");
    assert!(
        body["detail"].as_str().unwrap().ends_with('.'),
        "{answer:?}"
    );
}

#[test]
fn a_log_in_that_a_node_may_have_got_goes_to_no_other_one() {
    let (nodes, nginx) = three(Does::HangUp);
    let visitor = nginx.visitor("ada");
    for (method, path, times) in ASKED {
        let answer = visitor.ask(method.clone(), path);
        assert_eq!(heard(&nodes).len(), times, "{method} {path}");
        assert_of_nginx(&answer, 502, Some("1"));
    }
}

/// Again and again: nodes that said 503 are asked the next time too.
#[test]
fn the_503_of_the_nodes_comes_through_as_they_say_it() {
    let (nodes, nginx) = three(Does::Say(AWAY));
    let visitor = nginx.visitor("ada");
    for _ in 0..3 {
        for (method, path, times) in ASKED {
            let answer = visitor.ask(method.clone(), path);
            assert_eq!(heard(&nodes).len(), times, "{method} {path}");
            assert_eq!(answer.status, Some(503));
            assert_eq!(answer.body, r#"{"detail":"Away"}"#);
            assert_eq!(answer.header("retry-after"), Some("7"));
            assert_eq!(answer.header("x-request-id"), Some("of-the-node"));
        }
    }
}

#[test]
fn every_request_finds_the_one_node_that_listens() {
    let node = FakeNode::start(Does::Say(FINE));
    let nobody = [(); 2].map(|()| crate::support::own_address());
    let [first, second] = nobody;
    let nginx = Nginx::start(&[first, second, node.address.clone()]);
    let visitor = nginx.visitor("ada");
    for _ in 0..3 {
        for (method, path, _) in ASKED {
            let answer = visitor.ask(method.clone(), path);
            assert_eq!(answer.status, Some(200), "{method} {path}: {answer:?}");
            assert_eq!(node.take_heads().len(), 1, "{method} {path}");
        }
    }
    assert_eq!(node.connections(), 1, "nginx keeps its connection");
}

#[test]
fn what_a_client_claims_about_itself_does_not_reach_a_node() {
    let (nodes, nginx) = three(Does::Say(FINE));
    let visitor = nginx.visitor("ada");
    let request = visitor
        .http
        .get(format!("http://{}/api/v1/users/", nginx.address))
        .header("Host", "app.example.com")
        .header("X-Forwarded-For", "203.0.113.66")
        .header("X-Forwarded-Proto", "https")
        .header("Connection", "close");
    assert_eq!(Answer::of(request, 0).status, Some(200));
    let head = heard(&nodes).concat().to_lowercase();
    let headers: Vec<_> = head
        .lines()
        .filter(|line| {
            line.starts_with("x-forwarded")
                || line.starts_with("host")
                || line.starts_with("connection")
        })
        .collect();
    let client = format!("x-forwarded-for: {VISITORS}");
    assert_eq!(
        headers,
        ["host: app.example.com", &client, "x-forwarded-proto: http"]
    );
    assert!(
        head.starts_with("get /api/v1/users/ http/1.1\r\n"),
        "{head}"
    );
}

#[test]
fn what_is_too_long_or_too_late_is_told_in_json() {
    let nodes = [(); 3].map(|()| FakeNode::start(Does::Nothing).address);
    let changes = [(
        "    proxy_connect_timeout",
        "    proxy_read_timeout 1s;\n    proxy_connect_timeout",
    )];
    let nginx = Nginx::with(&nodes, &changes);
    let visitor = nginx.visitor("ada");
    let long = visitor
        .http
        .post(format!("http://{}/api/v1/users/login/", nginx.address))
        .body("x".repeat(16 * 1024 + 1));
    let long = Answer::of(long, 0);
    assert_of_nginx(&long, 413, None);
    assert_eq!(
        long.body,
        r#"{"detail":"Request body exceeds 16384 bytes."}"#
    );
    assert_of_nginx(&visitor.post("login/"), 504, Some("1"));
}

/// `docs/runbook.md` has the limit.
#[test]
fn log_ins_beyond_a_limit_are_told_in_json() {
    let nodes = [(); 3].map(|()| FakeNode::start(Does::Say(FINE)).address);
    let (_, block) = include_str!("../../docs/runbook.md")
        .split_once("```nginx\n")
        .unwrap();
    let (zone, location) = block.split_once("```").unwrap().0.split_once('\n').unwrap();
    let changes = [
        (
            "server {\n    listen",
            &*format!("{zone}\nserver {{\n    listen"),
        ),
        (
            "    location / {",
            &format!("{location}\n    location / {{"),
        ),
    ];
    let nginx = Nginx::with(&nodes, &changes);
    let visitor = nginx.visitor("ada");
    let asked: Vec<_> = (0..40).map(|_| visitor.post("login/")).collect();
    for answer in &asked[..11] {
        assert_eq!(answer.status, Some(200), "{answer:?}");
    }
    let refused = asked.iter().find(|answer| answer.status != Some(200));
    assert_of_nginx(refused.expect("a limit"), 429, Some("1"));
    assert_eq!(visitor.post("refresh/").status, Some(200));
}
