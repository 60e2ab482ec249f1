//! The one place that reads a clock.
//!
//! Everything else takes the time as a value or asks a [`Clock`], so that every
//! lifetime is tested without waiting. `clippy.toml` bans the global clocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// A moment in UTC, cut to microseconds: the finest that both databases keep.
pub type Moment = DateTime<Utc>;

/// Tells the time. Clones share one clock.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Microseconds since the epoch; moves only when it is told to.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `moment` until [`Clock::advance`] moves it; for tests.
    #[must_use]
    pub fn manual(moment: Moment) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(
            moment.timestamp_micros(),
        ))))
    }

    /// The current time, cut to microseconds.
    #[must_use]
    pub fn now(&self) -> Moment {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "this is the clock module")]
            Source::System => cut(Utc::now()),
            Source::Manual(micros) => from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock by `by`, which may be negative. The system's clock
    /// cannot be moved: there the call does nothing.
    pub fn advance(&self, by: TimeDelta) {
        if let (Source::Manual(micros), Some(by)) = (&self.0, by.num_microseconds()) {
            micros.fetch_add(by, Ordering::SeqCst);
        }
    }
}

/// Cuts a moment to microseconds.
#[must_use]
pub fn cut(moment: Moment) -> Moment {
    from_micros(moment.timestamp_micros())
}

/// The moment that lies `seconds` after the epoch, the unit of JWT claims
/// (RFC 7519, section 2, `NumericDate`); clamped to what can be represented.
#[must_use]
pub fn from_seconds(seconds: i64) -> Moment {
    DateTime::from_timestamp(seconds, 0).unwrap_or(if seconds < 0 {
        Moment::MIN_UTC
    } else {
        Moment::MAX_UTC
    })
}

fn from_micros(micros: i64) -> Moment {
    DateTime::from_timestamp_micros(micros).unwrap_or(Moment::MAX_UTC)
}
