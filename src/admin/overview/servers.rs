//! A server: since when, and how fresh what it knows of revocations is.

use chrono::TimeDelta;

use crate::admin::parts::{Badge, Time};
use crate::clock::Moment;
use crate::models::node::Node;
use crate::nodes::INTERVAL;

/// How many times in a row a server may miss to say that it is there.
const MISSED: i32 = 3;

/// A server in the list.
#[derive(Clone, Debug)]
pub struct ServerRow {
    /// Its name.
    pub name: String,
    /// Whether it made this page.
    pub is_this: bool,
    /// Which version of Frontgate it runs.
    pub version: String,
    /// Since when it serves.
    pub started: Time,
    /// When it last said that it is there.
    pub seen: Time,
    /// How old what it knew of revocations was then.
    pub fresh: String,
    /// How it is.
    pub state: Badge,
    /// What that means, where it is not well.
    pub meaning: &'static str,
    /// Whether it was seen and fresh.
    pub is_well: bool,
}

impl ServerRow {
    /// A server, seen by the one called `this`. Beyond `staleness` a server answers 503.
    #[must_use]
    pub fn new(node: &Node, this: &str, staleness: TimeDelta, now: Moment) -> Self {
        let age = node.fresh_at.map(|fresh_at| node.last_seen_at - fresh_at);
        let unseen = now.naive_utc() - node.last_seen_at;
        let silence = TimeDelta::from_std(INTERVAL).unwrap_or(TimeDelta::MAX) * MISSED;
        let (state, meaning, is_well) = if unseen > silence {
            let meaning =
                "It has not been heard of: it was killed, or is cut off from the database.";
            (Badge::new("bad", "Silent"), meaning, false)
        } else if age.is_none_or(|age| age > staleness) {
            let meaning =
                "It cannot show that it knows every revocation, and answers 503 until it can.";
            (Badge::new("bad", "Stale"), meaning, false)
        } else {
            (Badge::new("good", "Fresh"), "", true)
        };
        let is_this = node.name == this;
        let fresh = match age.map(seconds) {
            None => "never".to_owned(),
            Some(age) if is_this => format!("{age} ago"),
            Some(age) => format!("{age} when last seen"),
        };
        Self {
            name: node.name.clone(),
            is_this,
            version: node.version.clone(),
            started: Time::new(node.started_at, now),
            seen: Time::new(node.last_seen_at, now),
            fresh,
            state,
            meaning,
            is_well,
        }
    }
}

/// To a tenth of a second, which is finer than it looks at the revocations.
fn seconds(age: TimeDelta) -> String {
    let tenths = age.num_milliseconds().max(0) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}
