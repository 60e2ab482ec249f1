//! The hosts of a PostgreSQL URL, and how long each of them may take.

use std::time::Duration;

use url::Url;

/// libpq knows no shorter time to connect.
const LEAST_CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// A URL for each host, in the order in which they are tried. libpq would stop at the first that
/// lets anybody in; we go on until one takes changes. With `load_balance_hosts`, which shuffles
/// them, with `hostaddr` and with `service` the choice is libpq's.
pub(super) fn each_host(url: &Url, timeout: Duration) -> Vec<Url> {
    let left_to_libpq = ["load_balance_hosts", "hostaddr", "service"];
    let pairs: Vec<_> = url.query().unwrap_or_default().split('&').collect();
    let value = |name: &str| {
        let pair = pairs.iter().find_map(|pair| pair.strip_prefix(name));
        let list = pair.and_then(|rest| rest.strip_prefix('='))?;
        Some(list.replace("%2C", ",").replace("%2c", ","))
    };
    let Some(hosts) = value("host").filter(|hosts| hosts.contains(',')) else {
        return vec![url.clone()];
    };
    let ports = value("port").unwrap_or_default();
    let ports: Vec<_> = ports.split(',').collect();
    let hosts: Vec<_> = hosts.split(',').collect();
    if left_to_libpq.iter().any(|name| value(name).is_some())
        || (ports.len() != 1 && ports.len() != hosts.len())
    {
        return vec![url.clone()];
    }
    let others = pairs
        .iter()
        .filter(|pair| !pair.starts_with("host=") && !pair.starts_with("port="));
    let others = others.copied().collect::<Vec<_>>().join("&");
    let seconds = connect_timeout(url, timeout).as_secs();
    let one = |(number, host): (usize, &&str)| {
        let port = ports.get(number).or(ports.first()).copied();
        let mut query = format!("{others}&host={host}");
        if let Some(port) = port.filter(|port| !port.is_empty()) {
            query = format!("{query}&port={port}");
        }
        if parameter(url, "connect_timeout").is_none() {
            query = format!("{query}&connect_timeout={seconds}");
        }
        let mut url = url.clone();
        url.set_query(Some(query.trim_start_matches('&')));
        url
    };
    hosts.iter().enumerate().map(one).collect()
}

/// How long connecting to one host may take: with several, one that is away must not take the
/// time of those after it. The URL may say otherwise.
pub(super) fn connect_timeout(url: &Url, timeout: Duration) -> Duration {
    let given = parameter(url, "connect_timeout").and_then(|seconds| seconds.parse().ok());
    given
        .map_or(timeout / count(url), Duration::from_secs)
        .max(LEAST_CONNECT_TIMEOUT)
}

/// How long connecting may take until every host was tried.
pub(super) fn connect_bound(url: &Url, timeout: Duration) -> Duration {
    connect_timeout(url, timeout) * count(url)
}

/// How long to wait for a connection of a pool: `timeout`, or with several hosts as long as it
/// takes to try each of them.
pub(super) fn wait_for_connection(url: &Url, timeout: Duration) -> Duration {
    if count(url) == 1 {
        timeout
    } else {
        timeout.max(connect_bound(url, timeout))
    }
}

fn count(url: &Url) -> u32 {
    let list = parameter(url, "host").or_else(|| url.host_str().map(str::to_owned));
    let count = list.map_or(1, |list| list.split(',').count());
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether any of the hosts is a socket of this machine. Without one, libpq takes the socket.
pub(super) fn is_unix(url: &Url) -> bool {
    let list = parameter(url, "host").or_else(|| url.host_str().map(str::to_owned));
    list.is_none_or(|list| {
        list.split(',')
            .any(|host| host.is_empty() || host.starts_with(['/', '@']))
    })
}

/// Whether libpq opens one socket to connect: it opens several where it chooses among hosts, and to
/// ask for a standby before it takes another server.
pub(super) fn opens_one_socket(url: &Url) -> bool {
    count(url) == 1
        && ["hostaddr", "service"]
            .iter()
            .all(|name| parameter(url, name).is_none())
        && parameter(url, "target_session_attrs").as_deref() != Some("prefer-standby")
}

/// A parameter of the URL.
pub(super) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
