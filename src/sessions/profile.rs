//! A person changes their own names and address.

use diesel::QueryResult;
use diesel::result::Error as DieselError;
use serde_json::json;

use super::{
    AddressError, Client, EndedAll, OpenError, Policy, TokenPair, change_address, mint, open_anew,
};
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::email;
use crate::models::event::{EventKind, NewEvent};
use crate::models::one_time_token::{OneTimeToken, Purpose};
use crate::models::session::Session;
use crate::models::user::User;
use crate::rotation::EndReason;
use crate::tokens::AccessClaims;

/// What is to change; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The new address, normalized.
    pub email: Option<String>,
    /// The new given name.
    pub first_name: Option<String>,
    /// The new family name.
    pub last_name: Option<String>,
}

/// A change of a profile that was carried out.
#[derive(Clone, Debug)]
pub enum ProfileChanged {
    /// Everything is as it was.
    Unchanged(Box<User>),
    /// The user, and a fresh access token for the same session: the old one may carry the old
    /// name.
    Renamed(Box<User>, Box<AccessClaims>),
    /// The address is another one, which acts as a changed password.
    Moved {
        /// The user.
        user: Box<User>,
        /// The session with which this browser goes on: sign and answer them.
        pair: Box<TokenPair>,
        /// The sessions that ended.
        ended: EndedAll,
    },
    /// Nothing changed: the address would, and the password that was verified for it is not
    /// that of this row.
    Unconfirmed,
}

/// A profile could not be changed; the transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The address could not be changed.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// No session could be opened for the new address.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed; a unique violation when another spelling of the address is another user's.
    #[error(transparent)]
    Query(#[from] DieselError),
}

impl ProfileChange {
    /// Whether the user's address becomes another, if only in the case of its letters.
    #[must_use]
    pub fn changes_email(&self, user: &User) -> bool {
        self.email.as_ref().is_some_and(|new| *new != user.email)
    }

    /// The user after the change, and the names of what is new.
    fn apply(&self, user: &User) -> (User, Vec<&'static str>) {
        let mut after = user.clone();
        let mut changed = Vec::new();
        let fields = [
            ("email", &self.email, &mut after.email),
            ("first_name", &self.first_name, &mut after.first_name),
            ("last_name", &self.last_name, &mut after.last_name),
        ];
        for (name, new, field) in fields {
            if let Some(new) = new
                && new != field
            {
                field.clone_from(new);
                changed.push(name);
            }
        }
        (after, changed)
    }
}

/// Who changes the profile: a user whose row, and the session `sid`, the transaction has
/// locked.
#[derive(Clone, Copy, Debug)]
pub struct Changer<'a> {
    /// The user as it is now.
    pub user: &'a User,
    /// The session that the request speaks for.
    pub sid: &'a str,
    /// From where.
    pub client: &'a Client,
}

/// Changes the profile of the user who asks. A new address needs `verified`, the hash that
/// the password was just verified against, and makes reset links useless that were made for
/// the old one. An address that differs by more than its spelling acts as a changed password:
/// see [`change_address`].
pub fn change_profile(
    connection: &mut AnyConnection,
    policy: &Policy,
    by: Changer<'_>,
    change: &ProfileChange,
    verified: Option<&str>,
    now: Moment,
) -> Result<ProfileChanged, ProfileError> {
    let (after, changed) = change.apply(by.user);
    if changed.is_empty() {
        return Ok(ProfileChanged::Unchanged(Box::new(after)));
    }
    let mut detail = json!({ "changed": changed });
    if change.changes_email(by.user) {
        if verified != Some(&by.user.password) {
            return Ok(ProfileChanged::Unconfirmed);
        }
        detail["old_email"] = by.user.email.clone().into();
    }
    NewEvent {
        user_id: Some(after.id),
        sid: Some(by.sid),
        detail: Some(&detail.to_string()),
        ..by.client.event(EventKind::ProfileChanged)
    }
    .insert(connection, now)?;
    if email::key(&after.email) != email::key(&by.user.email) {
        return move_to(connection, policy, by, &after, now);
    }
    if change.changes_email(by.user) {
        OneTimeToken::void(connection, after.id, Purpose::PasswordReset, now)?;
        if !after.store_address(connection)? {
            return Err(diesel::NotFound.into());
        }
    }
    if !after.store_names(connection)? {
        return Err(diesel::NotFound.into());
    }
    let access = renew_access(connection, policy, by.sid, &after, now)?;
    Ok(ProfileChanged::Renamed(Box::new(after), Box::new(access)))
}

/// Carries a change out that is also one of the address.
fn move_to(
    connection: &mut AnyConnection,
    policy: &Policy,
    by: Changer<'_>,
    after: &User,
    now: Moment,
) -> Result<ProfileChanged, ProfileError> {
    let (users, own) = ((by.user, after), Some(by.sid));
    let ended = change_address(
        connection,
        Some(&policy.holds),
        users,
        own,
        by.client.by(),
        now,
    )?;
    // Of the new generation, or its session would end with the others.
    let user = User::find(connection, after.id)?.ok_or(diesel::NotFound)?;
    let why = EndReason::AddressChanged;
    let pair = open_anew(connection, policy, &user, why, by.client, now)?;
    Ok(ProfileChanged::Moved {
        user: Box::new(user),
        pair: Box::new(pair),
        ended,
    })
}

/// The claims of a fresh access token for a live session, which say of the user what `user`
/// says. Nothing rotates.
fn renew_access(
    connection: &mut AnyConnection,
    policy: &Policy,
    sid: &str,
    user: &User,
    now: Moment,
) -> QueryResult<AccessClaims> {
    let session = Session::lock(connection, sid)?.ok_or(diesel::NotFound)?;
    let expiry = mint::access_expiry(policy, session.expires_at.and_utc(), now);
    if !session.hand_out_access(connection, expiry, now)? {
        return Err(diesel::NotFound);
    }
    let generation = session.generation;
    Ok(mint::access_claims(
        policy, user, sid, generation, expiry, now,
    ))
}
