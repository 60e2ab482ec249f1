//! Which sessions are looked for.

use std::net::IpAddr;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use ipnet::IpNet;

use super::{Found, ListedSession, State};
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::listing::{Condition, Driver, Filter, Listing, Order, Present};
use crate::models::revocation::Standing;
use crate::models::session::lives::{ENDED, EXPIRED, NOT_ENDED, NOT_REFUSED, REFUSED, UNEXPIRED};
use crate::schema::{sessions, users};

/// Which sessions are looked for: those of which everything holds that is not left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Of this user.
    pub user_id: Option<i64>,
    /// Of which this became.
    pub state: Option<State>,
    /// That ended for this reason.
    pub end_reason: Option<String>,
    /// That began at this address or were last refreshed from it.
    pub ip: Option<IpAddr>,
    /// That were last refreshed from an address in this network.
    pub network: Option<IpNet>,
    /// Whose last user agent contains each of these words, whatever their case.
    pub words: Vec<String>,
    /// Opened then or later.
    pub created_from: Option<NaiveDateTime>,
    /// Opened before then.
    pub created_before: Option<NaiveDateTime>,
    /// Last refreshed then or later.
    pub seen_from: Option<NaiveDateTime>,
    /// Last refreshed before then.
    pub seen_before: Option<NaiveDateTime>,
    /// What comes first.
    pub order: SessionOrder,
}

/// In which order sessions are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionOrder {
    /// The one opened last comes first: by the time, or by the primary key where the index
    /// has them in that order.
    #[default]
    Created,
    /// The one refreshed last comes first.
    LastSeen,
}

impl SessionFilter {
    /// The index that serves the most selective condition. A user's and an address's sessions
    /// have one for each order.
    fn driver(&self) -> (Driver, Vec<Condition>) {
        let mut conditions = Vec::new();
        let mut any_of = Vec::new();
        let mut further = Vec::new();
        let by_last_seen = self.order == SessionOrder::LastSeen;
        let mut by_key = true;
        let user = self.user_id.map(|id| Condition::is("user_id", id));
        let address = self.ip.map(|ip| ip.to_string());
        let reason = self.end_reason.as_deref();
        let mut reason = reason.map(|reason| Condition::is("end_reason", reason));
        if let Some(user) = user {
            conditions.push(user);
            if let Some(ip) = &address {
                let either = [ip.as_str().into(), ip.as_str().into()];
                further.push(Condition::new("ip = ? OR last_ip = ?", either));
            }
        } else if let Some(ip) = &address {
            any_of.push(Condition::is("ip", ip.as_str()));
            any_of.push(Condition::is("last_ip", ip.as_str()));
        } else if let Some(reason) = reason.take_if(|_| !by_last_seen) {
            conditions.push(reason);
        } else {
            by_key = false;
        }
        further.extend(reason);
        let order = match self.order {
            SessionOrder::LastSeen => Order::Time("last_seen_at"),
            SessionOrder::Created if by_key => Order::Id,
            SessionOrder::Created => Order::Time("created_at"),
        };
        let ended = self.state.map(|state| match state {
            State::Ended => Condition::new(ENDED, []),
            State::Live | State::Expired | State::Refused => Condition::new(NOT_ENDED, []),
        });
        // Indexes of what is open, and of what has ended, are there in two orders.
        let user_is_open = self.user_id.is_some() && self.state != Some(State::Ended);
        if order == Order::Time("created_at") || (user_is_open && !by_last_seen) {
            conditions.extend(ended);
        } else {
            further.extend(ended);
        }
        let driver = Driver {
            conditions,
            any_of,
            order,
        };
        (driver, further)
    }

    fn state(&self, present: &Present) -> Vec<Condition> {
        let now = present.now.into();
        let floor = present.floor.into();
        match self.state {
            None | Some(State::Ended) => Vec::new(),
            Some(State::Expired) => vec![Condition::of_the_present(EXPIRED, [now])],
            Some(State::Live) => vec![
                Condition::of_the_present(UNEXPIRED, [now]),
                Condition::of_the_present(NOT_REFUSED, [floor]),
            ],
            Some(State::Refused) => vec![
                Condition::of_the_present(UNEXPIRED, [now]),
                Condition::of_the_present(REFUSED, [floor]),
            ],
        }
    }
}

impl Filter for SessionFilter {
    type Row = ListedSession;

    fn listing(&self, present: &Present) -> Listing {
        let (mut driver, mut further) = self.driver();
        further.extend(self.state(present));
        further.extend(
            self.network
                .map(|network| Condition::in_network("last_ip", network)),
        );
        let words = self.words.iter();
        further.extend(words.map(|word| Condition::contains("last_user_agent", word)));
        let (from, before) = (self.created_from, self.created_before);
        driver.between("created_at", from, before, &mut further);
        let (from, before) = (self.seen_from, self.seen_before);
        driver.between("last_seen_at", from, before, &mut further);
        Listing {
            table: "sessions",
            time: "created_at",
            driver,
            further,
        }
    }

    fn present(connection: &mut AnyConnection, now: Moment) -> QueryResult<Present> {
        let floor = Standing::read(connection)?.floor;
        Ok(Present {
            floor,
            ..Present::at(now)
        })
    }

    fn load(
        connection: &mut AnyConnection,
        ids: &[i64],
        present: &Present,
    ) -> QueryResult<Vec<(i64, ListedSession)>> {
        let found: Vec<Found> = sessions::table
            .inner_join(users::table)
            .filter(sessions::id.eq_any(ids))
            .select(Found::as_select())
            .load(connection)?;
        let rows = found.into_iter();
        Ok(rows
            .map(|found| ListedSession::of(found, present.floor, present.now))
            .map(|session| (session.row.id, session))
            .collect())
    }
}
