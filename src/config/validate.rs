//! What must hold between settings, beyond each being readable by itself.

use actix_web::cookie::SameSite;
use chrono::TimeDelta;

use super::passwords::RESET_LIFETIMES;
use super::values::Lifetime;
use super::{LONGEST_ACCESS_TOKEN_LIFETIME, Problem, Settings, UserField};

/// Adds a problem for everything that does not hold.
pub(super) fn validate(settings: &Settings, problems: &mut Vec<Problem>) {
    let mut checks = Checks { settings, problems };
    checks.tokens();
    checks.revocation();
    checks.cookies();
    checks.places();
    checks.numbers();
}

struct Checks<'a> {
    settings: &'a Settings,
    problems: &'a mut Vec<Problem>,
}

impl Checks<'_> {
    fn refuse_if(&mut self, wrong: bool, name: &str, wanted: &str) {
        if !wrong {
            return;
        }
        if let Some(shown) = self.settings.shown.iter().find(|shown| shown.name == name) {
            self.problems.push(Problem {
                name: name.to_owned(),
                value: shown.value.clone(),
                origin: shown.origin.clone(),
                wanted: wanted.to_owned(),
            });
        }
    }

    fn tokens(&mut self) {
        let tokens = &self.settings.tokens;
        let second = TimeDelta::seconds(1);
        let short = |lifetime: Lifetime| lifetime.delta() < second;
        let access = tokens.access_token_lifetime;
        let refresh = tokens.refresh_token_lifetime;
        self.refuse_if(
            !tokens.rotate_refresh_tokens,
            "rotate_refresh_tokens",
            "only true is possible: without rotation a stolen refresh token is never noticed",
        );
        self.refuse_if(
            !tokens.blacklist_after_rotation,
            "blacklist_after_rotation",
            "only true is possible: a session has at most one live refresh token",
        );
        self.refuse_if(short(access), "access_token_lifetime", "write at least 1s");
        self.refuse_if(
            short(refresh),
            "refresh_token_lifetime",
            "write at least 1s",
        );
        self.refuse_if(
            access > refresh,
            "access_token_lifetime",
            "write at most the refresh_token_lifetime",
        );
        self.refuse_if(
            access > LONGEST_ACCESS_TOKEN_LIFETIME,
            "access_token_lifetime",
            &format!(
                "write at most {LONGEST_ACCESS_TOKEN_LIFETIME}: a refresh hands out a new one"
            ),
        );
        self.refuse_if(
            refresh > tokens.session_max_lifetime,
            "refresh_token_lifetime",
            "write at most the session_max_lifetime",
        );
        self.refuse_if(
            tokens.refresh_grace.delta() > TimeDelta::minutes(5),
            "refresh_grace",
            "write at most 5m: within it a stolen token is not told from a retry",
        );
        let fields = &tokens.user_fields.0;
        self.refuse_if(
            fields.is_empty() || (1..fields.len()).any(|i| fields[..i].contains(&fields[i])),
            "user_fields",
            "write at least one name, and each name once; [\"email\"] is what Django tells",
        );
        for claim in fields.iter().filter_map(UserField::needs) {
            self.refuse_if(
                !tokens.access_token_claims.0.contains(&claim),
                "user_fields",
                &format!(
                    "add {} to access_token_claims: answers tell what the token says",
                    claim.name()
                ),
            );
        }
        self.refuse_if(
            tokens.secret_key.is_some() && tokens.secret_key_file.is_some(),
            "secret_key_file",
            "set SECRET_KEY or secret_key_file, not both",
        );
    }

    fn revocation(&mut self) {
        let revocation = &self.settings.revocation;
        let staleness = revocation.revocation_max_staleness.delta();
        let interval = revocation.revocation_poll_interval.delta();
        self.refuse_if(
            interval < TimeDelta::milliseconds(10),
            "revocation_poll_interval",
            "write at least 10ms",
        );
        self.refuse_if(
            interval * 2 > staleness,
            "revocation_poll_interval",
            "write at most half of revocation_max_staleness: a look that fails must be tried again in time",
        );
    }

    fn cookies(&mut self) {
        let cookies = &self.settings.cookies;
        let names = [
            ("access_cookie_name", &cookies.access_cookie_name),
            ("refresh_cookie_name", &cookies.refresh_cookie_name),
        ];
        for (setting, name) in names {
            let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            self.refuse_if(
                name.is_empty() || !name.chars().all(token),
                setting,
                "write a cookie name of letters, digits and -_.",
            );
            // RFC 6265bis, section 4.1.3: browsers drop cookies that break these rules.
            self.refuse_if(
                (name.starts_with("__Host-") || name.starts_with("__Secure-"))
                    && !cookies.cookie_secure,
                setting,
                "this prefix needs cookie_secure = true",
            );
            let path = match setting {
                "access_cookie_name" => cookies.cookie_path.as_str(),
                _ => cookies.refresh_path(),
            };
            self.refuse_if(
                name.starts_with("__Host-") && (cookies.cookie_domain.is_some() || path != "/"),
                setting,
                "the prefix __Host- needs an empty cookie_domain and the path /",
            );
        }
        self.refuse_if(
            cookies.access_cookie_name == cookies.refresh_cookie_name,
            "refresh_cookie_name",
            "the two cookies need two names",
        );
        self.refuse_if(
            cookies.cookie_samesite == SameSite::None && !cookies.cookie_secure,
            "cookie_samesite",
            "browsers drop SameSite=None cookies that are not Secure: set cookie_secure = true",
        );
        self.refuse_if(
            cookies.cookie_partitioned && !cookies.cookie_secure,
            "cookie_partitioned",
            "browsers drop Partitioned cookies that are not Secure: set cookie_secure = true",
        );
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && b != b';');
        // Where the refresh cookie has no path of its own, cookie_path is to blame.
        let own = cookies.refresh_cookie_path.as_deref();
        for (setting, path) in [
            ("cookie_path", cookies.cookie_path.as_str()),
            ("refresh_cookie_path", own.unwrap_or("/")),
        ] {
            self.refuse_if(
                !path.starts_with('/') || !plain(path),
                setting,
                "write a path that begins with a slash",
            );
        }
        let prefix = self.settings.server.users_prefix.as_str();
        self.refuse_if(
            !covers(own.unwrap_or("/"), prefix),
            "refresh_cookie_path",
            "no browser would send the refresh cookie to users_prefix: write a path that begins it",
        );
        self.refuse_if(
            !covers(&cookies.cookie_path, prefix),
            "cookie_path",
            "no browser would send the cookies to users_prefix: write a path that begins it",
        );
        self.cookie_domain();
    }

    /// What browsers drop without a word, as far as a server can know it (RFC 6265bis, section
    /// 5.7): which domains are public suffixes is in a list of theirs.
    fn cookie_domain(&mut self) {
        let Some(domain) = self.settings.cookies.cookie_domain.as_deref() else {
            return;
        };
        let host = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let plain = domain.chars().all(host);
        self.refuse_if(
            !plain,
            "cookie_domain",
            "write a host name such as example.com",
        );
        let name = domain.strip_prefix('.').unwrap_or(domain);
        let last = name.rsplit('.').next().unwrap_or_default();
        let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
        let shared = name.contains('.') && !name.split('.').any(str::is_empty) && !numeric;
        self.refuse_if(
            plain && !shared,
            "cookie_domain",
            "browsers drop cookies for a name without a dot and for an address: write a domain such as example.com, or leave it empty for the server's own host",
        );
        let origin = self.settings.server.public_origin.as_ref();
        let covers = |host: &str| {
            let parent = host
                .len()
                .checked_sub(name.len())
                .map(|at| host.split_at(at));
            parent.is_some_and(|(before, end)| {
                end.eq_ignore_ascii_case(name) && (before.is_empty() || before.ends_with('.'))
            })
        };
        self.refuse_if(
            plain && shared && origin.is_some_and(|origin| !covers(origin.host())),
            "cookie_domain",
            "public_origin is neither this domain nor a host below it, so that browsers drop the cookies: write a parent domain of it, or leave it empty",
        );
    }

    fn places(&mut self) {
        let (server, admin) = (&self.settings.server, &self.settings.admin);
        let taken = [
            "/admin",
            "/static",
            "/health",
            "/demo",
            "/api/docs",
            "/api/openapi.json",
        ];
        let users = server.users_prefix.as_str();
        self.refuse_if(
            taken.iter().any(|path| covers(path, users)),
            "users_prefix",
            "a path of the server's own stands there: write another one, such as /api/v1/users",
        );
        let listed = &server.cors_allowed_origins.0;
        let admin_origin = admin.admin_origin.as_ref();
        self.refuse_if(
            admin_origin.is_some_and(|origin| listed.contains(origin)),
            "admin_origin",
            "cors_allowed_origins lists it: the admin needs an origin on which no app lives",
        );
        let no_name = |name: &String| {
            name.contains('*') || actix_web::http::header::HeaderName::try_from(name).is_err()
        };
        self.refuse_if(
            server.cors_allowed_headers.0.iter().any(no_name),
            "cors_allowed_headers",
            "write names of headers such as X-Tenant, separated by commas; there is no way to allow all",
        );
        let port = admin.admin_bind.map(|bind| bind.port());
        self.refuse_if(
            port.is_some_and(|port| port != 0 && port == server.bind.port()),
            "admin_bind",
            "bind has this port: write another one",
        );
    }

    fn numbers(&mut self) {
        let settings = self.settings;
        self.refuse_if(
            !(4..=31).contains(&settings.passwords.bcrypt_cost),
            "bcrypt_cost",
            "write a number from 4 to 31; 12 is Django's",
        );
        self.refuse_if(
            settings.server.max_connections == 0,
            "max_connections",
            "write at least 1",
        );
        self.refuse_if(
            settings.database.database_pool_size == 0,
            "database_pool_size",
            "write at least 1",
        );
        self.refuse_if(
            !RESET_LIFETIMES.contains(&settings.passwords.password_reset_lifetime.delta()),
            "password_reset_lifetime",
            "write from 1m to 7d: whoever has the link has the account",
        );
        let longer_than_zero = [
            ("database_timeout", settings.database.database_timeout),
            ("purge_interval", settings.database.purge_interval),
            ("body_timeout", settings.server.body_timeout),
            ("head_timeout", settings.server.head_timeout),
            ("write_timeout", settings.server.write_timeout),
            ("keep_alive", settings.server.keep_alive),
        ];
        for (name, lifetime) in longer_than_zero {
            self.refuse_if(
                lifetime.delta() < TimeDelta::milliseconds(10),
                name,
                "write at least 10ms",
            );
        }
        self.refuse_if(
            settings.database.event_retention.delta() < TimeDelta::hours(1),
            "event_retention",
            "write at least 1h: what is not kept cannot be looked up after a break-in",
        );
    }
}

/// Whether browsers send a cookie of this path to everything under `prefix` (RFC 6265,
/// section 5.1.4).
fn covers(cookie_path: &str, prefix: &str) -> bool {
    let path = cookie_path.trim_end_matches('/');
    prefix
        .strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
