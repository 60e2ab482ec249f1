//! Every access token that was handed out is outlived by the revocation of its session, by any
//! settings that there were then and are now.

use chrono::{DateTime, TimeDelta};
use frontgate::purge::purge_all;

use crate::support::{Backend, TestApp, forge, on_both_databases, rows};

/// How a session ends: by its own revocation, or by that of its user.
#[derive(Clone, Copy, Debug)]
enum End {
    LogOut,
    Password,
}

/// `access_token_lifetime` one after the other: raised, lowered, both, up to the longest there is.
const LIFETIMES: [[&str; 3]; 5] = [
    ["15m", "15m", "15m"],
    ["1m", "1h", "1d"],
    ["1d", "1h", "1s"],
    ["1h", "1s", "1d"],
    ["1s", "1d", "1m"],
];

on_both_databases! {
    async fn no_access_token_outlives_the_revocation_of_its_session(backend: Backend) {
        for (lifetimes, end) in LIFETIMES.into_iter().zip([End::LogOut, End::Password].into_iter().cycle()) {
            let mut app = TestApp::with(backend, &[("access_token_lifetime", lifetimes[0])]).await;
            let mut browser = app.signed_up("ada@example.com").await;
            let mut tokens = vec![browser.access().to_owned()];
            let mut cookies = browser.cookies.clone();
            for lifetime in &lifetimes[1..] {
                app = app.restart(&[("access_token_lifetime", *lifetime)]).await;
                app.advance(TimeDelta::seconds(20));
                browser = app.browser();
                browser.cookies = cookies;
                assert_eq!(browser.refresh().await.status, 200);
                tokens.push(browser.access().to_owned());
                cookies = browser.cookies.clone();
            }
            match end {
                End::LogOut => assert_eq!(browser.log_out().await.status, 200),
                End::Password => rows::change_password(&app, "ada@example.com", "a password of another day"),
            }
            let mut tokens: Vec<_> = tokens.into_iter().map(|token| (forge::read(&token)["exp"].as_i64().unwrap(), token)).collect();
            tokens.sort();
            for (exp, _) in tokens.clone() {
                // Until its last second, on a server that starts with nothing but the table.
                let last = DateTime::from_timestamp(exp - 1, 0).unwrap() - app.clock.now();
                app.advance(last.max(TimeDelta::zero()));
                purge_all(&app.state.database, TimeDelta::days(90), app.clock.now(), |_| {}).await.unwrap();
                app = app.restart(&[("access_token_lifetime", lifetimes[2])]).await;
                for (exp, token) in &tokens {
                    let mut thief = app.browser();
                    thief.cookies.insert("access".to_owned(), token.clone());
                    let answer = thief.info().await;
                    let why = if *exp > app.clock.now().timestamp() { "Token is revoked" } else { "Token is expired" };
                    assert!(answer.status == 401 && answer.body.contains(why), "{lifetimes:?} {end:?}: {answer}");
                }
            }
        }
    }

    async fn an_access_token_of_a_build_with_longer_ones_is_refused_and_a_refresh_goes_on(backend: Backend) {
        let app = TestApp::new(backend).await;
        let mut browser = app.signed_up("ada@example.com").await;
        let mut claims = forge::read(browser.access());
        let lifetime = |days| TimeDelta::days(days).num_seconds();
        let iat = claims["iat"].as_i64().unwrap();
        for (exp, status) in [(iat + lifetime(1), 200), (iat + lifetime(1) + 1, 401), (iat + lifetime(7), 401)] {
            claims["exp"] = exp.into();
            browser.cookies.insert("access".to_owned(), forge::claims(&claims));
            let answer = browser.info().await;
            assert_eq!(answer.status, status, "{answer}");
            assert!(status == 200 || answer.body.contains("Token is invalid"), "{answer}");
        }
        assert_eq!(browser.refresh().await.status, 200);
        assert_eq!(browser.info().await.status, 200);
    }
}
