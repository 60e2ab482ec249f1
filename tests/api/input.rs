//! Bodies: within limits, JSON, an object; and the order in which requests are checked.

use reqwest::Method;

use crate::support::{Answer, Backend, TestApp, USERS, assert_answer, on_both_databases};

/// The views that take a body.
const VIEWS: [&str; 4] = ["/create/", "/login/", "/refresh/", "/logout/"];
/// The longest body.
const LIMIT: usize = 16 * 1024;

/// A POST of these bytes as JSON.
async fn post(app: &TestApp, path: &str, body: impl Into<Vec<u8>>) -> Answer {
    let request = app
        .request(Method::POST, &format!("{USERS}{path}"))
        .header("Content-Type", "application/json")
        .body(body.into());
    Answer::of(request).await
}

/// A POST of these bytes under a content type.
async fn post_as(app: &TestApp, content_type: Option<&[u8]>, body: &str) -> Answer {
    let mut request = app
        .request(Method::POST, &format!("{USERS}/create/"))
        .body(body.to_owned());
    if let Some(content_type) = content_type {
        request = request.header("Content-Type", content_type);
    }
    Answer::of(request).await
}

on_both_databases! {
    async fn what_is_no_json_is_a_parse_error(backend: Backend) {
        let app = TestApp::new(backend).await;
        let deep = "[".repeat(4_000);
        let digits = format!("{{\"a\":{}", "1".repeat(5_000));
        let bodies: [&[u8]; 33] = [
            b"{", b"}", b"{]", b"{'a':1}", b"{\"a\"}", b"{\"a\":}", b"{\"a\":1,}", b"{\"a\":1", b"{\"a\":\"b",
            b"{\"a\":1}trailing", b"{\"a\":1} {}", b"{\"a\":1}\0", b"\0", b"NaN", b"{\"email\":NaN}",
            b"{\"email\":-Infinity}", b"{\"email\":\"\xff\"}", b"\xff\xfe", b"\xef\xbb\xbf{}", b" ", b"\n",
            b"{\"a\":01}", b"{\"a\":.5}", b"{\"a\":5.}", b"{\"a\":+1}", b"{\"a\":\"\\x\"}", b"{\"a\":\"\n\"}",
            b"{1:2}", b"// x\n{}", b"abc", b"\"abc", deep.as_bytes(), digits.as_bytes(),
        ];
        for body in bodies {
            let answer = post(&app, "/create/", body).await;
            let shown = String::from_utf8_lossy(body);
            assert_eq!(answer.status, 400, "{shown}: {answer}");
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.starts_with("JSON parse error - "), "{shown}: {answer}");
        }
        assert_answer!("parse_error_400", post(&app, "/create/", "{").await);
    }

    async fn json_that_is_no_object_is_refused_in_djangos_words(backend: Backend) {
        let app = TestApp::new(backend).await;
        for (body, message) in [
            ("null", "No data provided"),
            ("[]", "Invalid data. Expected a dictionary, but got list."),
            ("[1]", "Invalid data. Expected a dictionary, but got list."),
            ("\"x\"", "Invalid data. Expected a dictionary, but got str."),
            ("\"\"", "Invalid data. Expected a dictionary, but got str."),
            ("5", "Invalid data. Expected a dictionary, but got int."),
            ("0", "Invalid data. Expected a dictionary, but got int."),
            ("-0", "Invalid data. Expected a dictionary, but got int."),
            ("123456789012345678901234567890", "Invalid data. Expected a dictionary, but got int."),
            ("1.5", "Invalid data. Expected a dictionary, but got float."),
            ("1e3", "Invalid data. Expected a dictionary, but got float."),
            ("true", "Invalid data. Expected a dictionary, but got bool."),
            ("false", "Invalid data. Expected a dictionary, but got bool."),
        ] {
            for view in ["/create/", "/login/"] {
                let answer = post(&app, view, body).await;
                assert_eq!(answer.status, 400, "{view} {body}: {answer}");
                assert_eq!(answer.body, format!("{{\"non_field_errors\":[\"{message}\"]}}"), "{view} {body}");
            }
        }
        assert_answer!("no_object_400", post(&app, "/create/", "[]").await);
    }

    /// Some clients send `null` for "no body".
    async fn a_view_that_reads_no_fields_does_not_care_what_its_body_says(backend: Backend) {
        let app = TestApp::new(backend).await;
        let session = "/sessions/00000000000000000000000000000000/";
        let views = [
            (Method::POST, "/refresh/", 200),
            (Method::POST, "/logout/others/", 200),
            (Method::DELETE, session, 404),
            (Method::POST, "/logout/all/", 200),
            (Method::POST, "/logout/", 200),
        ];
        let bodies: [&[u8]; 12] = [
            b"", b"null", b"{}", b"[]", b"\"\"", b"5", b"true", b"{\"refresh\":5}", b"[", b"{\"a\":1,\"a\":2}", b"\xff\xfe", b" ",
        ];
        for (number, (method, view, status)) in views.into_iter().enumerate() {
            for (place, body) in bodies.iter().enumerate() {
                let mut ada = app.signed_up(&format!("{number}-{place}@example.com")).await;
                let request = || {
                    let request = app.request(method.clone(), &format!("{USERS}{view}"));
                    request.header("Content-Type", "application/json").body(body.to_vec())
                };
                let shown = String::from_utf8_lossy(body);
                let foreign = request().header("Origin", "https://evil.example").header("Sec-Fetch-Site", "cross-site");
                assert_eq!(ada.clone().send(foreign).await.status, 403, "{view} {shown}");
                for content_type in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"] {
                    let expected = if body.is_empty() { continue } else { 415 };
                    let request = app.request(method.clone(), &format!("{USERS}{view}"));
                    let request = request.header("Content-Type", content_type).body(body.to_vec());
                    assert_eq!(ada.clone().send(request).await.status, expected, "{view} {content_type} {shown}");
                }
                let answer = ada.send(request()).await;
                assert_eq!(answer.status, status, "{view} {shown}: {answer}");
            }
        }
    }

    async fn thousands_of_unexpected_fields_are_each_named_once_and_in_order(backend: Backend) {
        let app = TestApp::new(backend).await;
        let fields: Vec<_> = (0..1_500).map(|number| format!("\"{number}\":0")).collect();
        let answer = post(&app, "/create/", format!("{{{}}}", fields.join(","))).await;
        let errors = answer.json();
        let errors = errors.as_object().unwrap();
        assert_eq!((answer.status, errors.len()), (400, 1_502));
        assert!(errors.values().all(|messages| messages.as_array().unwrap().len() == 1), "{answer}");
    }

    async fn a_key_that_comes_twice_is_refused_at_any_depth(backend: Backend) {
        let app = TestApp::new(backend).await;
        for body in [
            r#"{"email":"a@example.com","email":"b@example.com"}"#,
            r#"{"email":"a@example.com","\u0065mail":"b@example.com"}"#,
            r#"{"a":[{"b":1,"b":1}]}"#,
        ] {
            let answer = post(&app, "/create/", body).await;
            assert_eq!(answer.status, 400, "{body}: {answer}");
            assert!(answer.body.starts_with("{\"detail\":\"JSON parse error - "), "{body}: {answer}");
        }
    }

    async fn no_body_is_an_empty_object_whatever_its_type(backend: Backend) {
        let app = TestApp::new(backend).await;
        for content_type in [None, Some(&b"text/plain"[..]), Some(b"application/json")] {
            let answer = post_as(&app, content_type, "").await;
            assert_eq!(answer.body, r#"{"email":["This field is required."],"password":["This field is required."]}"#);
        }
    }

    async fn other_content_types_are_415_and_named(backend: Backend) {
        let app = TestApp::new(backend).await;
        for content_type in [
            "text/plain", "text/plain; charset=utf-8", "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x", "application/vnd.api+json", "application/json, text/plain",
            "application / json", "garbage", "application/xml", "application/*", "*/*", "text/plain\u{e9}",
        ] {
            let answer = post_as(&app, Some(content_type.as_bytes()), "{}").await;
            assert_eq!(answer.status, 415, "{content_type}: {answer}");
            let expected = format!("{{\"detail\":\"Unsupported media type \\\"{content_type}\\\" in request.\"}}");
            assert_eq!(answer.body, expected);
        }
        assert_answer!("no_content_type_415", post_as(&app, None, "{}").await);
        assert_answer!("form_415", post_as(&app, Some(b"application/x-www-form-urlencoded"), "email=x").await);
    }

    async fn json_by_any_spelling_and_with_any_parameter_is_read(backend: Backend) {
        let app = TestApp::new(backend).await;
        for content_type in [
            "application/json", "APPLICATION/JSON", "application/JSON; Charset=UTF-8", "application/json ;a=b",
            "application/json;charset=nonsense",
        ] {
            let answer = post_as(&app, Some(content_type.as_bytes()), "{}").await;
            assert_eq!(answer.status, 400, "{content_type}: {answer}");
        }
    }

    async fn a_body_of_16_kib_is_read_and_one_byte_more_is_413(backend: Backend) {
        let app = TestApp::new(backend).await;
        for view in VIEWS {
            let mut body = b"[]".to_vec();
            body.resize(LIMIT, b' ');
            let within = if ["/create/", "/login/"].contains(&view) { 400 } else { 401 };
            assert_eq!(post(&app, view, body.clone()).await.status, within, "{view}");
            body.push(b' ');
            assert_eq!(post(&app, view, body).await.status, 413, "{view}");
        }
        assert_answer!("body_413", post(&app, "/login/", vec![b' '; LIMIT + 1]).await);
    }

    async fn a_chunked_body_has_the_same_limit(backend: Backend) {
        let app = TestApp::new(backend).await;
        for (length, status) in [(LIMIT, 400), (LIMIT + 1, 413)] {
            let mut body = b"[]".to_vec();
            body.resize(length, b' ');
            let mut request = format!(
                "POST {USERS}/login/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            ).into_bytes();
            for chunk in body.chunks(5_000) {
                request.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                request.extend(chunk);
                request.extend(b"\r\n");
            }
            request.extend(b"0\r\n\r\n");
            let answer = Answer::parse(&request, &app.raw(request.clone()).await);
            assert_eq!(answer.status, status, "{length}: {answer}");
        }
    }

    async fn a_body_that_does_not_arrive_is_408(backend: Backend) {
        let app = TestApp::with(backend, &[("body_timeout", "50ms")]).await;
        let request = format!(
            "POST {USERS}/login/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
        );
        assert_answer!("body_408", Answer::parse(request.as_bytes(), &app.raw(request.clone()).await));
    }

    /// Every set of faults is answered for the first of them, in the order of the contract.
    async fn the_first_fault_decides(backend: Backend) {
        const FAULTS: [u16; 6] = [404, 405, 413, 403, 415, 400];
        let app = TestApp::new(backend).await;
        let session = "/sessions/0123456789abcdef0123456789abcdef/";
        for (view, otherwise) in [("/create/", 400), ("/login/", 404), ("/refresh/", 401), ("/logout/", 401),
            ("/logout/others/", 401), ("/logout/all/", 401), ("/password/", 400), (session, 401)] {
            for set in 0..1_u8 << FAULTS.len() {
                let faults: Vec<u16> = FAULTS.into_iter().enumerate()
                    .filter(|(place, _)| set >> place & 1 == 1)
                    .map(|(_, status)| status)
                    .collect();
                let has = |status| faults.contains(&status);
                let right = if view == session { Method::DELETE } else { Method::POST };
                let method = if has(405) { Method::PUT } else { right };
                let path = if has(404) { format!("{USERS}/nothing/") } else { format!("{USERS}{view}") };
                let content_type = if has(415) { "text/plain" } else { "application/json" };
                let mut body = if has(400) { "{".to_owned() } else { "{}".to_owned() };
                if has(413) {
                    body.push_str(&" ".repeat(LIMIT));
                }
                let mut request = app.request(method, &path).header("Content-Type", content_type).body(body);
                if has(403) {
                    request = request.header("Origin", "https://evil.example");
                }
                let answer = Answer::of(request).await;
                // What reads no fields finds no fault with them.
                let reads = ["/create/", "/login/", "/password/"].contains(&view);
                let first = faults.first().copied().filter(|fault| reads || *fault != 400);
                let expected = first.unwrap_or(otherwise);
                assert_eq!(answer.status, expected, "{view} {faults:?}: {answer}");
            }
        }
    }
}
