//! What a user may do in the admin.

use diesel::QueryResult;

use super::Change;
use crate::models::admin_session::AdminSession;
use crate::models::event::{EventKind, NewEvent};
use crate::models::one_time_token::OneTimeToken;
use crate::models::user::User;

/// What a user may do in the admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// No access to the admin.
    User,
    /// Look, and end sessions.
    Staff,
    /// Everything.
    Superuser,
}

impl Role {
    /// All of them, each may do more than the one before.
    pub const ALL: [Self; 3] = [Self::User, Self::Staff, Self::Superuser];

    /// The role of a user.
    #[must_use]
    pub fn of(user: &User) -> Self {
        Self::new(user.is_staff, user.is_superuser)
    }

    /// What Django's flags make of a user. It has superusers who are not staff: the admin
    /// lets them in.
    #[must_use]
    pub fn new(is_staff: bool, is_superuser: bool) -> Self {
        match (is_superuser, is_staff) {
            (true, _) => Self::Superuser,
            (false, true) => Self::Staff,
            (false, false) => Self::User,
        }
    }

    /// In a word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Staff => "staff",
            Self::Superuser => "superuser",
        }
    }

    /// The role of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// Gives a user, whose row this transaction has locked, another role. Returns `false`, and
/// nothing changes, when the user has it already. Who may do less than before is signed out of
/// the admin, and links that they made stop working.
///
/// # Errors
/// [`diesel::NotFound`] when there is no such user.
pub fn set_role(change: &mut Change<'_>, user: &User, role: Role) -> QueryResult<bool> {
    let before = Role::of(user);
    if role == before {
        return Ok(false);
    }
    let (is_staff, is_superuser) = (role >= Role::Staff, role == Role::Superuser);
    if !User::set_role(change.connection, user.id, is_staff, is_superuser)? {
        return Err(diesel::NotFound);
    }
    let staff = match (user.is_staff, is_staff) {
        (false, true) => Some(EventKind::StaffGranted),
        (true, false) => Some(EventKind::StaffRemoved),
        _ => None,
    };
    let superuser = match (user.is_superuser, is_superuser) {
        (false, true) => Some(EventKind::SuperuserGranted),
        (true, false) => Some(EventKind::SuperuserRemoved),
        _ => None,
    };
    for kind in staff.into_iter().chain(superuser) {
        change.note(&NewEvent {
            user_id: Some(user.id),
            ..change.event(kind)
        })?;
    }
    if role < before {
        AdminSession::end_all(change.connection, user.id)?;
        let now = change.now();
        OneTimeToken::void_made_by(change.connection, user.id, now)?;
    }
    Ok(true)
}
