//! The audit log as an operator looks at it.

use std::collections::HashMap;
use std::net::IpAddr;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use ipnet::IpNet;

use crate::db::AnyConnection;
use crate::models::event::{Event, EventKind};
use crate::models::listing::{Condition, Driver, Filter, Listing, Order, Present};
use crate::schema::{events, users};

/// An event, and the addresses of those whom it concerns.
#[derive(Clone, Debug)]
pub struct ListedEvent {
    /// Its primary key.
    pub id: i64,
    /// The session that it concerns.
    pub sid: Option<String>,
    /// What happened.
    pub event: Event,
    /// The address of whom it happened to, while that user is there.
    pub email: Option<String>,
    /// The address of who did it, where that is somebody else.
    pub actor_email: Option<String>,
}

/// Which events are looked for: those of which everything holds that is not left out. The
/// last comes first: by the time, or by the primary key where the index has them in that
/// order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of one of these kinds; empty: of any.
    pub kinds: Vec<EventKind>,
    /// That happened to this user.
    pub user_id: Option<i64>,
    /// That this user did to somebody else.
    pub actor_id: Option<i64>,
    /// Of this session.
    pub sid: Option<String>,
    /// From this address.
    pub ip: Option<IpAddr>,
    /// From an address in this network.
    pub network: Option<IpNet>,
    /// For this reason.
    pub reason: Option<String>,
    /// That happened then or later.
    pub from: Option<NaiveDateTime>,
    /// That happened before then.
    pub before: Option<NaiveDateTime>,
}

impl EventFilter {
    /// The index that serves the most selective condition. Several kinds are as many walks
    /// of one index.
    fn driver(&self) -> (Driver, Vec<Condition>) {
        let sid = self.sid.as_deref();
        let mut exact = [
            sid.map(|sid| Condition::is("sid", sid)),
            self.ip
                .map(|ip| Condition::is("ip", ip.to_string().as_str())),
            self.user_id.map(|id| Condition::is("user_id", id)),
            self.actor_id.map(|id| Condition::is("actor_id", id)),
        ]
        .into_iter()
        .flatten();
        let kinds = || self.kinds.iter().map(|kind| kind.as_str());
        if let Some(first) = exact.next() {
            let driver = Driver {
                conditions: vec![first],
                any_of: Vec::new(),
                order: Order::Id,
            };
            let kinds = (!self.kinds.is_empty()).then(|| Condition::one_of("kind", kinds()));
            return (driver, exact.chain(kinds).collect());
        }
        let mut each = kinds().map(|kind| Condition::is("kind", kind)).collect();
        let mut conditions = Vec::new();
        if self.kinds.len() == 1 {
            conditions.append(&mut each);
        }
        let driver = Driver {
            conditions,
            any_of: each,
            order: Order::Time("at"),
        };
        (driver, Vec::new())
    }
}

impl Filter for EventFilter {
    type Row = ListedEvent;

    fn listing(&self, _present: &Present) -> Listing {
        let (mut driver, mut further) = self.driver();
        let reason = self.reason.as_deref();
        further.extend(
            self.network
                .map(|network| Condition::in_network("ip", network)),
        );
        further.extend(reason.map(|reason| Condition::is("reason", reason)));
        driver.between("at", self.from, self.before, &mut further);
        Listing {
            table: "events",
            time: "at",
            driver,
            further,
        }
    }

    fn load(
        connection: &mut AnyConnection,
        ids: &[i64],
        _present: &Present,
    ) -> QueryResult<Vec<(i64, ListedEvent)>> {
        let found: Vec<(i64, Option<String>, Event)> = events::table
            .filter(events::id.eq_any(ids))
            .select((events::id, events::sid, Event::as_select()))
            .load(connection)?;
        let concerned = found
            .iter()
            .flat_map(|(_, _, event)| [event.user_id, event.actor_id]);
        let mut concerned: Vec<i64> = concerned.flatten().collect();
        concerned.sort_unstable();
        concerned.dedup();
        let emails: HashMap<i64, String> = users::table
            .filter(users::id.eq_any(concerned))
            .select((users::id, users::email))
            .load::<(i64, String)>(connection)?
            .into_iter()
            .collect();
        let of = |id: Option<i64>| id.and_then(|id| emails.get(&id).cloned());
        let listed = found.into_iter().map(|(id, sid, event)| {
            let (email, actor_email) = (of(event.user_id), of(event.actor_id));
            let listed = ListedEvent {
                id,
                sid,
                event,
                email,
                actor_email,
            };
            (id, listed)
        });
        Ok(listed.collect())
    }
}
