//! The attributes of the cookies, for every combination of their settings.

use std::collections::BTreeSet;

use actix_web::http::header::{HeaderMap, HeaderValue};
use chrono::{NaiveDateTime, TimeDelta};
use frontgate::config::CookieSettings;
use frontgate::cookies::{self, Asked, ClearCookies};
use serde_json::Value;

use crate::support::{Answer, Backend, TestApp, on_both_databases, settings_with};

/// One choice for each setting.
#[derive(Clone, Copy, Debug)]
struct Choice {
    prefix: &'static str,
    domain: &'static str,
    path: &'static str,
    refresh_path: &'static str,
    same_site: &'static str,
    secure: bool,
    partitioned: bool,
}

impl Choice {
    /// Whether browsers would keep such cookies; the others are refused at start.
    fn is_possible(self) -> bool {
        let host = self.prefix == "__Host-";
        let bound = self.domain.is_empty() && self.path == "/" && self.refresh_path.is_empty();
        let needs_secure = !self.prefix.is_empty() || self.same_site == "None" || self.partitioned;
        (!host || bound) && (!needs_secure || self.secure)
    }

    fn settings(self) -> CookieSettings {
        let settings = [
            ("access_cookie_name", &*format!("{}access", self.prefix)),
            ("refresh_cookie_name", &format!("{}refresh", self.prefix)),
            ("cookie_domain", self.domain),
            ("cookie_path", self.path),
            ("refresh_cookie_path", self.refresh_path),
            ("cookie_samesite", self.same_site),
            ("cookie_secure", &self.secure.to_string()),
            ("cookie_partitioned", &self.partitioned.to_string()),
        ];
        settings_with("sqlite://unused.sqlite3", &settings).cookies
    }

    /// What a cookie with these settings must say beyond its pair and its end.
    fn attributes(self, path: &str) -> BTreeSet<String> {
        let mut expected = vec![
            "HttpOnly".to_owned(),
            format!("SameSite={}", self.same_site),
            format!("Path={path}"),
        ];
        if self.secure {
            expected.push("Secure".to_owned());
        }
        if self.partitioned {
            expected.push("Partitioned".to_owned());
        }
        if !self.domain.is_empty() {
            expected.push(format!("Domain={}", self.domain));
        }
        expected.into_iter().collect()
    }
}

fn choices() -> Vec<Choice> {
    let mut choices = Vec::new();
    for prefix in ["", "__Host-", "__Secure-"] {
        for domain in ["", "example.com"] {
            for (path, refresh_path) in [
                ("/", ""),
                ("/api", ""),
                ("/", "/api/v1/users"),
                ("/api", "/api/v1/users/"),
            ] {
                for same_site in ["Lax", "Strict", "None"] {
                    for (secure, partitioned) in
                        [(true, false), (true, true), (false, false), (false, true)]
                    {
                        choices.push(Choice {
                            prefix,
                            domain,
                            path,
                            refresh_path,
                            same_site,
                            secure,
                            partitioned,
                        });
                    }
                }
            }
        }
    }
    choices.retain(|choice| choice.is_possible());
    choices
}

/// The pair, and the attributes in no order; none may stand twice.
fn read(cookie: &HeaderValue) -> (String, BTreeSet<String>) {
    let mut parts = cookie.to_str().unwrap().split("; ").map(str::to_owned);
    let pair = parts.next().unwrap();
    let attributes: Vec<_> = parts.collect();
    let set: BTreeSet<_> = attributes.iter().cloned().collect();
    assert_eq!(set.len(), attributes.len(), "{cookie:?}");
    (pair, set)
}

fn with(mut attributes: BTreeSet<String>, more: [&str; 2]) -> BTreeSet<String> {
    attributes.extend(more.map(str::to_owned));
    attributes
}

#[test]
fn every_combination_of_settings_is_written_as_it_says_and_deleted_by_the_same_attributes() {
    let choices = choices();
    assert_eq!(choices.len(), 8 * 8 + 6 + 8 * 6, "{choices:#?}");
    let now = TestApp::start_of_time();
    let exp = now.timestamp() + 900;
    for choice in choices {
        let settings = choice.settings();
        let refresh_path = match choice.refresh_path {
            "" => choice.path,
            path => path,
        };
        let live = ["Max-Age=900", "Expires=Mon, 05 Jan 2026 12:15:00 GMT"];
        let gone = ["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"];
        let access = cookies::access(&settings, "T".to_owned(), exp, now);
        let refresh = cookies::refresh(&settings, "T".to_owned(), exp, now);
        let deletions = cookies::deletions(
            &settings,
            ClearCookies::AsSet,
            Asked {
                headers: &HeaderMap::new(),
                path: "/",
                users_prefix: "/api/v1/users",
                now,
            },
        );
        let [no_access, no_refresh] = &deletions[..] else {
            panic!("{choice:?}: {deletions:?}");
        };
        for (cookie, pair, path, until) in [
            (&access, "access=T", choice.path, live),
            (&refresh, "refresh=T", refresh_path, live),
            (no_access, "access=", choice.path, gone),
            (no_refresh, "refresh=", refresh_path, gone),
        ] {
            let expected = (
                format!("{}{pair}", choice.prefix),
                with(choice.attributes(path), until),
            );
            assert_eq!(read(cookie), expected, "{choice:?}");
        }
    }
}

/// The claims of a token, not verified.
fn claims(token: &str) -> Value {
    use base64::Engine;
    let payload = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Max-Age and Expires of each cookie of the answer are the `exp` of the token in it.
fn assert_cookies_end_with_their_tokens(app: &TestApp, answer: &Answer) -> [i64; 2] {
    let ends: Vec<i64> = answer
        .set_cookies()
        .map(|cookie| {
            let attribute = |name: &str| {
                let found = cookie.split("; ").find_map(|part| part.strip_prefix(name));
                found.unwrap_or_else(|| panic!("no {name} in {cookie}"))
            };
            let (pair, _) = cookie.split_once(';').unwrap();
            let exp = claims(pair.split_once('=').unwrap().1)["exp"]
                .as_i64()
                .unwrap();
            let max_age: i64 = attribute("Max-Age=").parse().unwrap();
            let expires = attribute("Expires=").strip_suffix(" GMT").unwrap();
            let expires = NaiveDateTime::parse_from_str(expires, "%a, %d %b %Y %H:%M:%S").unwrap();
            assert_eq!(expires.and_utc().timestamp(), exp, "{cookie}");
            assert_eq!(max_age, exp - app.clock.now().timestamp(), "{cookie}");
            exp
        })
        .collect();
    ends.try_into().unwrap()
}

on_both_databases! {
    async fn cookies_end_when_their_tokens_do(backend: Backend) {
        let settings = [("session_max_lifetime", "8d"), ("access_token_lifetime", "20m")];
        let app = TestApp::with(backend, &settings).await;
        app.advance(TimeDelta::milliseconds(1_999));
        let mut browser = app.browser();
        let start = app.clock.now().timestamp();
        let answer = browser.create("ada@example.com", "correct horse battery").await;
        assert_eq!(answer.header("x-access-expires-in"), Some("1200"));
        assert_eq!(
            assert_cookies_end_with_their_tokens(&app, &answer),
            [start + 1_200, start + 7 * 86_400]
        );

        // Six days on, the session has two left, and so has its newest refresh token.
        app.advance(TimeDelta::days(6));
        let answer = browser.refresh().await;
        let [_, refresh] = assert_cookies_end_with_their_tokens(&app, &answer);
        assert_eq!(refresh, start + 8 * 86_400);

        // Ten minutes before its end even the access token is cut short.
        app.advance(TimeDelta::days(2) - TimeDelta::seconds(600));
        let answer = browser.refresh().await;
        assert_eq!(assert_cookies_end_with_their_tokens(&app, &answer), [refresh, refresh]);
        assert_eq!(answer.header("x-access-expires-in"), Some("600"));
    }
}
