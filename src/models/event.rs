//! The audit log. Rows outlive what they tell of; they never hold a secret.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::clock::Moment;
use crate::db::{AnyConnection, on_each_backend};
use crate::schema::events;

/// How many events one statement appends at most: ten values each, and both databases bind
/// over thirty thousand.
const BATCH: usize = 1000;

/// The reason of a repeat whose request had come before its token was superseded.
pub const AT_ONCE: &str = "at_once";

/// What happened, in the words that the database keeps.
macro_rules! event_kinds {
    ($($(#[$meta:meta])+ $kind:ident = $word:literal,)+) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum EventKind {
            $($(#[$meta])+ $kind,)+
        }

        impl EventKind {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The word that the database keeps.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)+
                }
            }
        }
    };
}

event_kinds! {
    /// A user signed up.
    #[default]
    SignedUp = "signed_up",
    /// A password bought a session.
    LoggedIn = "logged_in",
    /// Log-ins of a user failed; `detail` says how many within which seconds.
    LogInFailed = "log_in_failed",
    /// Many log-ins of one user, or from one address, failed within an hour; `detail` says
    /// how many.
    GuessingSuspected = "guessing_suspected",
    /// A session ended; `reason` says why, a log-out included.
    SessionEnded = "session_ended",
    /// A superseded refresh token was answered within the grace; `detail` says how often
    /// within which seconds.
    RefreshRepeated = "refresh_repeated",
    /// A session's successors were claimed from two places; `detail` has both.
    FollowerSuspected = "follower_suspected",
    /// A superseded refresh token came after the grace.
    ReuseDetected = "reuse_detected",
    /// A user has a new password.
    PasswordChanged = "password_changed",
    /// A one-time link to set a password was made.
    ResetLinkMade = "reset_link_made",
    /// Names or the address changed; `detail` says which.
    ProfileChanged = "profile_changed",
    /// A user may no longer log in.
    Deactivated = "deactivated",
    /// A user may log in again.
    Activated = "activated",
    /// A user is gone.
    UserDeleted = "user_deleted",
    /// The admin lets a user in.
    StaffGranted = "staff_granted",
    /// The admin lets a user in no more.
    StaffRemoved = "staff_removed",
    /// A user may do everything in the admin.
    SuperuserGranted = "superuser_granted",
    /// A user may do everything in the admin no more.
    SuperuserRemoved = "superuser_removed",
    /// What access tokens say of a user beside the rest changed; `detail` says which names.
    ClaimsChanged = "claims_changed",
    /// An administrator was made.
    SuperuserCreated = "superuser_created",
    /// Everybody's sessions ended.
    EverythingRevoked = "everything_revoked",
    /// A job to end sessions was queued, or queued again after it had failed; `detail` says
    /// which.
    JobQueued = "job_queued",
    /// A job has ended sessions, each with an event of its own; `detail` says which and how
    /// many.
    ManySessionsEnded = "many_sessions_ended",
    /// What a key has signed is refused.
    KeyRevoked = "key_revoked",
    /// A PostgreSQL server was refused that does not continue the history of the database;
    /// `reason` says why, `detail` which.
    DatabaseRefused = "database_refused",
    /// An operator exported events; `detail` says by which filter, and as what.
    EventsExported = "events_exported",
    /// An operator signed in to the admin.
    AdminSignedIn = "admin_signed_in",
    /// An operator signed out of the admin.
    AdminSignedOut = "admin_signed_out",
    /// An operator's session in the admin was ended from another one; `detail` says how many.
    AdminSessionEnded = "admin_session_ended",
}

/// Something that happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewEvent<'a> {
    /// What it is.
    pub kind: EventKind,
    /// Whom it happened to.
    pub user_id: Option<i64>,
    /// Who did it, where that is somebody else: an operator.
    pub actor_id: Option<i64>,
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
    /// A JSON object with what else there is to know; never a secret.
    pub detail: Option<&'a str>,
}

impl NewEvent<'_> {
    /// Appends events, many in a statement, and nothing else: `sessions::Change` notes an event
    /// with what follows from it.
    pub fn insert_all(
        connection: &mut AnyConnection,
        new: &[Self],
        now: Moment,
    ) -> QueryResult<()> {
        for batch in new.chunks(BATCH) {
            if insert_batch(connection, batch, now)? != batch.len() {
                return Err(diesel::NotFound);
            }
        }
        Ok(())
    }
}

/// Appends events in one statement; returns the number of rows inserted.
fn insert_batch(
    connection: &mut AnyConnection,
    new: &[NewEvent<'_>],
    now: Moment,
) -> QueryResult<usize> {
    let rows = new.iter().map(|event| {
        (
            events::at.eq(now.naive_utc()),
            events::kind.eq(event.kind.as_str()),
            events::user_id.eq(event.user_id),
            events::actor_id.eq(event.actor_id),
            events::sid.eq(event.sid),
            events::jti.eq(event.jti),
            events::ip.eq(event.ip),
            events::user_agent.eq(event.user_agent),
            events::reason.eq(event.reason),
            events::detail.eq(event.detail.unwrap_or("{}")),
        )
    });
    let rows: Vec<_> = rows.collect();
    let insert = diesel::insert_into(events::table);
    on_each_backend!(connection, own => insert.values(rows).execute(own))
}

/// A row of `events`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = events)]
pub struct Event {
    /// Primary key, in the order in which they were written.
    pub id: i64,
    /// When it happened.
    pub at: NaiveDateTime,
    /// What it is, a word of [`EventKind`].
    pub kind: String,
    /// Whom it happened to.
    pub user_id: Option<i64>,
    /// Who did it, where that is somebody else.
    pub actor_id: Option<i64>,
    /// Which session.
    pub sid: Option<String>,
    /// Which refresh token, by its `jti`.
    pub jti: Option<String>,
    /// From which address.
    pub ip: Option<String>,
    /// By which browser.
    pub user_agent: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// A JSON object with what else there is to know.
    pub detail: String,
}

/// What an event is known by whose primary key is not known.
#[derive(Clone, Copy, Debug)]
pub struct EventIdentity<'a> {
    /// Its kind, a word of [`EventKind`].
    pub kind: &'a str,
    /// When it happened, within the millisecond.
    pub at: Moment,
    /// Whom it happened to.
    pub user_id: Option<i64>,
    /// Which session.
    pub sid: Option<&'a str>,
}

impl Event {
    /// Whether this event is stored. By the index over kind, time and primary key.
    pub fn is_stored(
        connection: &mut AnyConnection,
        event: EventIdentity<'_>,
    ) -> QueryResult<bool> {
        // The databases keep microseconds.
        let about = TimeDelta::milliseconds(1);
        let stored: Vec<(Option<i64>, Option<String>)> = events::table
            .filter(events::kind.eq(event.kind))
            .filter(events::at.ge((event.at - about).naive_utc()))
            .filter(events::at.le((event.at + about).naive_utc()))
            .select((events::user_id, events::sid))
            .load(connection)?;
        let is_it = |(user_id, sid): &(Option<i64>, Option<String>)| {
            (*user_id, sid.as_deref()) == (event.user_id, event.sid)
        };
        Ok(stored.iter().any(is_it))
    }

    /// The `detail` of each alarm that followers of the session `sid` have raised. The kind
    /// is written out: only so do both databases use the partial index over these few.
    pub fn follower_details(connection: &mut AnyConnection, sid: &str) -> QueryResult<Vec<String>> {
        events::table
            .filter(sql::<Bool>("kind = 'follower_suspected'"))
            .filter(events::sid.eq(sid))
            .select(events::detail)
            .load(connection)
    }

    /// The newest `limit` repeats of tokens of the session `sid`, the newest first, but those
    /// that came at once.
    pub fn repeats_of_session(
        connection: &mut AnyConnection,
        sid: &str,
        limit: usize,
    ) -> QueryResult<Vec<Self>> {
        events::table
            .filter(events::sid.eq(sid))
            .filter(events::kind.eq(EventKind::RefreshRepeated.as_str()))
            .filter(events::reason.is_null())
            .order(events::id.desc())
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .select(Self::as_select())
            .load(connection)
    }

    /// Whether an alarm about guessing at this user, or from this address, was noted after
    /// `since`. By the index over kind, time and primary key.
    pub fn was_guessing_noted(
        connection: &mut AnyConnection,
        user_id: Option<i64>,
        ip: Option<&str>,
        since: Moment,
    ) -> QueryResult<bool> {
        let mut noted = events::table
            .filter(events::kind.eq(EventKind::GuessingSuspected.as_str()))
            .filter(events::at.gt(since.naive_utc()))
            .select(events::id)
            .into_boxed();
        noted = match (user_id, ip) {
            (Some(user_id), _) => noted.filter(events::user_id.eq(user_id)),
            (None, Some(ip)) => noted.filter(events::ip.eq(ip)),
            (None, None) => noted.filter(events::user_id.is_null().and(events::ip.is_null())),
        };
        let noted: Option<i64> = noted.first(connection).optional()?;
        Ok(noted.is_some())
    }

    /// Whether an event of this kind and with this `detail` was noted after `since`. By the index
    /// over kind, time and primary key.
    pub fn was_noted(
        connection: &mut AnyConnection,
        kind: EventKind,
        detail: &str,
        since: Moment,
    ) -> QueryResult<bool> {
        let noted: Option<i64> = events::table
            .filter(events::kind.eq(kind.as_str()))
            .filter(events::at.gt(since.naive_utc()))
            .filter(events::detail.eq(detail))
            .select(events::id)
            .first(connection)
            .optional()?;
        Ok(noted.is_some())
    }

    /// Up to `limit` events of the session `sid`, the newest of them, in their order.
    pub fn newest_of_session(
        connection: &mut AnyConnection,
        sid: &str,
        limit: i64,
    ) -> QueryResult<Vec<Self>> {
        let mut found: Vec<Self> = events::table
            .filter(events::sid.eq(sid))
            .order(events::id.desc())
            .limit(limit)
            .select(Self::as_select())
            .load(connection)?;
        found.reverse();
        Ok(found)
    }
}
