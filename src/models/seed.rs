//! Rows for benchmarks, made by the database out of numbers: the same numbers make the same
//! rows, but for the moment from which all times count back.
//!
//! A user, a session, a token is its primary key: everything about it is computed from that,
//! so that each table is filled without reading another one.

mod events;
mod facts;
mod tokens;
mod users;

use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::{AnyConnection, Dialect};
use crate::schema;

pub use events::insert_events;
pub use facts::{insert_sessions, note_last_log_ins};
pub use tokens::{TokensMade, insert_tokens};
pub use users::{ADDRESSES, insert_users};

/// The tables that are filled.
pub const TABLES: [&str; 5] = [
    "users",
    "sessions",
    "outstanding_tokens",
    "blacklisted_tokens",
    "events",
];

/// Those of them whose primary keys are given.
pub const GIVEN_KEYS: [&str; 3] = ["users", "sessions", "outstanding_tokens"];

/// The primary key of the administrator.
pub const ADMINISTRATOR: i64 = 1;
/// The primary key of the user who has very many sessions.
pub const BUSY_USER: i64 = 2;
/// How many sessions that user has, where there are ten times as many in all.
pub const BUSY_SESSIONS: i64 = 5000;

/// How long a session lives at the most, and how far back times go: 90 days, in seconds.
const SPAN: i64 = 90 * 86_400;

/// How many rows there are to be, and from when times count back.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// At least 2: the administrator, and the user with very many sessions.
    pub users: i64,
    /// Log-ins of the last 90 days.
    pub sessions: i64,
    /// Refresh tokens, at least one a session and 32 on average at most.
    pub tokens: i64,
    /// Rows of the audit log.
    pub events: i64,
    /// Nothing is later.
    pub now: Moment,
}

impl Size {
    fn now_seconds(&self) -> i64 {
        self.now.timestamp()
    }

    fn start_seconds(&self) -> i64 {
        self.now_seconds() - SPAN
    }

    /// How many sessions [`BUSY_USER`] has.
    fn busy_sessions(&self) -> i64 {
        BUSY_SESSIONS.min(self.sessions / 10).max(1)
    }
}

/// Whether nobody has ever used this database: no user, no event, nothing revoked.
pub fn is_unused(connection: &mut AnyConnection) -> QueryResult<bool> {
    macro_rules! has_none {
        ($($table:ident),+) => {
            $(schema::$table::table.select(schema::$table::id).first::<i64>(connection).optional()?.is_none())&&+
        };
    }
    Ok(has_none!(users, events, revocations))
}

/// An expression for a number from 0 to below `limit` that looks random and depends on the
/// number `of`; each `salt` gives another one. `limit` is at most a million.
fn scattered(of: &str, salt: u32, limit: &str) -> String {
    // Modulo the greatest prime below 2^32; the division leaves out the lowest digits, which
    // follow each other in a pattern.
    let factor = 2_654_435_761 - 2 * i64::from(salt) * 104_729;
    format!("((({of}) + {salt}) * {factor} % 4294967291 / 1009 % {limit})")
}

/// The smaller of two expressions.
fn least(one: &str, other: &str) -> String {
    format!("CASE WHEN {one} < {other} THEN {one} ELSE {other} END")
}

/// An expression for the address of a client: a number of the column `number` below 2^20
/// stands for one of the ranges that are set apart for benchmarks and examples (RFC 2544,
/// RFC 3849), written as Rust writes addresses.
fn address(dialect: Dialect, number: &str) -> String {
    let hexadecimal = |part: &str| dialect.hexadecimal(part);
    format!(
        "CASE WHEN {number} % 10 < 7 THEN '198.' || (18 + {number} % 2) || '.' || ({number} / 2 % 256) \
         || '.' || ({number} / 512 % 256) ELSE '2001:db8:' || {} || ':' || {} || '::' || {} END",
        hexadecimal(&format!("(1 + {number} / 4096)")),
        hexadecimal(&format!("(1 + {number} / 16 % 4096)")),
        hexadecimal(&format!("(1 + {number} % 65535)")),
    )
}

/// An expression for one of twenty browsers and apps, by a number from 0 to 999: some are
/// more common than others.
fn user_agent(number: &str) -> String {
    use std::fmt::Write;
    let mut sql = String::from("CASE");
    let (last, others) = USER_AGENTS.split_last().unwrap_or((&"", &[]));
    for (place, agent) in others.iter().enumerate() {
        // The share falls by the same with each place: 95, 91, 86, ... 4 of a thousand.
        let below = 1000 - 1000 * (19 - place) * (20 - place) / 420;
        // Writing to a text cannot fail.
        let _ = write!(sql, " WHEN {number} < {below} THEN '{agent}'");
    }
    sql + " ELSE '" + last + "' END"
}

/// Of the last years, the most common first.
const USER_AGENTS: [&str; 20] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.0.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0",
    "okhttp/4.12.0",
    "Dart/3.9 (dart:io)",
    "python-requests/2.32.5",
    "curl/8.14.1",
    "",
];
