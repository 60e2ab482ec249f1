//! Which proxies keep operators out of the admin, for the log.
//!
//! Anybody who reaches such a proxy can be refused as often as they like, so each proxy has one
//! line a minute, and only a few proxies have any.

use std::time::Duration;

use parking_lot::Mutex;

use crate::client_address::ClientAddress;
use crate::clock::Uptime;

/// How long the log is silent about a proxy after a line about it.
pub const SILENCE: Duration = Duration::from_mins(1);
/// How many proxies and reasons have a line within [`SILENCE`].
pub const MAX_LINES_OF_PROXIES: usize = 20;

/// Remembers what the log said a moment ago.
#[derive(Debug, Default)]
pub struct ProxyHint(Mutex<Vec<(ClientAddress, Uptime)>>);

impl ProxyHint {
    /// A client whom no network holds was refused. Returns whether the log should say why.
    pub fn is_due(&self, unknown: ClientAddress, now: Uptime) -> bool {
        let mut told = self.0.lock();
        told.retain(|(_, at)| now.since(*at) < SILENCE);
        let is_due =
            told.len() < MAX_LINES_OF_PROXIES && !told.iter().any(|(known, _)| *known == unknown);
        if is_due {
            told.push((unknown, now));
        }
        is_due
    }
}
