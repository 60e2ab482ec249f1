//! Tokens: what is accepted, what is refused, what is in ours, and that PyJWT and simplejwt
//! agree.

mod custom_claims;
mod forged_claims;
mod forged_form;
mod lifetime;
mod numbers;
mod profile;
mod python;

use frontgate::config::SecretKey;
use frontgate::tokens::{TokenError, TokenKeys};

use crate::support::TestApp;
use crate::support::test_app::settings_with;

/// Keys with the tests' secret and some settings.
fn keys(settings: &[(&str, &str)]) -> TokenKeys {
    let settings = settings_with("sqlite://unused.sqlite3", settings);
    let secret = SecretKey::obtain(&settings, || true).unwrap();
    TokenKeys::new(&secret, &settings.tokens)
}

/// Why keys without further settings refuse an access token at the start of time.
fn refusal(token: &str) -> Option<TokenError> {
    keys(&[])
        .verify_access(token, TestApp::start_of_time())
        .err()
}
