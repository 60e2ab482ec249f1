//! What is refused, and in which words.

use std::fmt::Write;

use super::{problems, settings, with_file};
use crate::support::assert_answer;

/// Each case with the problems that it makes.
fn table(cases: &[&[(&str, &str)]]) -> String {
    let mut table = String::new();
    for case in cases {
        for problem in problems(case) {
            writeln!(table, "{problem}").unwrap();
        }
        table.push('\n');
    }
    table
}

#[test]
fn each_type_says_what_would_be_right() {
    let table = table(&[
        &[("FRONTGATE_BIND", "localhost")],
        &[("FRONTGATE_BIND", "127.0.0.1:70000")],
        &[("FRONTGATE_WORKERS", "-1")],
        &[("FRONTGATE_WORKERS", "65536")],
        &[("FRONTGATE_USERS_PREFIX", "api")],
        &[("FRONTGATE_USERS_PREFIX", "/")],
        &[("FRONTGATE_USERS_PREFIX", "/a//b")],
        &[("FRONTGATE_USERS_PREFIX", "/a/{b}")],
        &[("FRONTGATE_PUBLIC_ORIGIN", "app.example.com")],
        &[("FRONTGATE_PUBLIC_ORIGIN", "https://app.example.com/path")],
        &[("FRONTGATE_CORS_ALLOWED_ORIGINS", "https://a.example, *")],
        &[("FRONTGATE_CORS_ALLOWED_ORIGINS", "https://*.example.com")],
        &[("FRONTGATE_ADMIN_ORIGIN", "https://:secret@a.example")],
        &[("FRONTGATE_TRUSTED_PROXIES", "10.0.0.0/33")],
        &[("FRONTGATE_TRUSTED_PROXIES", "proxy.internal")],
        &[("FRONTGATE_BODY_TIMEOUT", "10")],
        &[("FRONTGATE_BODY_TIMEOUT", "-1s")],
        &[("FRONTGATE_SESSION_MAX_LIFETIME", "101years")],
        &[("FRONTGATE_THROTTLE", "maybe")],
        &[("FRONTGATE_ACCESS_TOKEN_CLAIMS", "first_name,password")],
        &[("FRONTGATE_USER_FIELDS", "email,sid")],
        &[("FRONTGATE_COOKIE_SAMESITE", "Loose")],
        &[("FRONTGATE_BCRYPT_COST", "twelve")],
        &[("FRONTGATE_PASSWORD_RESET_URL", "/reset")],
        &[("FRONTGATE_PASSWORD_RESET_URL", "https://a.example/#/reset")],
        &[("FRONTGATE_PASSWORD_RESET_URL", "https://ada@a.example/")],
        &[("FRONTGATE_PASSWORD_RESET_URL", "javascript:reset()")],
        &[("FRONTGATE_ALARM_COMMAND", "page-me --urgent")],
        &[("FRONTGATE_ALARM_COMMAND", "/bin/page-me \"unclosed")],
        &[("FRONTGATE_ALARM_COMMAND", "''")],
        &[("FRONTGATE_LOG_FORMAT", "xml")],
        &[("FRONTGATE_LOG_LEVEL", "frontgate=loud")],
    ]);
    assert_answer!("config_bad_values", table);
}

#[test]
fn numbers_have_their_bounds() {
    let table = table(&[
        &[("FRONTGATE_BCRYPT_COST", "3")],
        &[("FRONTGATE_BCRYPT_COST", "32")],
        &[("FRONTGATE_DATABASE_POOL_SIZE", "0")],
        &[("FRONTGATE_DATABASE_TIMEOUT", "9ms")],
        &[("FRONTGATE_PURGE_INTERVAL", "0s")],
        &[("FRONTGATE_BODY_TIMEOUT", "0s")],
        &[("FRONTGATE_ACCESS_TOKEN_LIFETIME", "999ms")],
        &[("FRONTGATE_REFRESH_GRACE", "301s")],
        &[("FRONTGATE_PASSWORD_RESET_LIFETIME", "59s")],
        &[("FRONTGATE_PASSWORD_RESET_LIFETIME", "169h")],
    ]);
    assert_answer!("config_bounds", table);
    settings(&[
        ("FRONTGATE_BCRYPT_COST", "31"),
        ("FRONTGATE_DATABASE_TIMEOUT", "10ms"),
        ("FRONTGATE_ACCESS_TOKEN_LIFETIME", "1s"),
        ("FRONTGATE_REFRESH_GRACE", "5m"),
        ("FRONTGATE_PASSWORD_RESET_LIFETIME", "7d"),
    ])
    .unwrap();
}

#[test]
fn settings_that_do_not_go_together_are_refused() {
    let host = ("FRONTGATE_ACCESS_COOKIE_NAME", "__Host-access");
    let insecure = ("FRONTGATE_COOKIE_SECURE", "false");
    let table = table(&[
        &[("FRONTGATE_ACCESS_TOKEN_LIFETIME", "8d")],
        &[("FRONTGATE_REFRESH_TOKEN_LIFETIME", "91d")],
        &[("FRONTGATE_REFRESH_TOKEN_LIFETIME", "10m")],
        &[("FRONTGATE_ROTATE_REFRESH_TOKENS", "false")],
        &[("FRONTGATE_BLACKLIST_AFTER_ROTATION", "false")],
        &[("FRONTGATE_USER_FIELDS", ",")],
        &[("FRONTGATE_USER_FIELDS", "email,plan,email")],
        &[("FRONTGATE_USER_FIELDS", "email,first_name,is_staff")],
        &[
            ("SECRET_KEY", "geheim"),
            ("FRONTGATE_SECRET_KEY_FILE", "key"),
        ],
        &[host, insecure],
        &[host, ("FRONTGATE_COOKIE_DOMAIN", "example.com")],
        &[host, ("FRONTGATE_COOKIE_PATH", "/api")],
        &[
            ("FRONTGATE_REFRESH_COOKIE_NAME", "__Host-refresh"),
            ("FRONTGATE_REFRESH_COOKIE_PATH", "/api/v1/users"),
        ],
        &[
            ("FRONTGATE_REFRESH_COOKIE_NAME", "__Secure-refresh"),
            insecure,
        ],
        &[("FRONTGATE_REFRESH_COOKIE_NAME", "access")],
        &[("FRONTGATE_ACCESS_COOKIE_NAME", "a b")],
        &[("FRONTGATE_COOKIE_SAMESITE", "None"), insecure],
        &[("FRONTGATE_COOKIE_PARTITIONED", "true"), insecure],
        &[("FRONTGATE_COOKIE_PATH", "api")],
        &[("FRONTGATE_COOKIE_PATH", "/api;Domain=evil.example")],
        &[("FRONTGATE_COOKIE_DOMAIN", "example.com; Path=/")],
        &[("FRONTGATE_REFRESH_COOKIE_PATH", "/auth")],
        &[("FRONTGATE_REFRESH_COOKIE_PATH", "/api/v1/users/refresh")],
        &[("FRONTGATE_USERS_PREFIX", "/admin/api")],
        &[("FRONTGATE_USERS_PREFIX", "/api/docs")],
        &[
            ("FRONTGATE_ADMIN_ORIGIN", "https://a.example:443"),
            ("FRONTGATE_CORS_ALLOWED_ORIGINS", "https://A.example"),
        ],
        &[("FRONTGATE_ADMIN_BIND", "0.0.0.0:8000")],
    ]);
    assert_answer!("config_relations", table);
}

/// RFC 6265, section 5.1.4: `/ap` is no prefix of `/api` for a cookie.
#[test]
fn a_cookie_path_ends_where_a_segment_ends() {
    for setting in ["FRONTGATE_COOKIE_PATH", "FRONTGATE_REFRESH_COOKIE_PATH"] {
        for wrong in ["/ap", "/api/v1/use", "/api/v1/users/login"] {
            assert!(settings(&[(setting, wrong)]).is_err(), "{wrong}");
        }
        for right in ["/", "/api", "/api/", "/api/v1/users", "/api/v1/users/"] {
            settings(&[(setting, right)]).unwrap();
        }
    }
}

#[test]
fn a_cookie_domain_that_every_browser_drops_is_refused() {
    let origin = ("FRONTGATE_PUBLIC_ORIGIN", "https://auth.example.com:8443");
    let domain = |domain| ("FRONTGATE_COOKIE_DOMAIN", domain);
    for wrong in [
        "com",
        "localhost",
        "127.0.0.1",
        "10.0.0.255",
        ".com",
        "example.com.",
        "example..com",
        ".",
        "..",
        "1.2",
        "[::1]",
        "::1",
        "exa mple.com",
    ] {
        assert!(settings(&[domain(wrong)]).is_err(), "{wrong}");
        assert!(settings(&[origin, domain(wrong)]).is_err(), "{wrong}");
    }
    // A sibling, a child, another domain, and one that ends alike.
    for wrong in [
        "app.example.com",
        "a.auth.example.com",
        "example.net",
        "uth.example.com",
        "xample.com",
        "h.example.com",
    ] {
        assert!(settings(&[origin, domain(wrong)]).is_err(), "{wrong}");
        settings(&[domain(wrong)]).unwrap();
    }
    for right in [
        "example.com",
        ".example.com",
        "EXAMPLE.com",
        "auth.example.com",
    ] {
        settings(&[origin, domain(right)]).unwrap();
    }
    let address = ("FRONTGATE_PUBLIC_ORIGIN", "https://[2001:db8::1]");
    assert!(settings(&[address, domain("example.com")]).is_err());
}

#[test]
fn headers_for_cors_are_names_of_headers() {
    for wrong in ["*", "a b", "x-tenant:", "x-*", "\u{e9}"] {
        assert!(
            settings(&[("FRONTGATE_CORS_ALLOWED_HEADERS", wrong)]).is_err(),
            "{wrong}"
        );
    }
    settings(&[(
        "FRONTGATE_CORS_ALLOWED_HEADERS",
        "X-Tenant,x_y, ,traceparent",
    )])
    .unwrap();
}

#[test]
fn all_problems_are_reported_at_once() {
    let problems = problems(&[
        ("FRONTGATE_BIND", "here"),
        ("FRONTGATE_BCRIPT_COST", "12"),
        ("FRONTGATE_THROTTLE", "maybe"),
        ("FRONTGATE_ROTATE_REFRESH_TOKENS", "false"),
        ("FRONTGATE_SECRET_KEY", "geheim"),
        ("DATABASE_URL", "mysql://root:geheim@db/app"),
    ]);
    let names: Vec<_> = problems.iter().map(|problem| &*problem.name).collect();
    assert_eq!(
        names,
        [
            "FRONTGATE_SECRET_KEY",
            "bind",
            "throttle",
            "database_url",
            "bcript_cost",
            "rotate_refresh_tokens"
        ]
    );
}

#[test]
fn an_unknown_name_is_an_error_with_the_nearest_known_one() {
    let file =
        "SECRET_KEY = \"geheim\"\naccess_token_lifetme = \"15m\"\nentirely_different_thing = 1\n";
    let error = with_file(file, &[("FRONTGATE_DATABASE_POOLSIZE", "3")]).unwrap_err();
    assert_answer!("config_unknown_names", error);
}

#[test]
fn a_file_is_flat() {
    let file = "trusted_proxies = [[\"10.0.0.0/8\"]]\nbind = 1979-05-27\n[cookies]\nsecure = true";
    let error = with_file(file, &[]).unwrap_err();
    assert_answer!("config_nested", error);
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_the_line() {
    let error = with_file("throttle = true\nbind = \n", &[])
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("cannot read the settings file "),
        "{error}"
    );
    assert!(error.ends_with("(line 2)"), "{error}");
    let missing = settings(&[("FRONTGATE_CONFIG", "/nowhere/frontgate.toml")]).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "cannot read the settings file /nowhere/frontgate.toml: No such file or directory (os error 2)"
    );
}
