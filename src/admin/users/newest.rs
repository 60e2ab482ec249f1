//! What a user's page shows of their sessions, tokens and events: the newest of each.

use super::super::frame::Frame;
use super::super::parts::{Badge, Button, Danger, Device, Time};
use super::super::sessions::end::{BACK, TO_USER};
use super::super::tokens::state;
use crate::models::outstanding_token_list::ListedOutstandingToken;
use crate::models::session_list::ListedSession;

/// The newest rows, and whether there may be more.
#[derive(Clone, Debug)]
pub struct Newest<Row> {
    /// The rows.
    pub rows: Vec<Row>,
    /// Whether there may be more.
    pub more: bool,
}

/// A live session.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// As paths name it.
    pub sid: String,
    /// By which browser it was last refreshed.
    pub device: Device,
    /// From which address.
    pub ip: Option<String>,
    /// When it was opened.
    pub opened: Time,
    /// When it was last refreshed.
    pub seen: Time,
    /// Ends it.
    pub end: Danger,
}

impl SessionRow {
    pub(super) fn of(session: ListedSession, frame: &Frame) -> Self {
        let row = session.row;
        let end = format!("/admin/sessions/{}/end/", row.sid);
        let end = Button::new(frame, end, "End").field(BACK, TO_USER);
        let consequence = "This device is logged out at once.";
        Self {
            device: Device::new(&row.last_user_agent),
            ip: row.last_ip,
            opened: Time::new(row.created_at, frame.now),
            seen: Time::new(row.last_seen_at, frame.now),
            end: Danger::new(end, consequence),
            sid: row.sid,
        }
    }
}

/// A refresh token.
#[derive(Clone, Debug)]
pub struct TokenRow {
    /// Its `jti` claim.
    pub jti: String,
    /// The session that it belongs to.
    pub sid: String,
    /// What became of it.
    pub state: Badge,
    /// When it was issued.
    pub issued: Time,
    /// When it expires.
    pub expires: Time,
}

impl TokenRow {
    pub(super) fn of(token: ListedOutstandingToken, frame: &Frame) -> Self {
        Self {
            state: state(token.reason.as_deref(), token.expires_at, frame.now),
            jti: token.jti,
            sid: token.sid,
            issued: Time::new(token.created_at, frame.now),
            expires: Time::new(token.expires_at, frame.now),
        }
    }
}
