//! Following the table `revocations` on a connection of its own: what differs by backend.
//!
//! On PostgreSQL rows become visible out of the order of their ids, when their transactions
//! commit, however late. So a poll asks for what the snapshot of the poll before could not
//! see: rows from its `xmin` on that were not visible in it. That misses nothing and repeats
//! nothing. Notifications carry single revocations at once; the poll is the truth.
//!
//! On SQLite transactions that write come one after the other, so ids are enough, and
//! `PRAGMA data_version` says whether another connection has written at all.

use std::time::Duration;

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::{AnyConnection, ConnectError, connect};
use crate::clock::{Clock, Moment};
use crate::config::DatabaseUrl;
// Upwards: the rows that are followed are those of the table revocations.
use crate::models::revocation::Revocation;

/// The channel of our notifications.
const CHANNEL: &str = "frontgate_revocations";
/// How many rows are read at once.
const PAGE: i64 = 10_000;
/// A clock that goes back by less is being corrected a little at a time, or read with a
/// network between: revocations stay five minutes longer than they need to.
const STEP: TimeDelta = TimeDelta::minutes(1);
/// More revocations than this are not told one by one: the follower looks instead.
const TOLD: usize = 16;
/// The notification that tells nothing but that there is something to look at.
const LOOK: &str = "look";

/// Follows the revocations of one database.
pub struct Follower {
    connection: AnyConnection,
    place: Place,
    /// The time of the last look.
    looked_at: Moment,
}

/// Up to where everything has been read.
enum Place {
    /// A snapshot, as PostgreSQL writes it: what it saw has been read.
    Postgres(String),
    /// The version of the file, and the last primary key.
    Sqlite { version: i64, last: i64 },
}

/// What PostgreSQL says of itself at the beginning of a poll.
#[derive(QueryableByName)]
struct Present {
    #[diesel(sql_type = Text)]
    snapshot: String,
    #[diesel(sql_type = BigInt)]
    micros: i64,
    #[diesel(sql_type = Bool)]
    standby: bool,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl Follower {
    /// Connects and reads every revocation that may still concern a living token. `timeout`
    /// bounds connecting, and each statement. With `listen`, PostgreSQL's notifications are
    /// asked for. The clock learns the database's time.
    pub fn start(
        url: &DatabaseUrl,
        timeout: Duration,
        listen: bool,
        clock: &Clock,
        found: impl FnMut(&Revocation),
    ) -> Result<Self, FollowError> {
        let mut connection = connect(url, timeout)?;
        if listen && let AnyConnection::Pg(pg) = &mut connection {
            diesel::sql_query(format!("LISTEN {CHANNEL}")).execute(pg)?;
        }
        // The place first: what commits while the rows are being read is new to it.
        let mut place = match &mut connection {
            AnyConnection::Pg(pg) => Place::Postgres(present(pg, clock)?.snapshot),
            AnyConnection::Sqlite(sqlite) => Place::Sqlite {
                version: version(sqlite)?,
                last: 0,
            },
        };
        let now = clock.now();
        let read = pages(found, |after| {
            Revocation::live_after(&mut connection, after, PAGE, now)
        })?;
        if let Place::Sqlite { last, .. } = &mut place {
            *last = read;
        }
        Ok(Self {
            connection,
            place,
            looked_at: now,
        })
    }

    /// Reads what has been revoked since the last time. It fails when time has gone back since:
    /// what was no longer in need of being known may be now, and all is to be read again.
    pub fn poll(
        &mut self,
        clock: &Clock,
        found: impl FnMut(&Revocation),
    ) -> Result<(), FollowError> {
        match (&mut self.connection, &mut self.place) {
            (AnyConnection::Pg(pg), Place::Postgres(snapshot)) => {
                let present = present(pg, clock)?;
                pages(found, |after| unseen(pg, snapshot, after))?;
                *snapshot = present.snapshot;
            }
            (connection, Place::Sqlite { version: old, last }) => {
                let AnyConnection::Sqlite(sqlite) = connection else {
                    return Err(FollowError::Confused);
                };
                let new = version(sqlite)?;
                if new != *old {
                    let beginning = *last;
                    let read = pages(found, |after| {
                        let after = after.max(beginning);
                        Revocation::live_after(connection, after, PAGE, Moment::MIN_UTC)
                    })?;
                    (*old, *last) = (new, read.max(beginning));
                }
            }
            (AnyConnection::Sqlite(_), Place::Postgres(_)) => return Err(FollowError::Confused),
        }
        let now = clock.now();
        if now < self.looked_at - STEP {
            return Err(FollowError::SetBack);
        }
        self.looked_at = self.looked_at.max(now);
        Ok(())
    }

    /// Hands over what notifications have told since the last time, without waiting and
    /// without a statement; says whether one of them asks for a poll.
    pub fn heard(&mut self, mut found: impl FnMut(&Revocation)) -> Result<bool, FollowError> {
        let AnyConnection::Pg(pg) = &mut self.connection else {
            return Ok(false);
        };
        let mut look = false;
        for notification in pg.notifications_iter() {
            match read(&notification?.payload) {
                Some(revocation) => found(&revocation),
                None => look = true,
            }
        }
        Ok(look)
    }
}

/// Tells the followers of a PostgreSQL database, at this transaction's commit, what it
/// revokes. Those on SQLite, and those that do not listen, find out by themselves.
pub fn wake_followers(
    connection: &mut AnyConnection,
    revocations: &[Revocation],
) -> QueryResult<()> {
    let AnyConnection::Pg(pg) = connection else {
        return Ok(());
    };
    let written = || revocations.iter().filter(|revocation| revocation.id != 0);
    if written().count() > TOLD {
        return notify(pg, LOOK);
    }
    written().try_for_each(|revocation| notify(pg, &write(revocation)))
}

fn notify(pg: &mut PgConnection, payload: &str) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_notify($1, $2)")
        .bind::<Text, _>(CHANNEL)
        .bind::<Text, _>(payload)
        .execute(pg)
        .map(|_| ())
}

fn write(revocation: &Revocation) -> String {
    let Revocation {
        kind,
        generation,
        subject,
        ..
    } = revocation;
    let until = revocation.until.and_utc().timestamp();
    format!("{kind} {generation} {until} {subject}")
}

/// `None` for whatever [`write()`] has not written.
fn read(payload: &str) -> Option<Revocation> {
    let mut parts = payload.splitn(4, ' ');
    let (kind, generation) = (parts.next()?, parts.next()?.parse().ok()?);
    let (until, subject) = (parts.next()?.parse().ok()?, parts.next()?);
    Some(Revocation {
        id: 0,
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        generation,
        until: Moment::from_timestamp(until, 0)?.naive_utc(),
    })
}

/// Reads page after page, each after the last primary key of the one before; answers the
/// last key of all.
fn pages(
    mut found: impl FnMut(&Revocation),
    mut page: impl FnMut(i64) -> QueryResult<Vec<Revocation>>,
) -> QueryResult<i64> {
    let mut after = 0;
    loop {
        let rows = page(after)?;
        rows.iter().for_each(&mut found);
        after = rows.last().map_or(after, |row| row.id);
        if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
            return Ok(after);
        }
    }
}

/// The snapshot that this poll begins with; sets the clock.
fn present(pg: &mut PgConnection, clock: &Clock) -> Result<Present, FollowError> {
    let asked = clock.uptime();
    let present: Present = diesel::sql_query(
        "SELECT pg_current_snapshot()::text AS snapshot, \
         (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros, \
         pg_is_in_recovery() AS standby",
    )
    .get_result(pg)?;
    if present.standby {
        return Err(FollowError::Standby);
    }
    let moment = Moment::from_timestamp_micros(present.micros).ok_or(FollowError::Confused)?;
    clock.set(moment, asked, clock.uptime());
    Ok(present)
}

/// Sets the clock to the database's time, where that is not this machine's.
pub fn set_clock(connection: &mut AnyConnection, clock: &Clock) -> Result<(), FollowError> {
    match connection {
        AnyConnection::Pg(pg) => present(pg, clock).map(|_| ()),
        AnyConnection::Sqlite(_) => Ok(()),
    }
}

/// A page of what `snapshot` could not see, whether committed late or begun later.
fn unseen(pg: &mut PgConnection, snapshot: &str, after: i64) -> QueryResult<Vec<Revocation>> {
    diesel::sql_query(
        "SELECT id, kind, subject, generation, until FROM revocations \
         WHERE transaction_id >= pg_snapshot_xmin($1::pg_snapshot)::text::bigint \
         AND NOT pg_visible_in_snapshot(transaction_id::text::xid8, $1::pg_snapshot) \
         AND id > $2 ORDER BY id LIMIT $3",
    )
    .bind::<Text, _>(snapshot)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(PAGE)
    .load(pg)
}

/// Changes whenever another connection has committed.
fn version(sqlite: &mut SqliteConnection) -> QueryResult<i64> {
    diesel::sql_query("PRAGMA data_version")
        .get_result::<Version>(sqlite)
        .map(|row| row.data_version)
}

/// The revocations could not be followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A statement failed.
    #[error("the revocations could not be read: {0}")]
    Query(#[from] diesel::result::Error),
    /// What it says is old.
    #[error(
        "the database of DATABASE_URL is a standby, which lags behind: name the primary, for example with target_session_attrs=read-write"
    )]
    Standby,
    /// The clock was set back.
    #[error("the clock was set back; reading all revocations again")]
    SetBack,
    /// A bug of ours.
    #[error("the database answered what it cannot")]
    Confused,
}
