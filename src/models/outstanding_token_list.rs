//! Outstanding tokens as an operator looks at them: whose they are, and what became of them.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::AnyConnection;
use crate::models::listing::{Condition, Driver, Filter, Listing, Order, Present};
use crate::schema::{blacklisted_tokens, outstanding_tokens, sessions, users};

/// An outstanding token.
#[derive(Clone, Debug, Queryable)]
pub struct ListedOutstandingToken {
    /// Its primary key.
    pub id: i64,
    /// Its `jti` claim.
    pub jti: String,
    /// Whose it is.
    pub user_id: i64,
    /// The address of that user.
    pub email: String,
    /// The primary key of its session.
    pub session_id: i64,
    /// The session that it belongs to.
    pub sid: String,
    /// 0 for the log-in's token, then one more for each rotation.
    pub sequence: i64,
    /// When it was issued.
    pub created_at: NaiveDateTime,
    /// When it expires.
    pub expires_at: NaiveDateTime,
    /// When it was rotated away.
    pub used_at: Option<NaiveDateTime>,
    /// When it was blacklisted.
    pub blacklisted_at: Option<NaiveDateTime>,
    /// Why.
    pub reason: Option<String>,
}

/// Which outstanding tokens are looked for: those of which everything holds that is not left
/// out. The newest come first, or, where it is asked when they expire and not whose they
/// are, those that expire last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutstandingTokenFilter {
    /// Of this user.
    pub user_id: Option<i64>,
    /// With this `jti`, the whole of it.
    pub jti: Option<String>,
    /// Of the session with this primary key.
    pub session_id: Option<i64>,
    /// Blacklisted, or not.
    pub blacklisted: Option<bool>,
    /// Blacklisted for this reason.
    pub reason: Option<String>,
    /// Expired, or not.
    pub expired: Option<bool>,
    /// Expires then or later.
    pub expires_from: Option<NaiveDateTime>,
    /// Expires before then.
    pub expires_before: Option<NaiveDateTime>,
}

/// Subqueries in this place are an index's look-up for each row, under any plan.
const BLACKLISTED: &str =
    "(SELECT b.id FROM blacklisted_tokens b WHERE b.token_id = c.id) IS NOT NULL";
const NOT_BLACKLISTED: &str =
    "(SELECT b.id FROM blacklisted_tokens b WHERE b.token_id = c.id) IS NULL";
const REASON: &str = "(SELECT b.reason FROM blacklisted_tokens b WHERE b.token_id = c.id) = ?";

impl OutstandingTokenFilter {
    /// The index that serves the most selective condition. A session has few tokens: they
    /// are sorted.
    fn driver(&self) -> (Driver, Vec<Condition>) {
        let jti = self.jti.as_deref();
        let mut exact = [
            jti.map(|jti| Condition::is("jti", jti)),
            self.session_id.map(|id| Condition::is("session_id", id)),
            self.user_id.map(|id| Condition::is("user_id", id)),
        ]
        .into_iter()
        .flatten();
        let conditions: Vec<_> = exact.next().into_iter().collect();
        let by_expiry =
            self.expired == Some(true) || self.expires_from.or(self.expires_before).is_some();
        let order = if conditions.is_empty() && by_expiry {
            Order::Time("expires_at")
        } else {
            Order::Id
        };
        let driver = Driver {
            conditions,
            any_of: Vec::new(),
            order,
        };
        (driver, exact.collect())
    }
}

impl Filter for OutstandingTokenFilter {
    type Row = ListedOutstandingToken;

    fn listing(&self, present: &Present) -> Listing {
        let (mut driver, mut further) = self.driver();
        let expired = self.expired.map(|expired| {
            let how = if expired {
                "expires_at <= ?"
            } else {
                "expires_at > ?"
            };
            Condition::of_the_present(how, [present.now.into()])
        });
        if driver.order == Order::Id {
            further.extend(expired);
        } else {
            driver.conditions.extend(expired);
        }
        let (from, before) = (self.expires_from, self.expires_before);
        driver.between("expires_at", from, before, &mut further);
        further.extend(self.blacklisted.map(|blacklisted| {
            let how = if blacklisted {
                BLACKLISTED
            } else {
                NOT_BLACKLISTED
            };
            Condition::new(how, [])
        }));
        let reason = self.reason.as_deref();
        further.extend(reason.map(|reason| Condition::new(REASON, [reason.into()])));
        Listing {
            table: "outstanding_tokens",
            time: "created_at",
            driver,
            further,
        }
    }

    fn load(
        connection: &mut AnyConnection,
        ids: &[i64],
        _present: &Present,
    ) -> QueryResult<Vec<(i64, ListedOutstandingToken)>> {
        let rows: Vec<ListedOutstandingToken> = outstanding_tokens::table
            .inner_join(users::table)
            .inner_join(sessions::table)
            .left_join(blacklisted_tokens::table)
            .filter(outstanding_tokens::id.eq_any(ids))
            .select((
                outstanding_tokens::id,
                outstanding_tokens::jti,
                outstanding_tokens::user_id,
                users::email,
                outstanding_tokens::session_id,
                sessions::sid,
                outstanding_tokens::sequence,
                outstanding_tokens::created_at,
                outstanding_tokens::expires_at,
                outstanding_tokens::used_at,
                blacklisted_tokens::blacklisted_at.nullable(),
                blacklisted_tokens::reason.nullable(),
            ))
            .load(connection)?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}
