//! `check` and `check --deploy`.

use crate::support::process::{Finished, files, frontgate};
use crate::support::{SECRET, assert_answer};

/// Settings that nothing is to be said against.
const FIT: [(&str, &str); 4] = [
    ("SECRET_KEY", SECRET),
    ("FRONTGATE_PUBLIC_ORIGIN", "https://app.example.com"),
    ("FRONTGATE_REFRESH_COOKIE_PATH", "/api/v1/users"),
    ("FRONTGATE_DEMO", "false"),
];

fn check(arguments: &[&str], environment: &[(&str, &str)]) -> Finished {
    let folder = tempfile::TempDir::new().unwrap();
    let arguments = [&["check"], arguments].concat();
    let ended = Finished::of(&mut frontgate(folder.path(), &arguments, environment));
    assert_eq!(files(folder.path()), [""; 0], "a check makes nothing");
    ended
}

/// The ids of the warnings, beside `FIT`.
fn warnings(environment: &[(&str, &str)]) -> (Option<i32>, Vec<String>) {
    let ended = check(&["--deploy"], &[&FIT, environment].concat());
    let ids = ended
        .stdout
        .lines()
        .filter(|line| line.starts_with("frontgate."));
    let ids = ids.map(|line| line.split_once(':').unwrap().0.to_owned());
    (ended.code, ids.collect())
}

#[test]
fn check_prints_every_setting_and_where_its_value_came_from() {
    assert_answer!("check_defaults", check(&[], &[]));
    assert_answer!("check_deploy_fit", check(&["--deploy"], &FIT));
}

#[test]
fn a_domain_that_may_be_anybodys_is_warned_of() {
    let of = |host: &str, domain: &str| {
        let origin = format!("https://{host}");
        warnings(&[
            ("FRONTGATE_PUBLIC_ORIGIN", &origin),
            ("FRONTGATE_COOKIE_DOMAIN", domain),
        ])
        .1
    };
    for (host, domain) in [
        ("a.example.co.uk", "co.uk"),
        ("example.com.au", ".COM.au"),
        ("example.or.jp", "or.jp"),
    ] {
        assert_eq!(
            of(host, domain),
            ["frontgate.W011", "frontgate.W020"],
            "{domain}"
        );
    }
    for (host, domain) in [
        ("a.example.co.uk", "example.co.uk"),
        ("a.example.de", "example.de"),
        ("a.co.example", "co.example"),
    ] {
        assert_eq!(of(host, domain), ["frontgate.W011"], "{domain}");
    }
}

#[test]
fn each_warning_is_given_for_its_own_reason() {
    let cases = [
        (
            "frontgate.W001",
            "SECRET_KEY",
            "abababababababababababababababababab",
        ),
        ("frontgate.W002", "FRONTGATE_COOKIE_SECURE", "false"),
        ("frontgate.W003", "FRONTGATE_BIND", "0.0.0.0:8000"),
        (
            "frontgate.W004",
            "DATABASE_URL",
            "postgres://db.internal/frontgate",
        ),
        ("frontgate.W005", "FRONTGATE_REFRESH_COOKIE_PATH", "/"),
        ("frontgate.W006", "FRONTGATE_THROTTLE", "false"),
        ("frontgate.W007", "FRONTGATE_BCRYPT_COST", "9"),
        ("frontgate.W008", "FRONTGATE_ACCESS_TOKEN_LIFETIME", "61m"),
        ("frontgate.W009", "FRONTGATE_PUBLIC_ORIGIN", ""),
        (
            "frontgate.W010",
            "FRONTGATE_CORS_ALLOWED_ORIGINS",
            "http://app.example.com",
        ),
        ("frontgate.W011", "FRONTGATE_COOKIE_DOMAIN", "example.com"),
        ("frontgate.W012", "FRONTGATE_DEMO", "true"),
    ];
    for (id, variable, value) in cases {
        assert_eq!(
            warnings(&[(variable, value)]),
            (Some(1), vec![id.to_owned()]),
            "{variable}"
        );
    }
    assert_eq!(warnings(&[]), (Some(0), vec![]));
    let all: Vec<_> = cases.map(|(_, variable, value)| (variable, value)).to_vec();
    assert_answer!("check_deploy_unfit", check(&["--deploy"], &all));
}

#[test]
fn a_postgresql_on_this_machine_or_with_tls_is_no_warning() {
    for url in [
        "postgres://localhost/x",
        "postgres://127.0.0.1/x",
        "postgres://[::1]/x",
        "postgres:///x?host=/run/postgresql",
        "postgres://db.internal/x?sslmode=require",
        "postgres://db.internal/x?sslmode=verify-full",
    ] {
        assert_eq!(
            warnings(&[("DATABASE_URL", url)]),
            (Some(0), vec![]),
            "{url}"
        );
    }
    for url in [
        "postgres://10.0.0.1/x",
        "postgres://localhost/x?host=db.internal",
        "postgres://db.internal/x?sslmode=prefer",
    ] {
        let found = warnings(&[("DATABASE_URL", url)]);
        assert_eq!(found, (Some(1), vec!["frontgate.W004".to_owned()]), "{url}");
    }
}
