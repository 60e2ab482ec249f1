//! A session in one row of a table.

use crate::admin::in_words;
use crate::admin::parts::{Badge, Device, Time, short};
use crate::clock::Moment;
use crate::models::session_list::{ListedSession, State};

/// What a table shows of a session.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// Its id.
    pub sid: String,
    /// The beginning of it.
    pub short: String,
    /// Whose it is.
    pub user_id: i64,
    /// The same as an address.
    pub email: String,
    /// What became of it.
    pub state: Badge,
    /// Whether it can be ended.
    pub is_open: bool,
    /// What it was refreshed by last.
    pub device: Device,
    /// From where.
    pub ip: Option<String>,
    /// Where it began, where that is another address.
    pub began_at: Option<String>,
    /// When it was opened.
    pub created: Time,
    /// When it was last refreshed.
    pub seen: Time,
}

impl SessionLine {
    /// The line of a session.
    #[must_use]
    pub fn new(session: &ListedSession, now: Moment) -> Self {
        let row = &session.row;
        Self {
            short: short(&row.sid),
            sid: row.sid.clone(),
            user_id: row.user_id,
            email: session.email.clone(),
            state: state(session),
            is_open: row.ended_at.is_none(),
            device: Device::new(&row.last_user_agent),
            ip: row.last_ip.clone(),
            began_at: row.ip.clone().filter(|_| row.ip != row.last_ip),
            created: Time::new(row.created_at, now),
            seen: Time::new(row.last_seen_at, now),
        }
    }

    /// The lines of sessions.
    #[must_use]
    pub fn all(sessions: &[ListedSession], now: Moment) -> Vec<Self> {
        let lines = sessions.iter().map(|session| Self::new(session, now));
        lines.collect()
    }
}

/// What became of a session, and why.
pub(super) fn state(session: &ListedSession) -> Badge {
    let reason = session.row.end_reason.as_deref().unwrap_or_default();
    match session.state {
        State::Live => Badge::new("good", "Live"),
        State::Expired => Badge::new("plain", "Expired"),
        State::Refused => Badge::new("warn", "Refused"),
        State::Ended if reason == "reuse_detected" => Badge::new("bad", "Ended: reuse detected"),
        State::Ended => Badge::new("plain", &format!("Ended: {}", in_words(reason))),
    }
}
