//! Ending many sessions of one user at once, in a fixed number of statements for each
//! thousand of them.

use diesel::QueryResult;

use super::{Client, end_by_sid};
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::bulk_end;
use crate::models::event::{EventKind, NewEvent};
use crate::models::one_time_token::{OneTimeToken, Purpose};
use crate::models::revocation::{Revocation, kept_until};
use crate::models::user::User;
use crate::rotation::EndReason;

/// On whose behalf sessions end.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// From where.
    pub client: &'a Client,
    /// The operator, where it is not the person whose sessions they are.
    pub actor_id: Option<i64>,
}

/// Sessions that have ended. The node adds the revocations to its set once the transaction
/// has committed, before it answers.
#[derive(Clone, Debug, Default)]
pub struct EndedAll {
    /// How many ended.
    pub sessions: usize,
    /// What the set must learn.
    pub revocations: Vec<Revocation>,
}

/// Ends every session of a user: the generation rises, so that every token handed out
/// before is refused, and a log-in that is under way loses.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn end_all(
    connection: &mut AnyConnection,
    user_id: i64,
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    let generation = User::raise_generation(connection, user_id)?.ok_or(diesel::NotFound)?;
    end_below(connection, user_id, generation, reason, by, now)
}

/// Ends every session of a user but `kept`. Its tokens stay good.
pub fn end_others(
    connection: &mut AnyConnection,
    user_id: i64,
    kept: &str,
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    // A log-in locks the user as well: what it opens is there to be ended, or newer.
    User::lock(connection, user_id)?;
    let ended = bulk_end::end_of_user(connection, user_id, Some(kept), reason, by.actor_id, now)?;
    bulk_end::blacklist(connection, &ended, reason, now)?;
    bulk_end::note(connection, &ended, user_id, reason, by, now)?;
    let until = ended.iter().map(|session| session.access_until).max();
    let until = until.map_or(now, |until| kept_until(until.and_utc()));
    Ok(EndedAll {
        sessions: ended.len(),
        revocations: bulk_end::revoke(connection, &ended, until, reason, now)?,
    })
}

/// Stores a new password and ends every session of the user; links to reset the old one stop
/// working. That of the browser which
/// changes it, `own`, ends as replaced: it is about to get a new one, and a late tab must
/// not delete the new cookies.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn change_password(
    connection: &mut AnyConnection,
    user_id: i64,
    hash: &str,
    own: Option<&str>,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    let generation = User::set_password(connection, user_id, hash)?.ok_or(diesel::NotFound)?;
    OneTimeToken::void(connection, user_id, Purpose::PasswordReset, now)?;
    NewEvent {
        kind: EventKind::PasswordChanged,
        user_id: Some(user_id),
        actor_id: by.actor_id,
        sid: own,
        ip: by.client.ip.as_deref(),
        user_agent: Some(&by.client.user_agent),
        ..NewEvent::default()
    }
    .insert(connection, now)?;
    let replaced = match own {
        Some(sid) => {
            let reason = EndReason::Replaced;
            end_by_sid(connection, sid, user_id, reason, by.client, now)?
        }
        None => None,
    };
    let reason = EndReason::PasswordChanged;
    let mut ended = end_below(connection, user_id, generation, reason, by, now)?;
    if let Some(replaced) = replaced {
        ended.sessions += usize::from(replaced.was_live);
        ended.revocations.push(replaced.revocation);
    }
    Ok(ended)
}

/// Ends the sessions of a user whose generation has just become `generation`.
fn end_below(
    connection: &mut AnyConnection,
    user_id: i64,
    generation: i64,
    reason: EndReason,
    by: By<'_>,
    now: Moment,
) -> QueryResult<EndedAll> {
    let ended = bulk_end::end_of_user(connection, user_id, None, reason, by.actor_id, now)?;
    bulk_end::blacklist(connection, &ended, reason, now)?;
    bulk_end::note(connection, &ended, user_id, reason, by, now)?;
    let revocation = match ended.iter().map(|session| session.access_until).max() {
        Some(until) => Some(Revocation::user(
            connection,
            user_id,
            generation,
            until.and_utc(),
            reason,
            now,
        )?),
        None => None,
    };
    Ok(EndedAll {
        sessions: ended.len(),
        revocations: revocation.into_iter().collect(),
    })
}
