//! What a client sent that is no HTTP is no error of ours: actix-http tells of it at the error
//! level, and the log has it at info, with the peer of the connection.
//!
//! Anybody can send such bytes, so the lines are bounded: a few for each network, not many for
//! all, and the rest counted and told of together once in [`INTERVAL`].

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::models::failure_count::network;

/// How often one line tells of all connections that had none of their own: once a minute.
pub(crate) const INTERVAL: Duration = Duration::from_mins(1);
/// How many lines each network gets within a minute.
pub const MAX_LINES_OF_NETWORK: u64 = 5;
/// How many lines all of them get together.
pub const MAX_LINES: u64 = 100;
/// How many networks are counted apart within a minute; the lines are all granted before.
pub const MAX_NETWORKS: usize = 10_000;

const DISPATCHER: &str = "actix_http::h1::dispatcher";
/// How the dispatcher begins what it says of a connection that it closes.
const BEGINNING: &str = "stream error: ";

static LINES: Mutex<Lines> = Mutex::new(Lines::new());

thread_local! {
    /// The peer of the connection that this thread is working on.
    static PEER: Cell<Option<SocketAddr>> = const { Cell::new(None) };
}

/// Does `work` on the connection of this peer: what is logged meanwhile about bytes that are no
/// HTTP names it.
pub(crate) fn on_connection_of<T>(peer: Option<SocketAddr>, work: impl FnOnce() -> T) -> T {
    struct Restore(Option<SocketAddr>);
    impl Drop for Restore {
        fn drop(&mut self) {
            PEER.set(self.0);
        }
    }
    let _restore = Restore(PEER.replace(peer));
    work()
}

/// Tells of the connections that had no line of their own since the last time.
pub(crate) fn tell_of_rest() {
    let rest = LINES.lock().take_rest();
    if let Some(rest) = rest {
        tracing::info!(
            connections = rest.connections,
            most_from = rest
                .most_from
                .map(|(network, _)| tracing::field::display(network)),
            connections_of_most = rest.most_from.map(|(_, connections)| connections),
            "more connections were closed: what came on them is no HTTP request"
        );
    }
}

/// Which connections of the present interval have a line of their own.
#[derive(Debug, Default)]
pub struct Lines {
    /// The first [`MAX_NETWORKS`] networks.
    networks: BTreeMap<IpNet, OfNetwork>,
    /// How many lines were granted.
    granted: u64,
    /// How many connections had none.
    rest: u64,
    /// How many of these are counted for no network.
    of_no_network: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct OfNetwork {
    /// How many lines were granted.
    lines: u64,
    /// How many connections had none.
    rest: u64,
}

/// Connections that had no line of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// How many.
    pub connections: u64,
    /// A network from which most of them came, and how many; `None` where one that was not
    /// counted may have sent more.
    pub most_from: Option<(IpNet, u64)>,
}

impl Lines {
    const fn new() -> Self {
        Self {
            networks: BTreeMap::new(),
            granted: 0,
            rest: 0,
            of_no_network: 0,
        }
    }

    /// Counts a connection of this peer; returns whether it gets a line.
    pub fn count(&mut self, peer: Option<SocketAddr>) -> bool {
        let network = peer.map(|peer| network(peer.ip()));
        let is_full = self.networks.len() >= MAX_NETWORKS;
        let mut counted = match network {
            Some(network) if is_full => self.networks.get_mut(&network),
            Some(network) => Some(self.networks.entry(network).or_default()),
            None => None,
        };
        let lines = counted.as_ref().map_or(0, |of| of.lines);
        if self.granted < MAX_LINES && lines < MAX_LINES_OF_NETWORK {
            self.granted += 1;
            if let Some(of) = &mut counted {
                of.lines += 1;
            }
            return true;
        }
        self.rest += 1;
        match counted {
            Some(of) => of.rest += 1,
            None => self.of_no_network += 1,
        }
        false
    }

    /// Begins the next interval. Returns what had no line in this one, if anything.
    pub fn take_rest(&mut self) -> Option<Rest> {
        let ended = std::mem::take(self);
        let counts = ended.networks.into_iter();
        let most = counts
            .map(|(network, of)| (network, of.rest))
            .max_by_key(|(_, rest)| *rest)
            .filter(|(_, rest)| *rest > 0 && *rest >= ended.of_no_network);
        (ended.rest > 0).then_some(Rest {
            connections: ended.rest,
            most_from: most,
        })
    }
}

/// Writes these events anew, at their own level.
pub(super) struct Demoted;

impl<S: Subscriber> Layer<S> for Demoted {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        // Most events end here.
        if *metadata.level() != Level::ERROR || !metadata.target().starts_with(DISPATCHER) {
            return true;
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        let Some(why) = message.0.strip_prefix(BEGINNING) else {
            return true;
        };
        let peer = PEER.get();
        if LINES.lock().count(peer) {
            tracing::info!(
                why,
                peer = peer.map(tracing::field::display),
                "a connection was closed: what came on it is no HTTP request"
            );
        }
        false
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
