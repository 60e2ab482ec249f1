//! Who asks: forwarded addresses through trusted proxies only.

mod of_proxies;

use actix_web::test::TestRequest;
use diesel::prelude::*;
use frontgate::client_address::{client, is_https};
use frontgate::config::values::{List, Value};
use frontgate::schema::sessions;
use ipnet::IpNet;
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Backend, PASSWORD, TestApp, USERS, on_both_databases};

fn networks(text: &str) -> Vec<IpNet> {
    text.split(' ')
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().unwrap())
        .collect()
}

/// The address of a request from `peer` with these `X-Forwarded-For` headers.
fn address(peer: &str, trusted: &str, forwarded: &[&str]) -> String {
    let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
    for line in forwarded {
        request = request.append_header(("X-Forwarded-For", *line));
    }
    client(&request.to_http_request(), &networks(trusted))
        .ip
        .unwrap_or_else(|| UNKNOWN.to_owned())
}

/// How a test writes a client of whom no address is known.
const UNKNOWN: &str = "unknown";

#[test]
fn the_right_most_address_that_is_no_trusted_proxy_is_the_client() {
    const PROXY: &str = "10.0.0.1:40000";
    const INNER: &str = "10.0.0.0/8";
    let table: [(&str, &str, &[&str], &str); 25] = [
        // Nobody is trusted, or the peer is not.
        (PROXY, "", &[], "10.0.0.1"),
        (PROXY, "", &["203.0.113.9"], "10.0.0.1"),
        ("198.51.100.7:1", INNER, &["203.0.113.9"], "198.51.100.7"),
        ("198.51.100.7:1", INNER, &["10.0.0.1"], "198.51.100.7"),
        // One proxy, which appends what it saw.
        (PROXY, INNER, &[], UNKNOWN),
        (PROXY, INNER, &["203.0.113.9"], "203.0.113.9"),
        (PROXY, INNER, &["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
        (PROXY, INNER, &["10.9.9.9, 203.0.113.9"], "203.0.113.9"),
        (PROXY, INNER, &["garbage, 203.0.113.9"], "203.0.113.9"),
        (PROXY, INNER, &["  203.0.113.9\t"], "203.0.113.9"),
        // Several, in one header or in more.
        (
            PROXY,
            INNER,
            &["1.2.3.4, 203.0.113.9, 10.0.0.2"],
            "203.0.113.9",
        ),
        (
            PROXY,
            INNER,
            &["1.2.3.4,203.0.113.9,10.0.0.3,10.0.0.2"],
            "203.0.113.9",
        ),
        (
            PROXY,
            INNER,
            &["1.2.3.4", "203.0.113.9", "10.0.0.2"],
            "203.0.113.9",
        ),
        (
            PROXY,
            INNER,
            &["1.2.3.4, 203.0.113.9", "10.0.0.2"],
            "203.0.113.9",
        ),
        (PROXY, INNER, &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        // Ports, brackets, IPv6, and IPv4 within it.
        (PROXY, INNER, &["203.0.113.9:51234"], "203.0.113.9"),
        (PROXY, INNER, &["2001:DB8::1"], "2001:db8::1"),
        (PROXY, INNER, &["[2001:db8::1]:443"], "2001:db8::1"),
        (PROXY, INNER, &["[2001:db8::1]"], "2001:db8::1"),
        (
            PROXY,
            INNER,
            &["203.0.113.9, ::ffff:10.0.0.2"],
            "203.0.113.9",
        ),
        (
            "[::ffff:10.0.0.1]:40000",
            INNER,
            &["203.0.113.9"],
            "203.0.113.9",
        ),
        (
            "[fd00::1]:40000",
            "fd00::/8",
            &["2001:db8::1, fd00::2"],
            "2001:db8::1",
        ),
        // What cannot be read is no address, the proxy's own least of all.
        (PROXY, INNER, &["203.0.113.9, unknown"], UNKNOWN),
        (PROXY, INNER, &["203.0.113.9, , 10.0.0.2"], UNKNOWN),
        (
            PROXY,
            INNER,
            &["203.0.113.9", "\u{e9}", "10.0.0.2"],
            UNKNOWN,
        ),
    ];
    for (peer, trusted, forwarded, expected) in table {
        let found = address(peer, trusted, forwarded);
        assert_eq!(
            found, expected,
            "{peer} trusting {trusted:?} sent {forwarded:?}"
        );
    }
}

#[test]
fn an_element_that_is_no_address_is_an_unknown_client() {
    for hop in [
        "unix:",
        "unknown",
        "_hidden",
        "_",
        "garbage",
        "",
        " ",
        "-",
        "localhost",
        "unix:/run/app.sock",
        "1.2.3",
        "1.2.3.4.5",
        "010.1.2.3",
        "0x7f.1",
        "2130706433",
        "127.0.0.1:",
        "127.0.0.1:99999",
        "127.0.0.1:+1",
        "127.0.0.1:http",
        "127.0.0.1%lo",
        "[127.0.0.1]",
        "[::1",
        "::1]",
        "[::1]x",
        "[::1]:",
        "[::1]:x",
        "[::1]443",
        "[[::1]]",
        "::1%",
        "fe80::1%e th0",
        ":::1",
        "127.0.0.1 127.0.0.1",
        "127.0.0.1;",
        "\"127.0.0.1\"",
        "for=127.0.0.1",
        "127.0.0.1/8",
        "::ffff:1.2.3.4.5",
        "\u{661}.1.1.1",
    ] {
        for forwarded in [
            hop.to_owned(),
            format!("203.0.113.7, {hop}"),
            format!("203.0.113.7, {hop}, 10.0.0.2"),
        ] {
            let found = address("10.0.0.1:40000", "10.0.0.0/8", &[&forwarded]);
            assert_eq!(found, UNKNOWN, "{forwarded:?}");
        }
        // To the left of what our proxies append it means nothing.
        let found = address(
            "10.0.0.1:40000",
            "10.0.0.0/8",
            &[&format!("{hop}, 203.0.113.7")],
        );
        assert_eq!(found, "203.0.113.7", "{hop:?}");
        // Nor where nobody is trusted.
        assert_eq!(address("10.0.0.1:40000", "", &[hop]), "10.0.0.1", "{hop:?}");
    }
}

#[test]
fn an_address_is_read_with_a_port_brackets_and_a_zone() {
    for (hop, expected) in [
        ("203.0.113.9:0", "203.0.113.9"),
        ("203.0.113.9:65535", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:443", "203.0.113.9"),
        ("::FFFF:cb00:7109", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%eth0]:443", "fe80::1"),
        ("[fe80::1%25eth0]", "fe80::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8:0:0:0:0:0:1", "2001:db8::1"),
    ] {
        let found = address(
            "10.0.0.1:40000",
            "10.0.0.0/8",
            &[&format!("198.51.100.1,\t{hop} ")],
        );
        assert_eq!(found, expected, "{hop:?}");
    }
}

/// Bytes that a client sends and nginx puts into the line that it appends to.
#[test]
fn bytes_that_are_no_text_make_nobody_unknown_but_where_they_count() {
    let of = |line: &[u8]| {
        let line = actix_web::http::header::HeaderValue::from_bytes(line).unwrap();
        let request = TestRequest::default().peer_addr("10.0.0.1:1".parse().unwrap());
        let request = request
            .append_header(("X-Forwarded-For", line))
            .to_http_request();
        client(&request, &networks("10.0.0.0/8")).ip
    };
    assert_eq!(of(b"\xff, 203.0.113.7"), Some("203.0.113.7".to_owned()));
    assert_eq!(of(b"203.0.113.7, \xff"), None);
}

#[test]
fn networks_of_settings_are_those_of_ipv4_however_they_are_spelled() {
    let parsed = |text: &str| List::<IpNet>::parse(text).map(|list| list.show());
    for (text, expected) in [
        ("::ffff:127.0.0.1", "127.0.0.1/32"),
        ("::ffff:10.0.0.0/104, fd00::/8", "10.0.0.0/8,fd00::/8"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::FFFF:7f00:1", "127.0.0.1/32"),
        ("127.0.0.1", "127.0.0.1/32"),
        ("::1", "::1/128"),
        ("::/0", "::/0"),
    ] {
        assert_eq!(parsed(text), Ok(expected.to_owned()), "{text}");
    }
    for wrong in [
        "::ffff:10.0.0.0/8",
        "::ffff:127.0.0.1/64",
        "10.0.0.0/33",
        "fe80::1%eth0",
        "10.0.0.0/",
        "any",
    ] {
        assert!(parsed(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn only_a_trusted_proxy_can_say_that_the_browser_came_by_https() {
    for (trusted, proto, expected) in [
        ("", Some("https"), false),
        ("192.0.2.0/24", Some("https"), false),
        ("10.0.0.0/8", Some("https"), true),
        ("10.0.0.0/8", Some("HTTPS"), true),
        ("10.0.0.0/8", Some("http"), false),
        // The browser's way to the first proxy, as Django reads it.
        ("10.0.0.0/8", Some("https, http"), true),
        ("10.0.0.0/8", Some("https,http"), true),
        ("10.0.0.0/8", Some(" HTTPS ,http"), true),
        ("10.0.0.0/8", Some("http,https"), false),
        ("10.0.0.0/8", Some(",https"), false),
        ("10.0.0.0/8", Some("https;"), false),
        ("10.0.0.0/8", Some("httpsx"), false),
        ("10.0.0.0/8", Some(""), false),
        ("10.0.0.0/8", None, false),
    ] {
        let mut request = TestRequest::default().peer_addr("10.0.0.1:40000".parse().unwrap());
        if let Some(proto) = proto {
            request = request.append_header(("X-Forwarded-Proto", proto));
        }
        let found = is_https(&request.to_http_request(), &networks(trusted));
        assert_eq!(found, expected, "{trusted:?} {proto:?}");
    }
}

#[test]
fn user_agents_are_cut_and_cleaned() {
    let agent = |bytes: &[u8]| {
        let value = actix_web::http::header::HeaderValue::from_bytes(bytes).unwrap();
        let request = TestRequest::default().append_header(("User-Agent", value));
        client(&request.to_http_request(), &[]).user_agent
    };
    assert_eq!(agent(b"Mozilla/5.0 (X11)"), "Mozilla/5.0 (X11)");
    assert_eq!(agent(b""), "");
    assert_eq!(agent(b"a\tb\xc2\x85c"), "abc");
    assert_eq!(agent(b"caf\xc3\xa9 \xff"), "caf\u{e9} \u{fffd}");
    assert_eq!(agent(&[b'x'; 401]), "x".repeat(400));
    assert_eq!(agent("\u{e9}".repeat(401).as_bytes()), "\u{e9}".repeat(400));
    let request = TestRequest::default().to_http_request();
    assert_eq!(client(&request, &[]).user_agent, "");
}

on_both_databases! {
    async fn a_session_keeps_the_address_and_the_user_agent_that_opened_it(backend: Backend) {
        for (trusted, expected) in [("127.0.0.0/8", "203.0.113.9"), ("", "127.0.0.1")] {
            let app = TestApp::with(backend, &[("trusted_proxies", trusted)]).await;
            let request = app
                .request(Method::POST, &format!("{USERS}/create/"))
                .header("X-Forwarded-For", "1.2.3.4, 203.0.113.9:5555")
                .header("User-Agent", "x".repeat(1_000))
                .json(&json!({ "email": "ada@example.com", "password": PASSWORD }));
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, 201, "{answer}");
            let kept: (Option<String>, String) = sessions::table
                .select((sessions::ip, sessions::user_agent))
                .first(&mut app.connect())
                .unwrap();
            assert_eq!(kept, (Some(expected.to_owned()), "x".repeat(400)));
        }
    }
}
