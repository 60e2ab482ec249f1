//! No secret is shown, neither by `check` nor in an error, however it is spelled.

use super::{settings, with_file};
use crate::support::process::{Finished, frontgate};

const KEY: &str = "geheim-geheim-geheim-geheim-geheim-geheim";

/// Ways to write a password into a URL, the last ones wrong.
const URLS: [&str; 29] = [
    "postgres://u:geheim@127.0.0.1:1/x",
    "postgresql://u:geheim@127.0.0.1:1/x",
    "postgres://u:geheim@127.0.0.1:1/x?connect_timeout=2#geheim",
    "postgres://127.0.0.1:1/x?user=u&password=geheim",
    "postgres://127.0.0.1:1/x?user=u&pass%77ord=geheim",
    "postgres://127.0.0.1:1/x?user=u&sslpassword=geheim",
    "postgres:///x?host=/nowhere&user=u&password=geheim",
    "postgres://u:%zzgeheim@127.0.0.1:1/x",
    "postgres://127.0.0.1:1/x?user=u&password=%zzgeheim",
    "postgres://127.0.0.1:1/x?user=u&passwort=geheim",
    "postgres://u:geheim@h:port/x",
    "POSTGRES://u:geheim@h/x",
    "mysql://u:geheim@h/x",
    "u:geheim@h/x",
    // Not encoded: the borders of the parts have moved.
    "postgres://u:ge@geheim@127.0.0.1:1/x",
    "postgres://u:@geheim@127.0.0.1:1/x",
    "postgres://u:ge/geheim@127.0.0.1:1/x",
    "postgres://u:geheim/@127.0.0.1:1/x",
    "postgres://u:1/geheim@127.0.0.1:1/x",
    "postgres://u:ge?geheim@127.0.0.1:1/x",
    "postgres://u:ge#geheim@127.0.0.1:1/x",
    "postgres://u:geheim%@127.0.0.1:1/x",
    "postgres://u:geheim%4@127.0.0.1:1/x",
    "postgres://u:ge geheim@127.0.0.1:1/x",
    "postgres://u:ge\tgeheim@127.0.0.1:1/x",
    "postgres://u:a,geheim/@127.0.0.1:1,127.0.0.2:1/x",
    "postgres://127.0.0.1:1/x?user=u&password=ge&geheim",
    "postgres://127.0.0.1:1/x?user=u&password=ge&geheim=1",
    "postgres://127.0.0.1:1/x?user=u&password=ge#geheim",
];

#[test]
fn a_password_in_the_database_url_is_never_printed() {
    let folder = tempfile::TempDir::new().unwrap();
    for url in URLS {
        for command in ["check", "migrate"] {
            let environment = [("DATABASE_URL", url), ("SECRET_KEY", KEY)];
            let ended = Finished::of(&mut frontgate(folder.path(), &[command], &environment));
            let all = ended.to_string();
            assert!(!all.contains("geheim"), "{url}: {all}");
            let wrong = settings(&environment).is_err();
            assert_eq!(
                ended.code,
                Some(i32::from(wrong || command == "migrate")),
                "{all}"
            );
        }
    }
}

#[test]
fn a_secret_key_is_never_printed() {
    let folder = tempfile::TempDir::new().unwrap();
    for (name, value) in [
        ("SECRET_KEY", KEY),
        ("SECRET_KEY", "geheim"),
        ("FRONTGATE_SECRET_KEY", KEY),
        ("FRONTGATE_SECRET_KYE", KEY),
    ] {
        let ended = Finished::of(&mut frontgate(folder.path(), &["check"], &[(name, value)]));
        let all = ended.to_string();
        assert!(!all.contains("geheim"), "{name}: {all}");
        assert_eq!(
            ended.code,
            Some(i32::from((name, value) != ("SECRET_KEY", KEY))),
            "{all}"
        );
    }
    for file in [
        "secret_key = \"geheim\"\nbind = 1",
        "secret_key = { value = \"geheim\" }",
        "SECRET_KEY = \"geheim\"",
        "database_url = { password = \"geheim\" }",
    ] {
        let error = with_file(file, &[]).unwrap_err().to_string();
        assert!(!error.contains("geheim"), "{file}: {error}");
    }
    let url = ("DATABASE_URL", URLS[0]);
    let debugged = format!("{:?}", settings(&[("SECRET_KEY", KEY), url]).unwrap());
    assert!(!debugged.contains("geheim"), "{debugged}");
}
