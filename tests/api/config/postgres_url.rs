//! The URL of a PostgreSQL: what it means, and what has two meanings.

use frontgate::config::DatabaseUrl;
use frontgate::config::values::Value;
use proptest::prelude::*;

/// The URL that libpq gets.
fn read(text: &str) -> Result<String, String> {
    match DatabaseUrl::parse(text)? {
        DatabaseUrl::Postgres(url) => Ok(url.into()),
        DatabaseUrl::Sqlite(path) => panic!("{}", path.display()),
    }
}

#[test]
fn the_usual_spellings_mean_what_they_mean_to_libpq() {
    for (text, expected) in [
        ("postgres://h/d", "postgres://h/d"),
        (
            "postgresql://u:p@h:5433/d?sslmode=disable",
            "postgresql://u:p@h:5433/d?sslmode=disable",
        ),
        ("postgres://u:p%40%2F%23@h/d", "postgres://u:p%40%2F%23@h/d"),
        ("postgres://u:a:b@h/d", "postgres://u:a%3Ab@h/d"),
        (
            "postgres:///d?host=/run/pg&user=u",
            "postgres:///d?host=/run/pg&user=u",
        ),
        (
            "postgres://u@/d?host=/run/pg",
            "postgres:///d?user=u&host=/run/pg",
        ),
        (
            "postgres://a:5432,b:5433/d",
            "postgres:///d?host=a,b&port=5432,5433",
        ),
        (
            "postgres://u:p@a,b:5433/d",
            "postgres:///d?user=u&password=p&host=a,b&port=,5433",
        ),
        (
            "postgres://u@a,b/d?target_session_attrs=read-write",
            "postgres:///d?user=u&host=a,b&target_session_attrs=read-write",
        ),
        (
            "postgres://u:p=%26&q@[::1]:1,[::2]/d",
            "postgres:///d?user=u&password=p%3D%26%26q&host=::1,::2&port=1,",
        ),
        (
            "postgres://h/d?options=-c%20search_path%3Dx",
            "postgres://h/d?options=-c%20search_path%3Dx",
        ),
    ] {
        assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn hosts_that_are_none_are_refused() {
    for text in [
        "postgres://a:x,b/d",
        "postgres://a:0,b/d",
        "postgres://a:65536,b/d",
        "postgres://a,,b/d",
        "postgres://[::1,b/d",
        "postgres://[::1]5,b/d",
    ] {
        let error = read(text).unwrap_err();
        assert!(
            error.starts_with("write postgres://USER:PASSWORD@HOST/DATABASE: "),
            "{error}"
        );
    }
}

proptest! {
    /// However a password is made up: encoded it arrives whole, and as it is it is either taken
    /// whole as well or refused without a word of it.
    #[test]
    fn a_password_arrives_whole_or_not_at_all(
        password in "[a-z@/?#%&=:,+ \\[\\]\u{e4}]{0,6}geheim[a-z@/?#%&=:,+ \\[\\]]{0,6}",
        hosts in prop_oneof![Just("h"), Just("h:1"), Just("h,i"), Just("h:1,i:2"), Just("")],
    ) {
        let encoded: Vec<_> = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let encoded = encoded.concat();
        let whole = DatabaseUrl::parse(&format!("postgres://u:{encoded}@{hosts}/d")).unwrap();
        prop_assert_eq!(arrived(&whole), Some(password.clone()));
        let debugged = format!("{whole:?}");
        prop_assert!(!debugged.contains("geheim"), "{}", debugged);
        match DatabaseUrl::parse(&format!("postgres://u:{password}@{hosts}/d")) {
            // A % with two digits behind it stands for something else, and nobody can know.
            Ok(url) => prop_assert!(
                password.contains('%') || arrived(&url) == Some(password.clone()),
                "{:?}", arrived(&url)
            ),
            Err(error) => prop_assert!(!error.contains("geheim"), "{}", error),
        }
    }
}

/// The password as libpq decodes it.
fn arrived(url: &DatabaseUrl) -> Option<String> {
    let DatabaseUrl::Postgres(url) = url else {
        return None;
    };
    let raw = match url.password() {
        Some(password) => password.to_owned(),
        None => url
            .query()?
            .split('&')
            .find_map(|pair| pair.strip_prefix("password="))?
            .to_owned(),
    };
    // As a form, but a + is a plus.
    let form = format!("x={}", raw.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(form.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
}
