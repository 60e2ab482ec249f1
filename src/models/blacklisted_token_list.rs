//! Blacklisted tokens as an operator looks at them: whose they are, and why they are there.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::AnyConnection;
use crate::models::listing::{Condition, Driver, Filter, Listing, Order, Present};
use crate::schema::{blacklisted_tokens, outstanding_tokens, sessions, users};

/// A blacklisted token.
#[derive(Clone, Debug, Queryable)]
pub struct ListedBlacklistedToken {
    /// The primary key of the entry.
    pub id: i64,
    /// The primary key of the outstanding token.
    pub token_id: i64,
    /// When it was blacklisted.
    pub blacklisted_at: NaiveDateTime,
    /// Why.
    pub reason: String,
    /// The token's `jti` claim.
    pub jti: String,
    /// When the token expires.
    pub expires_at: NaiveDateTime,
    /// Whose it is.
    pub user_id: i64,
    /// The address of that user.
    pub email: String,
    /// The session that it belongs to.
    pub sid: String,
}

/// Which blacklisted tokens are looked for, the one blacklisted last first: by the time, or
/// by the primary key where there is a reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlacklistedTokenFilter {
    /// Those blacklisted for this reason.
    pub reason: Option<String>,
    /// Those blacklisted then or later.
    pub from: Option<NaiveDateTime>,
    /// Those blacklisted before then.
    pub before: Option<NaiveDateTime>,
}

impl Filter for BlacklistedTokenFilter {
    type Row = ListedBlacklistedToken;

    fn listing(&self, _present: &Present) -> Listing {
        let reason = self.reason.as_deref();
        let reason = reason.map(|reason| Condition::is("reason", reason));
        let mut driver = Driver {
            order: match reason {
                Some(_) => Order::Id,
                None => Order::Time("blacklisted_at"),
            },
            conditions: reason.into_iter().collect(),
            any_of: Vec::new(),
        };
        let mut further = Vec::new();
        driver.between("blacklisted_at", self.from, self.before, &mut further);
        Listing {
            table: "blacklisted_tokens",
            time: "blacklisted_at",
            driver,
            further,
        }
    }

    fn load(
        connection: &mut AnyConnection,
        ids: &[i64],
        _present: &Present,
    ) -> QueryResult<Vec<(i64, ListedBlacklistedToken)>> {
        let rows: Vec<ListedBlacklistedToken> = blacklisted_tokens::table
            .inner_join(
                outstanding_tokens::table
                    .inner_join(users::table)
                    .inner_join(sessions::table),
            )
            .filter(blacklisted_tokens::id.eq_any(ids))
            .select((
                blacklisted_tokens::id,
                blacklisted_tokens::token_id,
                blacklisted_tokens::blacklisted_at,
                blacklisted_tokens::reason,
                outstanding_tokens::jti,
                outstanding_tokens::expires_at,
                outstanding_tokens::user_id,
                users::email,
                sessions::sid,
            ))
            .load(connection)?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}
