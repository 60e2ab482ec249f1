//! The one place that reads a clock.
//!
//! Everything else takes the time as a value or asks a [`Clock`], so that every
//! lifetime is tested without waiting. `clippy.toml` bans the global clocks.
//!
//! On PostgreSQL the time is the database's: each poll of the revocations brings it, and
//! between two polls the machine's uptime carries it on. So nodes whose own clocks are wrong
//! agree about `exp`, the grace and the purge.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// A moment in UTC, cut to microseconds: the finest that both databases keep.
pub type Moment = DateTime<Utc>;

/// Stands for "no database has told the time yet".
const UNSET: i64 = i64::MIN;

/// Tells the time. Clones share one clock.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    /// The machine's, until [`Clock::set`] has told the database's: then the microseconds
    /// that the database's time is ahead of the uptime.
    Machine(Arc<AtomicI64>),
    /// Microseconds since the epoch, and of uptime; they move only when they are told to.
    Manual(Arc<(AtomicI64, AtomicI64)>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::Machine(Arc::new(AtomicI64::new(UNSET))))
    }

    /// A clock that stands at `moment` until [`Clock::advance`] moves it; for tests.
    #[must_use]
    pub fn manual(moment: Moment) -> Self {
        let micros = AtomicI64::new(moment.timestamp_micros());
        Self(Source::Manual(Arc::new((micros, AtomicI64::new(0)))))
    }

    /// The current time, cut to microseconds.
    #[must_use]
    pub fn now(&self) -> Moment {
        match &self.0 {
            Source::Machine(ahead) => match ahead.load(Ordering::Acquire) {
                #[expect(clippy::disallowed_methods, reason = "this is the clock module")]
                UNSET => cut(Utc::now()),
                ahead => from_micros(machine_uptime().micros() + ahead),
            },
            Source::Manual(clock) => from_micros(clock.0.load(Ordering::SeqCst)),
        }
    }

    /// How long the machine has been up, suspended or not.
    #[must_use]
    pub fn uptime(&self) -> Uptime {
        match &self.0 {
            Source::Machine(_) => machine_uptime(),
            Source::Manual(clock) => Uptime(clock.1.load(Ordering::SeqCst)),
        }
    }

    /// The database said `moment` in an answer that was asked for at `asked` and came at
    /// `answered`. Within the time that this took nobody knows better: an answer that tells
    /// no more changes nothing. A manual clock stays as it is.
    pub fn set(&self, moment: Moment, asked: Uptime, answered: Uptime) {
        let Source::Machine(ahead) = &self.0 else {
            return;
        };
        let halfway = i64::midpoint(asked.0, answered.0);
        let new = moment.timestamp_micros() - halfway;
        let known = ahead.load(Ordering::Acquire);
        if known == UNSET || (new - known).abs() > answered.0 - halfway {
            ahead.store(new, Ordering::Release);
        }
    }

    /// Moves a manual clock by `by`, which may be negative. The system's clock
    /// cannot be moved: there the call does nothing.
    pub fn advance(&self, by: TimeDelta) {
        if let (Source::Manual(clock), Some(by)) = (&self.0, by.num_microseconds()) {
            clock.0.fetch_add(by, Ordering::SeqCst);
        }
    }

    /// Moves the uptime of a manual clock, and nothing of the system's.
    pub fn advance_uptime(&self, by: Duration) {
        if let (Source::Manual(clock), Ok(by)) = (&self.0, i64::try_from(by.as_micros())) {
            clock.1.fetch_add(by, Ordering::SeqCst);
        }
    }
}

/// A point in the life of this machine, in microseconds: it never steps, and goes on while
/// the machine is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uptime(i64);

impl Uptime {
    /// From microseconds.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// In microseconds.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// How long after `earlier` it is; nothing when it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// A length of time that is there to be used up, by the machine's uptime.
#[derive(Clone, Debug)]
pub struct Budget {
    clock: Clock,
    began: Uptime,
    length: Duration,
}

impl Budget {
    /// `length` from now on.
    #[must_use]
    pub fn new(clock: &Clock, length: Duration) -> Self {
        Self {
            clock: clock.clone(),
            began: clock.uptime(),
            length,
        }
    }

    /// Whether any of it is left.
    #[must_use]
    pub fn is_left(&self) -> bool {
        self.clock.uptime().since(self.began) < self.length
    }
}

fn machine_uptime() -> Uptime {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Uptime(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)
}

/// The time of timers, by which deadlines within this process are set. It does not go on while the
/// machine is suspended, for nobody can keep to a deadline then.
#[must_use]
pub fn timer_now() -> tokio::time::Instant {
    tokio::time::Instant::now()
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
