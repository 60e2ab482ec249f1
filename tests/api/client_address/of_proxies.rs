//! A proxy's own address is never its client's.

use actix_web::test::TestRequest;
use frontgate::client_address::{ClientAddress, find};

use super::networks;

/// What is known of the client of a request from `peer` with these `X-Forwarded-For` headers.
fn found(peer: &str, trusted: &str, forwarded: &[&str]) -> ClientAddress {
    let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
    for line in forwarded {
        request = request.append_header(("X-Forwarded-For", *line));
    }
    find(&request.to_http_request(), &networks(trusted))
}

#[test]
fn the_address_of_a_proxy_is_never_taken_for_that_of_its_client() {
    let known = |ip: &str| ClientAddress::Known(ip.parse().unwrap());
    let of_proxy = |ip: &str| ClientAddress::OfProxy(ip.parse().unwrap());
    let not_named = |by: &str| ClientAddress::NotNamed {
        by: by.parse().unwrap(),
    };
    let table: [(&str, &str, &[&str], ClientAddress); 20] = [
        // The proxy was made to drop the header, or never sends it.
        ("10.0.0.1:1", "10.0.0.0/8", &[], not_named("10.0.0.1")),
        ("127.0.0.1:1", "127.0.0.1/32", &[], not_named("127.0.0.1")),
        ("[::1]:1", "::1/128", &[], not_named("::1")),
        (
            "[::ffff:127.0.0.1]:1",
            "127.0.0.1/32",
            &[],
            not_named("127.0.0.1"),
        ),
        ("203.0.113.7:1", "0.0.0.0/0", &[], not_named("203.0.113.7")),
        // It sends one that says nothing.
        ("10.0.0.1:1", "10.0.0.0/8", &[""], not_named("10.0.0.1")),
        ("10.0.0.1:1", "10.0.0.0/8", &["", ""], not_named("10.0.0.1")),
        ("10.0.0.1:1", "10.0.0.0/8", &[","], not_named("10.0.0.1")),
        (
            "10.0.0.1:1",
            "10.0.0.0/8",
            &["unknown"],
            not_named("10.0.0.1"),
        ),
        (
            "10.0.0.1:1",
            "10.0.0.0/8",
            &["203.0.113.7", ""],
            not_named("10.0.0.1"),
        ),
        // The proxy in front of it does either.
        (
            "10.0.0.1:1",
            "10.0.0.0/8",
            &["10.0.0.2"],
            of_proxy("10.0.0.2"),
        ),
        (
            "10.0.0.1:1",
            "10.0.0.0/8",
            &["10.0.0.3, 10.0.0.2"],
            of_proxy("10.0.0.3"),
        ),
        (
            "10.0.0.1:1",
            "10.0.0.0/8",
            &["10.0.0.1"],
            of_proxy("10.0.0.1"),
        ),
        (
            "10.0.0.1:1",
            "10.0.0.0/8",
            &["unknown, 10.0.0.2"],
            not_named("10.0.0.2"),
        ),
        (
            "10.0.0.1:1",
            "10.0.0.0/8",
            &["", "10.0.0.2"],
            not_named("10.0.0.2"),
        ),
        (
            "127.0.0.1:1",
            "127.0.0.0/8",
            &["::ffff:127.0.0.2"],
            of_proxy("127.0.0.2"),
        ),
        // A peer that is no proxy is the client itself.
        ("10.0.0.9:1", "10.0.0.1/32", &[], known("10.0.0.9")),
        (
            "10.0.0.9:1",
            "10.0.0.1/32",
            &["10.0.0.1"],
            known("10.0.0.9"),
        ),
        (
            "10.0.0.1:1",
            "10.0.0.1/32",
            &["10.0.0.9"],
            known("10.0.0.9"),
        ),
        ("127.0.0.1:1", "", &[], known("127.0.0.1")),
    ];
    for (peer, trusted, forwarded, expected) in table {
        assert_eq!(
            found(peer, trusted, forwarded),
            expected,
            "{peer} trusting {trusted:?} sent {forwarded:?}"
        );
    }
    let gone = TestRequest::default().to_http_request();
    assert_eq!(find(&gone, &networks("10.0.0.0/8")), ClientAddress::Gone);
}
