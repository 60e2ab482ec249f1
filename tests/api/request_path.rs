//! A path has one spelling: whatever else a proxy, a router or a file system may read as the same path
//! is 404.

use frontgate::request_path::is_normal;
use proptest::prelude::*;

use crate::support::{Answer, Backend, TestApp, assert_answer, on_both_databases};

/// Spellings of `/admin/login/` and `/health/live`, each of which somebody normalises.
const OTHER_SPELLINGS: [&str; 29] = [
    "/%61dmin/login/",
    "/admi%6e/login/",
    "/admi%6E/login/",
    "/admin/%6cogin/",
    "/admin%2flogin/",
    "/admin%2Flogin/",
    "/admin%5clogin/",
    "/admin\\login/",
    "//admin/login/",
    "/admin//login/",
    "/admin/login//",
    "/./admin/login/",
    "/admin/./login/",
    "/admin/login/.",
    "/x/../admin/login/",
    "/admin/login/..",
    "/%2e/admin/login/",
    "/x/%2e%2e/admin/login/",
    "/x/.%2E/admin/login/",
    "/%2561dmin/login/",
    "/%252e%252e/admin/login/",
    "/admin/login/%00",
    "/admin%00/login/",
    "/admin%0a/login/",
    "/admin/login/%7f",
    "/admin/login/%",
    "/admin/login/%6",
    "/admin/login/%zz",
    "/health%2flive",
];

async fn ask(app: &TestApp, path: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    Answer::parse(request.as_bytes(), &app.raw(request.clone()).await)
}

on_both_databases! {
    async fn another_spelling_of_a_path_is_404(backend: Backend) {
        let app = TestApp::new(backend).await;
        assert_eq!(ask(&app, "/admin/login/").await.status, 200);
        assert_eq!(ask(&app, "/health/live").await.status, 200);
        for path in OTHER_SPELLINGS {
            assert!(!is_normal(path), "{path}");
            assert_answer!("path_404", ask(&app, path).await);
        }
        // Without a slash in front it is no path, and actix-http refuses the request.
        assert_eq!(ask(&app, "\\admin\\login\\").await.status, 400);
    }
}

#[test]
fn paths_that_are_data_keep_their_encoding() {
    for path in [
        "/",
        "/admin/addresses/2001:db8::7/",
        "/admin/addresses/2001%3Adb8%3A%3A7/",
        "/admin/tokens/a%20b%22/",
        "/admin/tokens/%C3%BC/",
        "/static/frontgate.d.ts",
        "/static/..frontgate",
        "/a-b_c~d/...",
    ] {
        assert!(is_normal(path), "{path}");
    }
    for path in [
        "", "*", "admin/", "/a b", "/ü", "/a|b", "/\u{7f}", "/<", "/a\"b",
    ] {
        assert!(!is_normal(path), "{path}");
    }
}

proptest! {
    /// Any character of a path, encoded without need, makes it another spelling.
    #[test]
    fn an_unreserved_character_is_never_encoded(
        path in "(/[a-zA-Z0-9._~-]{1,8}){1,4}/?",
        at in any::<prop::sample::Index>(),
        upper in any::<bool>(),
    ) {
        let letters: Vec<_> = path.char_indices().filter(|(_, letter)| *letter != '/').collect();
        let (at, letter) = letters[at.index(letters.len())];
        let code = u32::from(letter);
        let code = if upper { format!("%{code:02X}") } else { format!("%{code:02x}") };
        let mut encoded = path.clone();
        encoded.replace_range(at..=at, &code);
        prop_assert!(!is_normal(&encoded), "{}", encoded);
        let dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
        prop_assert_eq!(is_normal(&path), !dots, "{}", path);
    }
}
