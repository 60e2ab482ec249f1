//! A cookie is found by the exact bytes of its name, and not when it is there twice.

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use frontgate::cookies::{Found, find};
use reqwest::Method;

use crate::support::{Answer, Backend, TestApp, USERS, on_both_databases};

fn headers(lines: &[&[u8]]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
    }
    headers
}

#[test]
fn only_the_exact_bytes_of_the_name_name_the_cookie() {
    let table: [(&[u8], Found<'_>); 31] = [
        (b"", Found::Absent),
        (b"access=t", Found::Once("t")),
        (b"a=b; access=t; c=d", Found::Once("t")),
        (b"a=b;access=t;c=d", Found::Once("t")),
        (b"\taccess=t\t ; c=d", Found::Once("t")),
        (b"a=b; \t access=t", Found::Once("t")),
        (b";;access=t;;", Found::Once("t")),
        (b"access=", Found::Once("")),
        (b"access=t=u==", Found::Once("t=u==")),
        (b"access=t u", Found::Once("t u")),
        // Values are not decoded, and quotes are a part of them (RFC 6265, section 4.1.1).
        (b"access=\"t\"", Found::Once("\"t\"")),
        (b"access=%74", Found::Once("%74")),
        (b"a=\"; access=t\"", Found::Once("t\"")),
        (b"$Version=1; access=t", Found::Once("t")),
        // Other names, some of which other servers would take for ours.
        (b"access", Found::Absent),
        (b"=access", Found::Absent),
        (b"access =t", Found::Absent),
        (b"xaccess=t", Found::Absent),
        (b"accessx=t", Found::Absent),
        (b"x-access=t", Found::Absent),
        (b"Access=t", Found::Absent),
        (b"ACCESS=t", Found::Absent),
        (b"%61ccess=t", Found::Absent),
        (b"access%3Dt", Found::Absent),
        (b"\"access\"=t", Found::Absent),
        (b"a=b,access=t", Found::Absent),
        (b"x=access=t", Found::Absent),
        (b"access=t; xaccess=u; Access=v", Found::Once("t")),
        // Bytes that are no text hide no other cookie.
        (b"x=\xff\xfe; access=t; \xe9=y", Found::Once("t")),
        (b"\xff; access=t", Found::Once("t")),
        (b"access=\xff", Found::Ambiguous),
    ];
    for (line, expected) in table {
        let headers = headers(&[line]);
        let shown = String::from_utf8_lossy(line);
        assert_eq!(find(&headers, "access"), expected, "Cookie: {shown}");
    }
}

#[test]
fn a_prefixed_name_cannot_be_spelled_otherwise() {
    for (line, expected) in [
        (&b"__Host-access=t"[..], Found::Once("t")),
        (b"%5F%5FHost-access=t", Found::Absent),
        (b"__host-access=t", Found::Absent),
        (b"__Host-access%20=t", Found::Absent),
        (b"\xa0__Host-access=t", Found::Absent),
        (b"__Host-access=t; %5F%5FHost-access=u", Found::Once("t")),
    ] {
        let headers = headers(&[line]);
        assert_eq!(find(&headers, "__Host-access"), expected, "{line:?}");
    }
}

#[test]
fn a_cookie_that_comes_twice_is_ambiguous() {
    let table: [(&[&[u8]], Found<'_>); 7] = [
        (&[b"access=t; access=u"], Found::Ambiguous),
        (&[b"access=t; access=t"], Found::Ambiguous),
        (&[b"access=t; access="], Found::Ambiguous),
        (&[b"access=t", b"access=u"], Found::Ambiguous),
        (
            &[b"access=t; x=y", b"access=u", b"access=v"],
            Found::Ambiguous,
        ),
        (&[b"access=t", b"refresh=u"], Found::Once("t")),
        (&[b"refresh=u", b"x=\xff", b"access=t"], Found::Once("t")),
    ];
    for (lines, expected) in table {
        assert_eq!(find(&headers(lines), "access"), expected, "{lines:?}");
    }
}

/// `GET ""` with these Cookie headers.
async fn info(app: &TestApp, cookies: &[Vec<u8>]) -> Answer {
    let mut request = app.request(Method::GET, &format!("{USERS}/"));
    for line in cookies {
        request = request.header("Cookie", line.as_slice());
    }
    Answer::of(request).await
}

on_both_databases! {
    async fn a_live_token_counts_under_its_exact_name_only(backend: Backend) {
        let app = TestApp::new(backend).await;
        let browser = app.signed_up("ada@example.com").await;
        let token = browser.access().to_owned();
        let line = |before: &[u8], after: &[u8]| [before, token.as_bytes(), after].concat();
        for (cookies, status) in [
            (vec![line(b"access=", b"")], 200),
            (vec![line(b"x=\xff\xfe; access=", b"; y=\xe9")], 200),
            (vec![b"theme=dark".to_vec(), line(b"\taccess=", b"\t")], 200),
            (vec![line(b"access=\"", b"\"")], 401),
            (vec![line(b"xaccess=", b"")], 401),
            (vec![line(b"%61ccess=", b"")], 401),
            (vec![line(b"access=", b"%20")], 401),
            (vec![line(b"access=", b""), line(b"access=", b"")], 401),
        ] {
            let answer = info(&app, &cookies).await;
            assert_eq!(answer.status, status, "{cookies:?}\n{answer}");
        }
    }
}
