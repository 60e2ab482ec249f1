//! Bytes that are no HTTP: told of with their sender, and not so often as they come.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use frontgate::telemetry::{Lines, MAX_LINES, MAX_LINES_OF_NETWORK, MAX_NETWORKS};
use proptest::prelude::*;
use serde_json::Value;

use super::{Program, events};
use crate::support::{Backend, TestDatabase, on_both_databases};

/// Sends bytes, reads what comes back to its end, and returns from where that was.
fn send(program: &Program, bytes: &[u8]) -> SocketAddr {
    let address = program.origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let from = stream.local_addr().unwrap();
    stream.write_all(bytes).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    from
}

/// The lines about single connections.
fn told(log: &[Value]) -> Vec<&Value> {
    log.iter()
        .filter(|event| event["why"].is_string())
        .collect()
}

on_both_databases! {
    async fn what_is_no_request_is_no_error_and_names_its_sender(backend: Backend) {
        let database = TestDatabase::new(backend);
        let hostile: [&[u8]; 7] = [
            b"GARBAGE\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n",
            b"\0\0\0\0\0\0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
            b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\n: x\r\n\r\n",
        ];
        let mut told_of = 0;
        for bytes in hostile {
            let program = Program::start(&database, &[]).await;
            let from = send(&program, bytes);
            let log = events(&program.stop());
            let loud: Vec<_> = log.iter().filter(|event| event["level"] != "INFO").collect();
            assert!(loud.is_empty(), "{loud:#?}");
            for line in told(&log) {
                assert_eq!(line["peer"], from.to_string(), "{line:#}");
                told_of += 1;
            }
        }
        assert!(told_of >= 5, "{told_of} lines");
    }

    async fn one_sender_gets_a_few_lines_and_a_sum(backend: Backend) {
        let database = TestDatabase::new(backend);
        let program = Program::start(&database, &[]).await;
        for _ in 0..MAX_LINES_OF_NETWORK + 37 {
            send(&program, b"GARBAGE\r\n\r\n");
        }
        let log = events(&program.stop());
        let lines = told(&log).len() as u64;
        // A minute may have ended meanwhile, once.
        assert!((MAX_LINES_OF_NETWORK..=2 * MAX_LINES_OF_NETWORK).contains(&lines), "{log:#?}");
        let sums: Vec<_> = log.iter().filter(|event| event["connections"].is_u64()).collect();
        let counted = sums.iter().map(|sum| sum["connections"].as_u64().unwrap());
        assert_eq!(lines + counted.sum::<u64>(), MAX_LINES_OF_NETWORK + 37, "{log:#?}");
        assert!(!sums.is_empty());
        for sum in &sums {
            assert_eq!(sum["most_from"], "127.0.0.1/32", "{sums:#?}");
            assert_eq!(sum["connections_of_most"], sum["connections"], "{sums:#?}");
        }
        assert!(sums.iter().all(|sum| sum["level"] == "INFO"), "{sums:#?}");
    }
}

/// Whether a connection of this peer gets a line.
fn counted(lines: &mut Lines, peer: &str) -> bool {
    lines.count(Some(peer.parse().unwrap()))
}

#[test]
fn each_network_gets_its_lines_until_there_are_too_many_of_all() {
    let mut lines = Lines::default();
    let mut sent = 0;
    // A customer of IPv6 has many addresses and is one network.
    let granted = (0..1_000).filter(|n| {
        sent += 1;
        counted(&mut lines, &format!("[2001:db8::{n:x}]:40000"))
    });
    assert_eq!(granted.count() as u64, MAX_LINES_OF_NETWORK);
    // Others still get theirs, up to a sum.
    let others = (0..2_000).filter(|n| {
        sent += 1;
        counted(&mut lines, &format!("10.0.{}.{}:1", n / 250, n % 250))
    });
    let others = others.count() as u64;
    assert_eq!(others, MAX_LINES - MAX_LINES_OF_NETWORK);
    // Nor does an unknown peer get past it.
    sent += 1;
    assert!(!lines.count(None));
    let rest = lines.take_rest().unwrap();
    assert_eq!(rest.connections, sent - MAX_LINES);
    let (network, connections) = rest.most_from.unwrap();
    assert_eq!(network.to_string(), "2001:db8::/64");
    assert_eq!(connections, 1_000 - MAX_LINES_OF_NETWORK);
    // With the next interval all begins anew.
    assert_eq!(lines.take_rest(), None);
    assert!(counted(&mut lines, "[2001:db8::1]:1"));
    assert_eq!(lines.take_rest(), None);
}

#[test]
fn connections_of_no_known_peer_are_bounded_too() {
    let mut lines = Lines::default();
    let granted = (0..500).filter(|_| lines.count(None)).count();
    assert_eq!(granted as u64, MAX_LINES);
    let rest = lines.take_rest().unwrap();
    assert_eq!((rest.connections, rest.most_from), (500 - MAX_LINES, None));
}

/// What is told after these peers, in this order.
fn rest_of(peers: impl IntoIterator<Item = String>) -> (u64, Option<(String, u64)>) {
    let mut lines = Lines::default();
    for peer in peers {
        counted(&mut lines, &peer);
    }
    let rest = lines.take_rest().unwrap();
    let most = rest.most_from;
    (
        rest.connections,
        most.map(|(network, count)| (network.to_string(), count)),
    )
}

fn numbered(number: usize) -> String {
    format!(
        "10.{}.{}.{}:1",
        number >> 16,
        number >> 8 & 255,
        number & 255
    )
}

#[test]
fn the_network_that_is_named_sent_most_of_those_without_a_line() {
    let repeat = |peer: &str, times: usize| std::iter::repeat_n(peer.to_owned(), times);
    let lines = usize::try_from(MAX_LINES).unwrap();
    // The lines went to others before it came.
    let late = repeat("203.0.113.7:1", 500);
    let found = rest_of((0..lines).map(numbered).chain(late));
    assert_eq!(found, (500, Some(("203.0.113.7/32".to_owned(), 500))));
    // One that had five lines and five more connections sent less than it.
    let early = repeat("198.51.100.1:1", 10);
    let late = repeat("203.0.113.7:1", 6);
    let found = rest_of(early.chain((0..lines - 5).map(numbered)).chain(late));
    assert_eq!(found, (11, Some(("203.0.113.7/32".to_owned(), 6))));
    // It came after more networks than are counted: nobody is named in its place.
    for (sent, expected) in [
        (2, Some(("198.51.100.1/32".to_owned(), 3))),
        (3, Some(("198.51.100.1/32".to_owned(), 3))),
        (4, None),
        (500, None),
    ] {
        let early = repeat("198.51.100.1:1", 8);
        let others = (0..MAX_NETWORKS - 1).map(numbered);
        let late = repeat("203.0.113.7:1", sent);
        let found = rest_of(early.chain(others).chain(late));
        let rest = 8 + MAX_NETWORKS - 1 + sent - lines;
        assert_eq!(found, (rest as u64, expected), "{sent}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn no_network_sent_more_than_the_one_that_is_named(
        sent in prop::collection::vec(prop_oneof![1 => 0..20_usize, 9 => 0..40_000_usize], 0..20_000),
    ) {
        let mut lines = Lines::default();
        let mut without = BTreeMap::<String, u64>::new();
        for number in sent {
            let peer = numbered(number);
            if !counted(&mut lines, &peer) {
                *without.entry(peer.replace(":1", "/32")).or_default() += 1;
            }
        }
        let rest = lines.take_rest();
        prop_assert_eq!(rest.map_or(0, |rest| rest.connections), without.values().sum::<u64>());
        if let Some((network, connections)) = rest.and_then(|rest| rest.most_from) {
            prop_assert_eq!(without.get(&network.to_string()), Some(&connections));
            prop_assert_eq!(without.values().max(), Some(&connections));
        } else {
            prop_assert!(without.is_empty() || without.len() > MAX_NETWORKS - 200, "{}", without.len());
        }
    }
}
