//! The sessions that a job ends, as the list engine looks for them.

use diesel::QueryResult;

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::listing::{Condition, Filter, Listing, Order, Present};
use crate::models::session_list::{ListedSession, SessionFilter, SessionOrder};

/// The sessions that a filter finds, that have not ended, were opened before a moment and
/// are not somebody's.
#[derive(Clone, Debug)]
pub(super) struct Matching {
    filter: SessionFilter,
    keep: Option<i64>,
}

impl Matching {
    pub(super) fn new(filter: &SessionFilter, keep: Option<i64>, before: Moment) -> Self {
        let before = before.naive_utc();
        let asked = filter.created_before.unwrap_or(before);
        Self {
            filter: SessionFilter {
                created_before: Some(asked.min(before)),
                // Where a session stands in this order never changes: none that is refreshed
                // meanwhile moves to where the job has been.
                order: SessionOrder::Created,
                ..filter.clone()
            },
            keep,
        }
    }
}

impl Filter for Matching {
    type Row = ListedSession;

    fn listing(&self, present: &Present) -> Listing {
        let mut listing = self.filter.listing(present);
        let open = Condition::new("ended_at IS NULL", []);
        // There are indexes of what has not ended, by the time and by the user.
        let by_time = listing.driver.order == Order::Time("created_at");
        if by_time || self.filter.user_id.is_some() {
            listing.driver.conditions.push(open);
        } else {
            listing.further.push(open);
        }
        let keep = self.keep;
        listing
            .further
            .extend(keep.map(|id| Condition::new("user_id <> ?", [id.into()])));
        listing
    }

    fn present(connection: &mut AnyConnection, now: Moment) -> QueryResult<Present> {
        SessionFilter::present(connection, now)
    }

    fn load(
        connection: &mut AnyConnection,
        ids: &[i64],
        present: &Present,
    ) -> QueryResult<Vec<(i64, ListedSession)>> {
        SessionFilter::load(connection, ids, present)
    }
}
