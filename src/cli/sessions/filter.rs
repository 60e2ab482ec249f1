//! What narrows sessions down, as arguments.

use std::error::Error;
use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use clap::Args;
use ipnet::IpNet;

use crate::models::session_list::SessionFilter;

/// All of these that are given must hold.
#[derive(Debug, Args)]
#[group(id = "narrow", multiple = true, conflicts_with_all = ["session", "all", "key"])]
pub(super) struct Narrow {
    /// Sessions that began at this address or were last refreshed from it.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) ip: Option<IpAddr>,
    /// Sessions last refreshed from this network, in CIDR notation.
    #[arg(long, value_name = "CIDR")]
    pub(super) network: Option<IpNet>,
    /// Sessions whose last user agent contains this, whatever its case; can be given several
    /// times.
    #[arg(long, value_name = "TEXT")]
    pub(super) user_agent: Vec<String>,
    /// Sessions opened then or later: 2026-01-31, or 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) created_after: Option<NaiveDateTime>,
    /// Sessions opened before then.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) created_before: Option<NaiveDateTime>,
    /// Sessions last refreshed then or later.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) last_seen_after: Option<NaiveDateTime>,
    /// Sessions last refreshed before then.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) last_seen_before: Option<NaiveDateTime>,
    /// Sessions of everybody but this user, by address or number.
    #[arg(long, value_name = "EMAIL_OR_ID", conflicts_with = "user")]
    pub(super) keep: Option<String>,
}

impl Narrow {
    /// Whether anything was given.
    pub(super) fn is_given(&self) -> bool {
        self.keep.is_some() || self.filter(None) != SessionFilter::default()
    }

    /// The sessions of this user, or of everybody, of which all of it holds.
    pub(super) fn filter(&self, user_id: Option<i64>) -> SessionFilter {
        SessionFilter {
            user_id,
            ip: self.ip.map(|ip| ip.to_canonical()),
            network: self.network,
            words: self.user_agent.clone(),
            created_from: self.created_after,
            created_before: self.created_before,
            seen_from: self.last_seen_after,
            seen_before: self.last_seen_before,
            ..SessionFilter::default()
        }
    }
}

/// A moment (RFC 3339), or the beginning of a day, in UTC.
fn time(text: &str) -> Result<NaiveDateTime, Box<dyn Error + Send + Sync>> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(day.and_time(NaiveTime::MIN));
    }
    let moment = DateTime::parse_from_rfc3339(text)
        .map_err(|_| "write it as 2026-01-31 or as 2026-01-31T12:00:00Z")?;
    Ok(moment.naive_utc())
}
