//! A user's own claims: a JSON object that goes into their access tokens.

use diesel::QueryResult;
use serde_json::{Map, Value, json};

use super::mint::{self, NewAccess};
use super::{Change, Policy};
use crate::clock::Moment;
use crate::config::Reserved;
use crate::models::event::{EventKind, NewEvent};
use crate::models::user::User;
use crate::tokens::{AccessClaims, strict_json};

/// Claims that may take the place of a user's.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimsChange {
    /// What was in the database when somebody began to change it.
    before: String,
    after: Map<String, Value>,
}

impl ClaimsChange {
    /// Reads what was typed in the place of `before`. What keeps it from being claims is said
    /// in full sentences.
    pub fn parse(before: &str, typed: &str) -> Result<Self, Vec<String>> {
        let value = strict_json::parse_exact(typed.as_bytes())
            .map_err(|error| vec![format!("This is not JSON: {error}.")])?;
        let Value::Object(after) = value else {
            return Err(vec![
                "Claims are a JSON object, such as {\"plan\": \"pro\"}. For none, write {}."
                    .to_owned(),
            ]);
        };
        let reserved = after.keys().filter(|name| Reserved::contains(name));
        let reserved: Vec<_> = reserved
            .map(|name| format!("{name} is a claim of every token. Take another name."))
            .collect();
        if !reserved.is_empty() {
            return Err(reserved);
        }
        Ok(Self {
            before: before.to_owned(),
            after,
        })
    }

    /// The user with the claims as they will be.
    #[must_use]
    pub fn applied_to(&self, user: &User) -> User {
        User {
            claims: self.text(),
            ..user.clone()
        }
    }

    /// Stores the claims, if they are still those from which the change began; says whether
    /// they were. Access tokens that were handed out stay as they are until the next refresh.
    pub fn store(&self, change: &mut Change<'_>, user_id: i64) -> QueryResult<bool> {
        if !User::set_claims(change.connection, user_id, &self.before, &self.text())? {
            return Ok(false);
        }
        let detail = json!({ "changed": self.changed() }).to_string();
        change.note(&NewEvent {
            user_id: Some(user_id),
            detail: Some(&detail),
            ..change.event(EventKind::ClaimsChanged)
        })?;
        Ok(true)
    }

    fn text(&self) -> String {
        Value::Object(self.after.clone()).to_string()
    }

    /// The names that are new, gone or have another value; never the values.
    fn changed(&self) -> Vec<String> {
        let before = match serde_json::from_str(&self.before) {
            Ok(Value::Object(before)) => before,
            _ => Map::new(),
        };
        let names = before.keys().chain(self.after.keys());
        let changed = names.filter(|name| before.get(*name) != self.after.get(*name));
        let mut changed: Vec<_> = changed.cloned().collect();
        changed.sort_unstable();
        changed.dedup();
        changed
    }
}

/// The claims of an access token as this user would get it now, of no session and expired,
/// so that it can be shown how long it is.
#[must_use]
pub fn sample_access(policy: &Policy, user: &User, now: Moment) -> AccessClaims {
    let access = NewAccess {
        sid: &mint::new_identity(),
        generation: user.generation,
        expires_at: now,
        now,
    };
    access.claims(policy, user)
}
