//! Opening a connection to one PostgreSQL server, of which nothing waits for ever.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::Instrumentation;
use diesel::prelude::*;
use url::Url;

use super::hosts::{connect_bound, connect_timeout, is_unix, opens_one_socket, parameter};
use super::round_trip::{RoundTrip, Watch, limit};
use super::sockets::Socket;
use super::unix_socket::connect_and_find;

/// Opens a connection of which every round trip is bounded, those of connecting included. `next`
/// gets its events.
pub(super) fn establish(
    url: &Url,
    timeout: Duration,
    next: Option<Box<dyn Instrumentation>>,
) -> ConnectionResult<(PgConnection, Arc<RoundTrip>)> {
    // 0 is the system's own time, which is shorter than a day.
    let user_timeout = match parameter(url, "tcp_user_timeout").and_then(|text| text.parse().ok()) {
        Some(0) => 86_400_000,
        Some(given) => given,
        None => u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX),
    };
    let trip = RoundTrip::watch(Socket::new(user_timeout), limit(timeout));
    let bound = connect_bound(url, timeout) + limit(timeout);
    let with_timeouts = with_timeouts(url, timeout, trip.socket().tcp_user_timeout());
    let connect = || {
        trip.begin(bound);
        let connection = PgConnection::establish(with_timeouts.as_str());
        trip.end();
        connection
    };
    let mut connection = if is_unix(url) {
        let found = |socket| trip.socket().is_unix(socket);
        connect_and_find(bound, opens_one_socket(url), connect, found)
            .map_err(|why| ConnectionError::BadConnection(why.to_string()))?
    } else {
        connect()
    }?;
    connection.set_instrumentation(Watch {
        trip: Arc::clone(&trip),
        next,
    });
    Ok((connection, trip))
}

/// libpq's own time-outs, unless the URL sets them, and the mark of this connection.
fn with_timeouts(url: &Url, timeout: Duration, user_timeout: u32) -> Url {
    let mut url = url.clone();
    // As it was written: libpq reads no `+` as a space.
    let others: Vec<_> = url.query().unwrap_or_default().split('&').collect();
    let others = others
        .into_iter()
        .filter(|pair| !pair.is_empty() && !pair.starts_with("tcp_user_timeout="));
    let others = others.collect::<Vec<_>>().join("&");
    url.set_query(Some(others.as_str()).filter(|others| !others.is_empty()));
    let seconds = connect_timeout(&url, timeout).as_secs().to_string();
    for (name, value) in [
        ("connect_timeout", seconds.as_str()),
        ("tcp_user_timeout", &user_timeout.to_string()),
        ("application_name", "frontgate"),
    ] {
        if parameter(&url, name).is_none() {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url
}
