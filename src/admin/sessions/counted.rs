//! How many sessions would end, as far as they were counted.

use crate::admin::parts::grouped;
use crate::jobs::COUNTED;

/// So many more are as good as those that were shown: one in so many.
const AS_GOOD_AS: usize = 100;

/// A number of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// So many were found.
    pub sessions: usize,
    /// There are more, or may be: more than [`COUNTED`] are not counted, and time was up
    /// before.
    pub more: bool,
}

impl Counted {
    /// The number as people read it, and type it.
    #[must_use]
    pub fn number(self) -> String {
        grouped(self.sessions as u64)
    }

    /// How many, for people: `2,301 sessions`.
    #[must_use]
    pub fn in_words(self) -> String {
        let plural = if self.sessions == 1 { "" } else { "s" };
        let sessions = format!("{} session{plural}", self.number());
        match self.more {
            false => sessions,
            true if self.sessions >= COUNTED => format!("more than {sessions}"),
            true => format!("at least {sessions}"),
        }
    }

    /// Whether this is the number that somebody typed, with its commas or without.
    #[must_use]
    pub fn is_typed(self, typed: &str) -> bool {
        let digits: String = typed
            .chars()
            .filter(|char| !matches!(char, ',' | ' '))
            .collect();
        digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse() == Ok(self.sessions)
    }

    /// Whether so many more are there now that whoever confirmed these has not confirmed
    /// those. Fewer are no harm, and a list in use always moves a little: one in a hundred is
    /// let pass. Whoever confirmed an open number has confirmed whatever there is.
    #[must_use]
    pub fn has_grown_to(self, now: Self) -> bool {
        !self.more
            && (now.more || now.sessions > self.sessions.saturating_add(self.sessions / AS_GOOD_AS))
    }
}

/// Of how many users they are.
#[must_use]
pub fn users(users: usize, more: bool) -> String {
    let number = grouped(users as u64);
    if more {
        format!("at least {number}")
    } else {
        number
    }
}

/// How many of `open` sessions that have not ended would be left; no more than `most` of
/// those were counted.
#[must_use]
pub fn left(ending: Counted, open: i64, most: i64) -> String {
    let found = i64::try_from(ending.sessions).unwrap_or(i64::MAX);
    let rest = grouped(open.saturating_sub(found).max(0).unsigned_abs());
    match (ending.more, open >= most) {
        (false, false) => rest,
        (false, true) => format!("at least {rest}"),
        (true, false) => format!("at most {rest}"),
        (true, true) => "too many to count".to_owned(),
    }
}
