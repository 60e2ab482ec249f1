//! Refusing everything that was ever handed out, or what one key has signed.

use diesel::QueryResult;
use serde_json::json;

use super::By;
use super::end_all::blacklist_and_note;
use crate::alarms::Alarm;
use crate::clock::Moment;
use crate::db::{self, AnyConnection};
use crate::models::bulk_end;
use crate::models::event::{EventKind, NewEvent};
use crate::models::revocation::{Revocation, Standing};
use crate::models::user::User;
use crate::rotation::EndReason;

/// What nobody accepts any more.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What the set must learn.
    pub revocation: Revocation,
    /// Of what the operator is told.
    pub alarm: Option<Alarm>,
}

/// Refuses every token of everybody from now on, those of log-ins that are under way
/// included. It takes the same time however many sessions there are; their rows are ended
/// afterwards, with [`end_refused`].
pub fn revoke_everything(
    connection: &mut AnyConnection,
    by: By<'_>,
    now: Moment,
) -> QueryResult<Refused> {
    let reason = EndReason::Revoked.as_str();
    refuse_everything(connection, |known| known + 1, reason, by, now)
}

/// Refuses every token of a generation below `floor`, which gets the highest one that the
/// database knows; `reason` is for the audit log.
pub(super) fn refuse_everything(
    connection: &mut AnyConnection,
    floor: impl FnOnce(i64) -> i64,
    reason: &str,
    by: By<'_>,
    now: Moment,
) -> QueryResult<Refused> {
    // A log-in updates its user's row before it reads what stands revoked. So once this lock
    // is had, every older log-in is visible and every later one sees the new floor.
    db::lock_users(connection)?;
    let standing = Standing::read(connection)?;
    let floor = floor(User::highest_generation(connection)?.max(standing.floor));
    let detail = json!({ "generation": floor }).to_string();
    let kind = EventKind::EverythingRevoked;
    let alarm = note(connection, kind, reason, &detail, by, now)?;
    let revocation = Revocation::everything(connection, floor, now)?;
    Ok(Refused { revocation, alarm })
}

/// Refuses every token that the key `kid` has signed or will sign. `None` when they were
/// refused already, which changes nothing.
pub fn revoke_key(
    connection: &mut AnyConnection,
    kid: &str,
    by: By<'_>,
    now: Moment,
) -> QueryResult<Option<Refused>> {
    let standing = Standing::read(connection)?;
    if standing.keys.iter().any(|known| known == kid) {
        return Ok(None);
    }
    let detail = json!({ "kid": kid }).to_string();
    let reason = EndReason::Revoked.as_str();
    let alarm = note(connection, EventKind::KeyRevoked, reason, &detail, by, now)?;
    let revocation = Revocation::key(connection, kid, now)?;
    Ok(Some(Refused { revocation, alarm }))
}

/// What one batch of [`end_refused`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndedBatch {
    /// How many sessions it ended.
    pub sessions: usize,
    /// Where the next batch goes on; `None` when no session is left behind this one.
    pub next: Option<i64>,
}

/// Ends a batch of the sessions that a revocation of everything refuses already, those
/// after the primary key `after`. Sessions that are being refreshed right now are passed
/// over: [`Session::any_refused`](crate::models::session::Session::any_refused) tells
/// whether to come back for them.
pub fn end_refused(
    connection: &mut AnyConnection,
    after: i64,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedBatch> {
    let reason = EndReason::Revoked;
    let floor = Standing::read(connection)?.floor;
    let ended = bulk_end::end_below(connection, floor, after, reason, by.actor_id, now)?;
    blacklist_and_note(connection, &ended, reason, by, now)?;
    Ok(EndedBatch {
        sessions: ended.len(),
        next: ended.iter().map(|session| session.id).max(),
    })
}

fn note(
    connection: &mut AnyConnection,
    kind: EventKind,
    reason: &str,
    detail: &str,
    by: By<'_>,
    now: Moment,
) -> QueryResult<Option<Alarm>> {
    let event = NewEvent {
        reason: Some(reason),
        detail: Some(detail),
        ..by.event(kind)
    };
    event.insert(connection, now)?;
    Ok(Alarm::of(&event, now))
}
