//! How many sessions live: exact while they are few, an estimate that says so once counting
//! would take long.

use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamp};

use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::models::revocation::Standing;
use crate::schema::sessions;

/// From how many sessions on that have not ended they are estimated.
pub const EXACT_BELOW: i64 = 10_000;
/// In how many places an estimate looks, evenly over the primary keys, and at how many
/// neighbouring keys in each.
const PLACES: i64 = 512;
const KEYS: i64 = 16;

/// How many sessions there are whose refresh token is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveSessions {
    /// So many, neither more nor less.
    Exact(i64),
    /// About so many, from a sample of 8192 keys: within a few per cent where a good part of
    /// the rows lives, within about a tenth where one in a hundred does.
    Estimate(i64),
}

impl LiveSessions {
    /// Counts or estimates. A user's generation is not asked for: what raises it ends the
    /// sessions as well.
    pub fn read(connection: &mut AnyConnection, now: Moment) -> QueryResult<Self> {
        let floor = Standing::read(connection)?.floor;
        // By the partial index `sessions_live`, which knows no ended session; without a
        // look at the rows, which would take most of the time.
        let not_ended: Count = diesel::sql_query(format!(
            "SELECT count(*) AS count FROM (SELECT 1 FROM sessions WHERE ended_at IS NULL \
             ORDER BY user_id, id LIMIT {EXACT_BELOW}) r"
        ))
        .get_result(connection)?;
        if not_ended.count < EXACT_BELOW {
            let rows = format!(
                "SELECT {LIVE} AS count FROM (SELECT expires_at, generation, ended_at \
                 FROM sessions WHERE ended_at IS NULL ORDER BY user_id, id) r"
            );
            return live(connection, &rows, floor, now).map(Self::Exact);
        }
        let keys: (Option<i64>, Option<i64>) = sessions::table
            .select((min(sessions::id), max(sessions::id)))
            .first(connection)?;
        let (Some(first), Some(last)) = keys else {
            return Ok(Self::Exact(0));
        };
        let step = (last - first) / PLACES + 1;
        // A place has its own query with its own limit: so both databases go by the primary
        // key, and PostgreSQL does not think that it is worth compiling.
        let places = format!(
            "SELECT CAST(sum((SELECT {LIVE} FROM (SELECT s.expires_at, s.generation, s.ended_at \
             FROM sessions s WHERE s.id >= p.id AND s.id < p.id + {KEYS} \
             ORDER BY s.id LIMIT {KEYS}) r)) AS BIGINT) AS count FROM \
             (WITH RECURSIVE places (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL \
             SELECT i + 1 FROM places WHERE i < {PLACES} - 1) \
             SELECT {first} + i * {step} AS id FROM places) p"
        );
        let sampled = live(connection, &places, floor, now)?;
        let estimate = i128::from(sampled) * i128::from(step) / i128::from(KEYS);
        Ok(Self::Estimate(i64::try_from(estimate).unwrap_or(i64::MAX)))
    }
}

/// Counts rows that live at `$1`, with a generation of at least `$2`.
const LIVE: &str =
    "count(CASE WHEN ended_at IS NULL AND expires_at > $1 AND generation >= $2 THEN 1 END)";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn live(connection: &mut AnyConnection, query: &str, floor: i64, now: Moment) -> QueryResult<i64> {
    diesel::sql_query(query)
        .bind::<Timestamp, _>(now.naive_utc())
        .bind::<BigInt, _>(floor)
        .get_result::<Count>(connection)
        .map(|live| live.count)
}
