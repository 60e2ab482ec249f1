//! What `frontgate check --deploy` warns of, as Django's `check --deploy` does: settings
//! that are fine on a developer's machine and not on the internet.

mod files;
mod networks;

use url::Url;

use super::{CookieSettings, DatabaseUrl, SecretKey, Settings};

/// One warning: what is wrong, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// A stable name for scripts, such as `frontgate.W001`.
    pub id: &'static str,
    /// What is wrong.
    pub what: String,
    /// The way out.
    pub hint: &'static str,
}

/// Several times what a retry over a slow network takes.
const LONG_GRACE: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

/// Looks at the settings as for a server on the internet. `tls_built_in` says whether
/// this binary can speak TLS to PostgreSQL.
#[must_use]
pub fn warnings(settings: &Settings, secret: &SecretKey, tls_built_in: bool) -> Vec<Warning> {
    let Settings {
        server,
        cookies,
        tokens,
        passwords,
        ..
    } = settings;
    let mut found = Vec::new();
    let mut warn = |wrong: bool, id, what: &str, hint| {
        if wrong {
            let what = what.to_owned();
            found.push(Warning { id, what, hint });
        }
    };
    warn(
        weak(secret.expose()),
        "frontgate.W001",
        "the secret key is short, or the same few characters again and again",
        "make one with `openssl rand -base64 48` and set SECRET_KEY to it",
    );
    warn(
        !cookies.cookie_secure,
        "frontgate.W002",
        "cookie_secure is false: the cookies travel over plain http, where anyone on the way can read them",
        "serve the app over https and set cookie_secure = true",
    );
    warn(
        !server.bind.ip().is_loopback() && server.trusted_proxies.0.is_empty(),
        "frontgate.W003",
        "bind is open to other machines and trusted_proxies is empty: behind a proxy every client would seem to have the proxy's address",
        "set trusted_proxies to the proxy's network, or bind to 127.0.0.1",
    );
    warn(
        remote_without_tls(&settings.database.database_url),
        "frontgate.W004",
        "PostgreSQL is on another machine and sslmode does not ask for TLS",
        if tls_built_in {
            "add ?sslmode=verify-full to DATABASE_URL"
        } else {
            "use a build with TLS (cargo build --release --no-default-features --features pg-bundled-tls) and add ?sslmode=verify-full to DATABASE_URL"
        },
    );
    warn(
        cookies.refresh_path() == "/",
        "frontgate.W005",
        "the refresh cookie is sent to every path, the whole app's included",
        "set refresh_cookie_path to the user endpoints' prefix, /api/v1/users",
    );
    warn(
        !server.throttle,
        "frontgate.W006",
        "throttle is false: every rate limit is switched off, and stays so when there are some. This version has none yet, so passwords can be guessed without limit",
        "leave throttle at its default, and limit login/, create/, password/, password/reset/confirm/ and /admin/login/ at the proxy",
    );
    warn(
        passwords.bcrypt_cost < 10,
        "frontgate.W007",
        "bcrypt_cost is under 10: a stolen password hash is guessed quickly",
        "set bcrypt_cost = 12, Django's default",
    );
    warn(
        tokens.access_token_lifetime.delta() > chrono::TimeDelta::hours(1),
        "frontgate.W008",
        "access_token_lifetime is over an hour: backends that only check signatures accept a stolen token for that long",
        "set access_token_lifetime = 15m",
    );
    warn(
        server.public_origin.is_none(),
        "frontgate.W009",
        "public_origin is empty: the Host header, which a proxy may rewrite, decides what counts as our own origin",
        "set public_origin to the address that browsers show, such as https://app.example.com",
    );
    warn(
        server
            .cors_allowed_origins
            .0
            .iter()
            .any(|origin| origin.as_str().starts_with("http://")),
        "frontgate.W010",
        "cors_allowed_origins lists an http origin: whoever is on the way to it acts as that app",
        "list https origins only",
    );
    warn(
        cookies.cookie_domain.is_some(),
        "frontgate.W011",
        "cookie_domain shares the cookies with every subdomain, and lets each of them plant its own",
        "leave cookie_domain empty unless the app lives on another subdomain than this server",
    );
    warn(
        server.demo,
        "frontgate.W012",
        "demo is true: whoever comes to /demo/ sees Frontgate's page instead of your app's",
        "set demo = false",
    );
    found.extend(openings(settings, tls_built_in));
    found.extend(dropped_domain(cookies));
    found
}

/// Warns of what lets in more people than it should, and of a start that fails.
fn openings(settings: &Settings, tls_built_in: bool) -> Vec<Warning> {
    let Settings {
        server,
        tokens,
        passwords,
        admin,
        ..
    } = settings;
    let mut found = Vec::new();
    let mut warn = |wrong: bool, id, what: &str, hint| {
        if wrong {
            let what = what.to_owned();
            found.push(Warning { id, what, hint });
        }
    };
    warn(
        networks::hold_everybody(&server.trusted_proxies.0),
        "frontgate.W013",
        "trusted_proxies holds everybody: a client that writes X-Forwarded-For chooses the address that the audit log, the alarms and admin_allowed_networks know",
        "list the addresses of your own proxies alone, such as 127.0.0.1 or 10.0.0.0/24",
    );
    let admin_networks = &admin.admin_allowed_networks.0;
    warn(
        admin_networks.is_empty() || networks::hold_everybody(admin_networks),
        "frontgate.W014",
        "admin_allowed_networks lets everybody reach the admin, where passwords can be tried",
        "set admin_allowed_networks to the networks of your operators, such as 10.0.0.0/8",
    );
    warn(
        networks::hold_any_of(&server.trusted_proxies.0, admin_networks),
        "frontgate.W021",
        "trusted_proxies holds a network of admin_allowed_networks: an address of a proxy opens nothing, so nobody reaches the admin from there",
        "list in trusted_proxies what the proxies themselves have, such as 127.0.0.1 or 10.0.0.7, and nothing wider",
    );
    for file in files::open_to_others(settings) {
        let what = format!("{} holds a secret and is open to others", file.display());
        warn(
            true,
            "frontgate.W015",
            &what,
            "let its owner alone read it: chmod 600, or 640 where root owns it and the server's group reads it",
        );
    }
    warn(
        passwords
            .password_reset_url
            .as_ref()
            .is_some_and(|page| !page.is_https()),
        "frontgate.W016",
        "password_reset_url is an http address: anyone on the way can read the link and set the password",
        "serve that page over https and write its address so",
    );
    warn(
        tokens.refresh_grace.delta() > LONG_GRACE,
        "frontgate.W017",
        "refresh_grace is over 30 seconds: for that long the use of a stolen refresh token is not told from a retry",
        "set refresh_grace = 10s",
    );
    warn(
        matches!(&settings.database.database_url, DatabaseUrl::Postgres(url) if asks_for_tls(url))
            && !tls_built_in,
        "frontgate.W018",
        "DATABASE_URL asks for TLS (sslmode), which this build cannot speak: the server will not start",
        "use a build with TLS: cargo build --release --no-default-features --features pg-bundled-tls",
    );
    found
}

fn dropped_domain(cookies: &CookieSettings) -> Option<Warning> {
    let domain = cookies.cookie_domain.as_deref();
    domain.is_some_and(may_be_suffix).then(|| Warning {
        id: "frontgate.W020",
        what: "cookie_domain looks like a suffix under which anybody can register a name, as co.uk: browsers drop cookies for these".to_owned(),
        hint: "write your own domain, such as example.co.uk",
    })
}

/// Whether a domain is of the kind of co.uk or com.au. Which are for certain is in the browsers'
/// list (publicsuffix.org), which changes every week: so this is a warning.
fn may_be_suffix(domain: &str) -> bool {
    const GENERIC: [&str; 14] = [
        "ac", "co", "com", "edu", "go", "gov", "ltd", "mil", "ne", "net", "nom", "or", "org", "sch",
    ];
    let domain = domain.trim_start_matches('.').to_ascii_lowercase();
    let labels: Vec<_> = domain.split('.').collect();
    matches!(labels[..], [generic, country] if country.len() == 2 && GENERIC.contains(&generic))
}

/// Fewer than 32 bytes, or hardly any different ones (Django's security.W009).
fn weak(secret: &[u8]) -> bool {
    let mut distinct = secret.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    secret.len() < 32 || distinct.len() < 8
}

/// Whether the way to PostgreSQL leaves this machine without `sslmode=require` or better.
#[must_use]
pub fn remote_without_tls(url: &DatabaseUrl) -> bool {
    let DatabaseUrl::Postgres(url) = url else {
        return false;
    };
    let local = |host: &str| {
        host.is_empty()
            || host == "localhost"
            || host.starts_with('/')
            || host
                .trim_matches(['[', ']'])
                .parse()
                .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
    };
    let host = parameter(url, "host").unwrap_or_else(|| url.host_str().unwrap_or("").to_owned());
    !host.split(',').all(local) && !asks_for_tls(url)
}

/// Whether `sslmode` is require, verify-ca or verify-full.
#[must_use]
pub fn asks_for_tls(url: &Url) -> bool {
    parameter(url, "sslmode")
        .is_some_and(|mode| matches!(mode.as_str(), "require" | "verify-ca" | "verify-full"))
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
