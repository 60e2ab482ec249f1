//! Bytes that are no HTTP: told of with their sender, and not so often as they come.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use frontgate::telemetry::{Lines, MAX_LINES, MAX_LINES_OF_NETWORK};
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
        assert!(sums.iter().all(|sum| sum["most_from"] == "127.0.0.1/32"), "{sums:#?}");
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
    assert_eq!(rest.most_from.unwrap().to_string(), "2001:db8::/64");
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
