//! What a job that ends sessions is about, as its row keeps it.

use std::net::IpAddr;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::models::session_list::{SessionFilter, SessionOrder, State};
use crate::sessions::Client;

/// Which sessions end, and on whose behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndMany {
    /// Those that this finds and that have not ended.
    pub filter: SessionFilter,
    /// But for the sessions of this user.
    pub keep: Option<i64>,
    /// The address of the operator.
    pub ip: Option<String>,
    /// The browser of the operator, or the command.
    pub user_agent: String,
}

/// The JSON in `jobs.parameters`. A condition that this version does not know must never be
/// left out: more would end than was asked for.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    filter: StoredFilter,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    user_agent: String,
}

/// A filter without what is left out. The order is none of it: a job has its own.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct StoredFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen_before: Option<String>,
}

impl EndMany {
    /// As `jobs.parameters` has it.
    ///
    /// # Errors
    /// None that can happen: all of it can be written as JSON.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(&Stored {
            filter: stored(&self.filter),
            keep: self.keep,
            ip: self.ip.clone(),
            user_agent: self.user_agent.clone(),
        })
    }

    /// From `jobs.parameters`.
    ///
    /// # Errors
    /// Says what this version cannot read.
    pub fn from_json(json: &str) -> Result<Self, Unreadable> {
        let stored: Stored =
            serde_json::from_str(json).map_err(|error| Unreadable(error.to_string()))?;
        Ok(Self {
            filter: filter(stored.filter)?,
            keep: stored.keep,
            ip: stored.ip,
            user_agent: stored.user_agent,
        })
    }

    /// The same, on behalf of somebody else.
    #[must_use]
    pub(super) fn asked_for_by(self, client: &Client) -> Self {
        Self {
            ip: client.ip.clone(),
            user_agent: client.user_agent.clone(),
            ..self
        }
    }

    /// From where the operator asked for it.
    #[must_use]
    pub fn client(&self) -> Client {
        Client {
            ip: self.ip.clone(),
            user_agent: self.user_agent.clone(),
        }
    }

    /// The filter alone, as the audit log tells of it.
    #[must_use]
    pub fn filter_as_json(&self) -> serde_json::Value {
        serde_json::to_value(stored(&self.filter)).unwrap_or_default()
    }
}

fn stored(filter: &SessionFilter) -> StoredFilter {
    // Named one by one: a new condition that was forgotten here does not compile.
    let SessionFilter {
        user_id,
        state,
        end_reason,
        ip,
        network,
        words,
        created_from,
        created_before,
        seen_from,
        seen_before,
        order: SessionOrder::Created | SessionOrder::LastSeen,
    } = filter;
    let time = |time: &NaiveDateTime| time.and_utc().to_rfc3339_opts(SecondsFormat::Micros, true);
    StoredFilter {
        user_id: *user_id,
        state: state.map(|state| state.as_str().to_owned()),
        end_reason: end_reason.clone(),
        ip: *ip,
        network: network.map(|network| network.to_string()),
        words: words.clone(),
        created_from: created_from.as_ref().map(time),
        created_before: created_before.as_ref().map(time),
        seen_from: seen_from.as_ref().map(time),
        seen_before: seen_before.as_ref().map(time),
    }
}

fn filter(stored: StoredFilter) -> Result<SessionFilter, Unreadable> {
    let time = |text: Option<String>| {
        let parsed = text.map(|text| {
            // RFC 3339 ends with the year 9999; what we wrote may not.
            let time = text.parse::<DateTime<Utc>>();
            time.map(|time| time.naive_utc())
                .map_err(|_| Unreadable(format!("{text:?} is no time")))
        });
        parsed.transpose()
    };
    let state = stored.state.map(|word| {
        let states = [State::Live, State::Ended, State::Expired, State::Refused];
        let state = states.into_iter().find(|state| state.as_str() == word);
        state.ok_or_else(|| Unreadable(format!("{word:?} is no state")))
    });
    let network = stored.network.map(|text| {
        let network = text.parse();
        network.map_err(|_| Unreadable(format!("{text:?} is no network")))
    });
    Ok(SessionFilter {
        user_id: stored.user_id,
        state: state.transpose()?,
        end_reason: stored.end_reason,
        ip: stored.ip,
        network: network.transpose()?,
        words: stored.words,
        created_from: time(stored.created_from)?,
        created_before: time(stored.created_before)?,
        seen_from: time(stored.seen_from)?,
        seen_before: time(stored.seen_before)?,
        order: SessionOrder::Created,
    })
}

/// What a job is about cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("what the job is about cannot be read: {0}; a later version may have queued it")]
pub struct Unreadable(String);
