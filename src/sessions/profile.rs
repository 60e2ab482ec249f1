//! A person changes their own names and address.

use diesel::QueryResult;
use diesel::result::Error as DieselError;
use serde_json::json;

use super::mint::{self, NewAccess};
use super::{AddressError, Change, OpenError, Policy, TokenPair, change_address, open_anew};
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
#[must_use = "the tokens are answered, or the refusal"]
#[derive(Clone, Debug)]
pub enum ProfileChanged {
    /// Everything is as it was.
    Unchanged(Box<User>),
    /// The user, and a fresh access token for the same session: the old one may carry the old
    /// name.
    Renamed(Box<User>, Box<AccessClaims>),
    /// The address is another one, which acts as a changed password.
    /// The pair is of the session with which this browser goes on: sign and answer it.
    Moved(Box<User>, Box<TokenPair>),
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
}

/// Changes the profile of the user who asks to what is `wanted`. A new address needs
/// `verified`, the hash that the password was just verified against, and makes reset links
/// useless that were made for the old one. An address that differs by more than its spelling
/// acts as a changed password: see [`change_address`].
pub fn change_profile(
    change: &mut Change<'_>,
    policy: &Policy,
    own: Changer<'_>,
    wanted: &ProfileChange,
    verified: Option<&str>,
) -> Result<ProfileChanged, ProfileError> {
    let (after, changed) = wanted.apply(own.user);
    if changed.is_empty() {
        return Ok(ProfileChanged::Unchanged(Box::new(after)));
    }
    let mut detail = json!({ "changed": changed });
    if wanted.changes_email(own.user) {
        if verified != Some(&own.user.password) {
            return Ok(ProfileChanged::Unconfirmed);
        }
        detail["old_email"] = own.user.email.clone().into();
    }
    change.note(&NewEvent {
        user_id: Some(after.id),
        sid: Some(own.sid),
        detail: Some(&detail.to_string()),
        ..change.event(EventKind::ProfileChanged)
    })?;
    if email::key(&after.email) != email::key(&own.user.email) {
        return move_to(change, policy, own, &after);
    }
    if wanted.changes_email(own.user) {
        let now = change.now();
        OneTimeToken::void(change.connection, after.id, Purpose::PasswordReset, now)?;
        if !after.store_address(change.connection)? {
            return Err(diesel::NotFound.into());
        }
    }
    if !after.store_names(change.connection)? {
        return Err(diesel::NotFound.into());
    }
    let access = renew_access(change, policy, own.sid, &after)?;
    Ok(ProfileChanged::Renamed(Box::new(after), Box::new(access)))
}

/// Carries a change out that is also one of the address.
fn move_to(
    change: &mut Change<'_>,
    policy: &Policy,
    own: Changer<'_>,
    after: &User,
) -> Result<ProfileChanged, ProfileError> {
    let (holds, users) = (Some(&policy.holds), (own.user, after));
    change_address(change, holds, users, Some(own.sid))?;
    // Of the new generation, or its session would end with the others.
    let user = User::find(change.connection, after.id)?.ok_or(diesel::NotFound)?;
    let pair = open_anew(change, policy, &user, EndReason::AddressChanged)?;
    Ok(ProfileChanged::Moved(Box::new(user), Box::new(pair)))
}

/// The claims of a fresh access token for a live session, which say of the user what `user`
/// says. Nothing rotates.
fn renew_access(
    change: &mut Change<'_>,
    policy: &Policy,
    sid: &str,
    user: &User,
) -> QueryResult<AccessClaims> {
    let now = change.now();
    let session = Session::lock(change.connection, sid)?.ok_or(diesel::NotFound)?;
    let expires_at = mint::access_expiry(policy, session.expires_at.and_utc(), now);
    if !session.hand_out_access(change.connection, expires_at, now)? {
        return Err(diesel::NotFound);
    }
    let access = NewAccess {
        sid,
        generation: session.generation,
        expires_at,
        now,
    };
    Ok(access.claims(policy, user))
}
