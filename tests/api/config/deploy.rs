//! `check` and `check --deploy`.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use frontgate::config::{SecretKey, Settings, deploy};

use super::settings;
use crate::support::process::{Finished, files, frontgate};
use crate::support::{SECRET, assert_answer};

/// Environment variables.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Settings that nothing is to be said against.
const FIT: [(&str, &str); 5] = [
    ("SECRET_KEY", SECRET),
    ("FRONTGATE_PUBLIC_ORIGIN", "https://app.example.com"),
    ("FRONTGATE_REFRESH_COOKIE_PATH", "/api/v1/users"),
    ("FRONTGATE_DEMO", "false"),
    ("FRONTGATE_ADMIN_ALLOWED_NETWORKS", "10.0.0.0/8"),
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
        ("frontgate.W013", "FRONTGATE_TRUSTED_PROXIES", "0.0.0.0/0"),
        ("frontgate.W014", "FRONTGATE_ADMIN_ALLOWED_NETWORKS", ""),
        (
            "frontgate.W016",
            "FRONTGATE_PASSWORD_RESET_URL",
            "http://app.example.com/reset",
        ),
        ("frontgate.W017", "FRONTGATE_REFRESH_GRACE", "31s"),
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

#[test]
fn a_url_that_asks_for_tls_is_a_warning_where_the_build_has_none() {
    let secret = SecretKey::random();
    for mode in ["require", "verify-ca", "verify-full"] {
        for host in ["db.internal", "localhost"] {
            let url = format!("postgres://{host}/x?sslmode={mode}");
            let settings = settings(&[&FIT[..], &[("DATABASE_URL", &url)]].concat()).unwrap();
            let ids = |tls| {
                deploy::warnings(&settings, &secret, tls)
                    .into_iter()
                    .map(|warning| warning.id)
            };
            assert_eq!(ids(true).count(), 0, "{url}");
            assert_eq!(ids(false).collect::<Vec<_>>(), ["frontgate.W018"], "{url}");
        }
    }
}

#[test]
fn networks_that_hold_everybody_are_seen_however_they_are_cut() {
    for networks in [
        "0.0.0.0/0",
        "::/0",
        "10.0.0.0/8,0.0.0.0/0",
        "0.0.0.0/1,128.0.0.0/1",
        "128.0.0.0/1",
        "::/1,8000::/1",
        "2000::/3",
        "2000::/4,3000::/4",
        "::ffff:0:0/96",
        "::ffff:0:0/97,::ffff:128.0.0.0/97",
        "::/80",
        "0.0.0.0/2,64.0.0.0/2,128.0.0.0/2,192.0.0.0/2",
        "8.0.0.0/7",
        "0.0.0.0/5,8.0.0.0/7,11.0.0.0/8",
    ] {
        let proxies = ("FRONTGATE_TRUSTED_PROXIES", networks);
        assert_eq!(warnings(&[proxies]).1, ["frontgate.W013"], "{networks}");
        let admin = ("FRONTGATE_ADMIN_ALLOWED_NETWORKS", networks);
        assert_eq!(warnings(&[admin]).1, ["frontgate.W014"], "{networks}");
    }
    for networks in [
        "127.0.0.1",
        "::1",
        "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16",
        "fc00::/7,fe80::/10",
        "203.0.113.0/24",
        "2400:cb00::/32,2606:4700::/32",
        "::ffff:10.0.0.0/104",
        "::ffff:127.0.0.1",
    ] {
        let proxies = ("FRONTGATE_TRUSTED_PROXIES", networks);
        let elsewhere = ("FRONTGATE_ADMIN_ALLOWED_NETWORKS", "198.51.100.0/24");
        assert_eq!(
            warnings(&[proxies, elsewhere]),
            (Some(0), vec![]),
            "{networks}"
        );
        let admin = ("FRONTGATE_ADMIN_ALLOWED_NETWORKS", networks);
        assert_eq!(warnings(&[admin]), (Some(0), vec![]), "{networks}");
    }
}

#[test]
fn a_file_with_a_secret_that_others_can_read_is_a_warning() {
    let folder = tempfile::TempDir::new().unwrap();
    let key = folder.path().join("key");
    let beside = folder.path().join("x.secret");
    let file = folder.path().join("settings.toml");
    for path in [&key, &beside] {
        std::fs::write(path, SECRET).unwrap();
    }
    let database = format!("sqlite://{}", folder.path().join("x.sqlite3").display());
    let key_setting = key.display().to_string();
    let with_key = format!("secret_key = '{SECRET}'");
    let with_password = "database_url = 'postgres://frontgate:geheim@localhost/x'";
    // Which settings, and the file that is looked at.
    let cases: [(&str, Variables, &Path); 4] = [
        ("", &[("FRONTGATE_SECRET_KEY_FILE", &key_setting)], &key),
        ("", &[("DATABASE_URL", &database)], &beside),
        (&with_key, &[], &file),
        (with_password, &[("SECRET_KEY", SECRET)], &file),
    ];
    for (text, environment, path) in cases {
        std::fs::write(&file, text).unwrap();
        let fit = FIT.iter().filter(|(name, _)| *name != "SECRET_KEY");
        let environment = fit.chain(environment);
        let environment =
            environment.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings::from_sources(Some(&file), environment).unwrap();
        let found = |mode| {
            std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
            let found = deploy::warnings(&settings, &SecretKey::random(), true);
            found
                .into_iter()
                .map(|warning| (warning.id, warning.what))
                .collect::<Vec<_>>()
        };
        let expected = (
            "frontgate.W015",
            format!("{} holds a secret and is open to others", path.display()),
        );
        for mode in [0o604, 0o644, 0o666, 0o602, 0o777, 0o660, 0o620, 0o601] {
            assert_eq!(
                found(mode),
                std::slice::from_ref(&expected),
                "{mode:o} {path:?}"
            );
        }
        for mode in [0o600, 0o400] {
            assert_eq!(found(mode), [], "{mode:o} {path:?}");
        }
        // The group may read what root owns.
        let is_roots = path.metadata().unwrap().uid() == 0;
        assert_eq!(found(0o640).is_empty(), is_roots, "{path:?}");
        found(0o600);
    }
    // Without a secret in it, the file may be read by everybody.
    std::fs::write(&file, "demo = false").unwrap();
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let environment = FIT.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::from_sources(Some(&file), environment).unwrap();
    assert_eq!(deploy::warnings(&settings, &SecretKey::random(), true), []);
}

#[test]
fn a_network_of_operators_within_that_of_proxies_is_a_warning() {
    for (proxies, operators, wrong) in [
        ("10.0.0.0/8", "10.0.0.0/8", true),
        ("10.0.0.0/8", "10.1.0.0/16,192.168.0.0/16", true),
        ("127.0.0.1", "127.0.0.1", true),
        ("::ffff:127.0.0.1", "127.0.0.1", true),
        ("fd00::/8", "fd00:1::/32", true),
        ("10.0.0.7", "10.0.0.0/8", false),
        ("127.0.0.1", "10.0.0.0/8", false),
        ("fd00::/8", "10.0.0.0/8", false),
    ] {
        let environment = [
            ("FRONTGATE_TRUSTED_PROXIES", proxies),
            ("FRONTGATE_ADMIN_ALLOWED_NETWORKS", operators),
        ];
        let (_, ids) = warnings(&environment);
        let expected: &[&str] = if wrong { &["frontgate.W021"] } else { &[] };
        assert_eq!(ids, expected, "{proxies} {operators}");
    }
}
