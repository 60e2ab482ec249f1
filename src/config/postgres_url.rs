//! Reading the URL of a PostgreSQL, as libpq's documentation writes it (section "Connection
//! URIs"), where it can be read in one way only.
//!
//! A password with `@`, `/`, `?`, `#` or `%` that is not encoded moves the borders between the
//! parts: libpq would ask DNS for a piece of it and print it. So whatever has two readings is
//! refused before libpq sees it, and the refusal repeats nothing of the text.

use url::Url;

/// What to write instead of a character that has a meaning.
const ENCODE: &str = "in the user and the password write @ as %40, / as %2F, ? as %3F, # as %23, % as %25, & as %26 and a space as %20";

/// libpq's parameters (version 18). Any other name may be a piece of a password.
const PARAMETERS: [&str; 54] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "options",
    "passfile",
    "password",
    "port",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "scram_client_key",
    "scram_server_key",
    "service",
    "servicefile",
    "ssl",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
    "authtype",
];

/// Whether the value of this parameter is a secret.
pub(super) fn is_secret(parameter: &str) -> bool {
    parameter.contains("password") || parameter.contains("secret") || parameter.contains("scram_")
}

/// Reads a URL whose scheme is PostgreSQL's. Several hosts with ports, and a user without a host,
/// become parameters, which the `url` crate can hold.
///
/// # Errors
/// What to write. Nothing of `text` is in it.
pub(super) fn parse(text: &str) -> Result<Url, String> {
    let wanted = "write postgres://USER:PASSWORD@HOST/DATABASE";
    let refused = |why: &str| Err(format!("{wanted}: {why}; {ENCODE}"));
    let (_, rest) = text.split_once("://").unwrap_or_default();
    if rest.contains('#') {
        return refused("there is a #");
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return refused("there is a space or a control character");
    }
    if !well_encoded(rest) {
        return refused("there is a % that is not followed by two hexadecimal digits");
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    if tail.contains('@') || authority.matches('@').count() > 1 {
        return refused("there is an @ where none belongs");
    }
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split_once('=').map(|(name, _)| decoded(name));
        if !name.is_some_and(|name| PARAMETERS.contains(&name.as_str())) {
            return refused("a parameter after the ? is not one of libpq's, or has no value");
        }
    }
    let (credentials, hosts) = authority.split_once('@').unwrap_or(("", authority));
    let url = if hosts.contains(',') || (hosts.is_empty() && !credentials.is_empty()) {
        let mut pairs = moved(credentials, hosts)
            .ok_or_else(|| format!("{wanted}: a host is not HOST or HOST:PORT; {ENCODE}"))?;
        pairs.extend(query.split('&').map(str::to_owned));
        pairs.retain(|pair| !pair.is_empty());
        Url::parse(&format!("postgres://{path}?{}", pairs.join("&")))
    } else {
        Url::parse(text)
    };
    match url {
        Ok(url) => Ok(url),
        Err(url::ParseError::EmptyHost) => Err(format!(
            "{wanted}; for a socket, postgres:///DATABASE?host=/var/run/postgresql&user=USER"
        )),
        Err(error) => Err(format!("{wanted}: {error}; {ENCODE}")),
    }
}

/// The part before the path, as parameters.
fn moved(credentials: &str, hosts: &str) -> Option<Vec<String>> {
    // What separates parameters has no meaning where it comes from.
    let value = |text: &str| text.replace('&', "%26").replace('=', "%3D");
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let mut pairs = Vec::new();
    for (name, text) in [("user", user), ("password", password)] {
        if !text.is_empty() {
            pairs.push(format!("{name}={}", value(text)));
        }
    }
    if hosts.is_empty() {
        return Some(pairs);
    }
    let hosts: Option<Vec<_>> = hosts.split(',').map(host_and_port).collect();
    let (names, ports): (Vec<_>, Vec<_>) = hosts?.into_iter().unzip();
    pairs.push(format!("host={}", value(&names.join(","))));
    if ports.iter().any(|port| !port.is_empty()) {
        pairs.push(format!("port={}", ports.join(",")));
    }
    Some(pairs)
}

/// `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`; an empty port is the default one.
fn host_and_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (
                host,
                if rest.is_empty() {
                    rest
                } else {
                    rest.strip_prefix(':')?
                },
            )
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let digits = port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0);
    (!host.is_empty() && digits).then_some((host, port))
}

fn well_encoded(text: &str) -> bool {
    let mut parts = text.split('%');
    parts.next();
    parts.all(|part| {
        let digits = part.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// A name of a parameter, which may be encoded as well.
fn decoded(name: &str) -> String {
    url::form_urlencoded::parse(name.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}
