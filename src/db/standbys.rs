//! Whether a COMMIT on PostgreSQL would wait for standbys that are not there.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::AnyConnection;

/// What a server says of its synchronous standbys.
#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    names: String,
    #[diesel(sql_type = Text)]
    synchronous_commit: String,
    /// How many stream now and confirm what a COMMIT waits for.
    #[diesel(sql_type = BigInt)]
    confirming: i64,
    /// Standbys of which this role may not see the state.
    #[diesel(sql_type = BigInt)]
    hidden: i64,
}

/// What an operator should hear about synchronous standbys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StandbyTrouble {
    /// Fewer stream than a COMMIT waits for.
    #[error(
        "every change will wait and then be answered 503: synchronous_standby_names = '{names}' has each COMMIT wait for {wanted}, and {confirming} of the standbys in it can confirm one now. Bring them back; or, if you accept that a failover loses what they do not have, ALTER SYSTEM SET synchronous_standby_names = '' and SELECT pg_reload_conf(). Two standbys, 'ANY 1 (a, b)', let one of them be away"
    )]
    Missing {
        /// The setting.
        names: String,
        /// How many it wants.
        wanted: i64,
        /// How many there are.
        confirming: i64,
    },
    /// This role cannot see them.
    #[error(
        "synchronous_standby_names = '{names}', and this role may not see which standbys confirm a COMMIT: GRANT pg_read_all_stats to it, or look at pg_stat_replication as another one"
    )]
    Hidden {
        /// The setting.
        names: String,
    },
}

/// Asks a PostgreSQL whether its COMMITs wait for standbys, and whether there are enough; `None`
/// where all is well, and on SQLite.
pub fn standby_trouble(connection: &mut AnyConnection) -> QueryResult<Option<StandbyTrouble>> {
    let AnyConnection::Pg(pg) = connection else {
        return Ok(None);
    };
    // Each setting may be missing where something only speaks like PostgreSQL.
    let answer: Answer = diesel::sql_query(
        "SELECT coalesce(current_setting('synchronous_standby_names', true), '') AS names, \
         coalesce(current_setting('synchronous_commit', true), 'local') AS synchronous_commit, \
         count(*) FILTER (WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')) AS confirming, \
         count(*) FILTER (WHERE sync_state IS NULL) AS hidden FROM pg_stat_replication",
    )
    .get_result(pg)?;
    Ok(judge(&answer))
}

/// Logs what is wrong with synchronous standbys, before this process waits for them.
pub fn warn_of_standbys(connection: &mut AnyConnection) {
    match standby_trouble(connection) {
        Ok(None) => {}
        Ok(Some(trouble)) => tracing::warn!("{trouble}"),
        Err(error) => {
            tracing::debug!(%error, "the database does not tell of synchronous standbys");
        }
    }
}

fn judge(answer: &Answer) -> Option<StandbyTrouble> {
    let wanted = confirmations(&answer.names);
    let waits = !matches!(answer.synchronous_commit.as_str(), "local" | "off");
    if !waits || answer.confirming >= wanted {
        return None;
    }
    let names = answer.names.clone();
    Some(if answer.confirming + answer.hidden >= wanted {
        StandbyTrouble::Hidden { names }
    } else {
        StandbyTrouble::Missing {
            names,
            wanted,
            confirming: answer.confirming,
        }
    })
}

/// For how many standbys `synchronous_standby_names` has a COMMIT wait: `FIRST 2 (a, b, c)` and
/// `ANY 2 (a, b, c)`, the older `2 (a, b, c)`, a list without a number for one, and nothing for none
/// (PostgreSQL's documentation, section 19.6.2).
#[must_use]
pub fn confirmations(names: &str) -> i64 {
    let names = names.trim();
    if names.is_empty() {
        return 0;
    }
    let Some((before, _)) = names.split_once('(') else {
        return 1;
    };
    let mut words = before.split_whitespace().rev();
    let count = words.next().and_then(|number| number.parse().ok());
    let method = words.next().map(str::to_ascii_lowercase);
    match (count, method.as_deref(), words.next()) {
        (Some(count), None | Some("first" | "any"), None) => count,
        _ => 1,
    }
}
