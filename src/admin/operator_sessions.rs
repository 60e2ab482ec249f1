//! The sessions of an operator in the admin, as a table.

use actix_web::web;

use super::frame::Frame;
use super::parts::{Button, Danger, Device, Time};
use super::session_store::{has_csrf, idle_since};
use super::staff::Staff;
use crate::app::App;
use crate::error::Error;
use crate::models::admin_session::AdminSession;

/// A row of `admin/operator_sessions.html`.
#[derive(Clone, Debug)]
pub struct OperatorSession {
    /// By which browser.
    pub device: Device,
    /// From which address.
    pub ip: Option<String>,
    /// Since when.
    pub since: Time,
    /// When it was last used, within a minute.
    pub seen: Time,
    /// When it ends at the latest.
    pub until: Time,
    /// Whether it is the one in which the page is read.
    pub is_this: bool,
    /// Ends it.
    pub end: Danger,
}

/// Those of a user that may still be used, the one last used first. The button of each leads
/// to `{path}{its primary key}/end/`.
pub async fn of_user(
    staff: &Staff,
    app: &web::Data<App>,
    frame: &Frame,
    user_id: i64,
    path: &str,
) -> Result<Vec<OperatorSession>, Error> {
    let (now, idle_since) = (frame.now, idle_since(app, frame.now));
    let found = app.database.read(move |connection| {
        AdminSession::of_user(connection, user_id, idle_since, now).map_err(Error::from)
    });
    let rows = found.await?.into_iter().map(|session| {
        let is_this = user_id == staff.user.id && has_csrf(&session, staff.csrf());
        let consequence = if is_this {
            "You are signed out here."
        } else {
            "Whoever uses it has to sign in again."
        };
        let end = format!("{path}{}/end/", session.id);
        OperatorSession {
            device: Device::new(&session.user_agent),
            ip: session.ip,
            since: Time::new(session.created_at, now),
            seen: Time::new(session.last_seen_at, now),
            until: Time::new(session.expires_at, now),
            is_this,
            end: Danger::new(Button::new(frame, end, "End"), consequence),
        }
    });
    Ok(rows.collect())
}
