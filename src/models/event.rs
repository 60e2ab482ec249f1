//! The audit log. Rows outlive what they tell of; they never hold a secret.

use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::schema::events;

/// Something that happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewEvent<'a> {
    /// A word for it, such as `reuse_detected`.
    pub kind: &'a str,
    /// Whom it happened to.
    pub user_id: Option<i64>,
    /// Which session.
    pub sid: Option<&'a str>,
    /// Which refresh token, by its `jti`.
    pub jti: Option<&'a str>,
    /// From which address.
    pub ip: Option<&'a str>,
    /// By which browser.
    pub user_agent: Option<&'a str>,
    /// Why.
    pub reason: Option<&'a str>,
}

impl NewEvent<'_> {
    /// Appends the event.
    pub fn insert(&self, connection: &mut AnyConnection, now: Moment) -> QueryResult<()> {
        let inserted = diesel::insert_into(events::table)
            .values((
                events::at.eq(now.naive_utc()),
                events::kind.eq(self.kind),
                events::user_id.eq(self.user_id),
                events::sid.eq(self.sid),
                events::jti.eq(self.jti),
                events::ip.eq(self.ip),
                events::user_agent.eq(self.user_agent),
                events::reason.eq(self.reason),
            ))
            .execute(connection)?;
        if inserted == 1 {
            Ok(())
        } else {
            Err(diesel::NotFound)
        }
    }
}
