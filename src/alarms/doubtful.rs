//! Alarms of changes whose COMMIT had no answer.
//!
//! **The rule.** Nobody is told of what perhaps did not happen. The event of an alarm is stored
//! with its change or not at all, so the audit log is asked for it: once it is there, the alarm is
//! raised; where it has not come after [`GIVEN_UP_AFTER`], nothing has happened.

use std::time::Duration;

use parking_lot::Mutex;

use super::Alarm;
use crate::clock::Uptime;

/// How often the audit log is asked, while there is a doubt.
pub const DOUBT_INTERVAL: Duration = Duration::from_secs(5);
/// How long after the COMMIT an event may still come. By then the server has long ended the
/// connection on which the COMMIT had no answer.
pub const GIVEN_UP_AFTER: Duration = Duration::from_mins(5);
/// How many wait; more are only logged.
pub const MAX_DOUBTFUL: usize = 100;

/// The alarms of one server that may be of nothing.
#[derive(Debug, Default)]
pub struct Doubtful {
    waiting: Mutex<Vec<(Alarm, Uptime)>>,
    /// Held while the audit log is asked, so that the last look at a stop comes after the one
    /// that is under way.
    asking: tokio::sync::Mutex<()>,
}

impl Doubtful {
    /// Adds the alarms of a change whose COMMIT had no answer at `now`.
    pub fn add(&self, alarms: &[Alarm], now: Uptime) {
        for alarm in alarms {
            self.put(alarm.clone(), now);
        }
    }

    /// How many are in doubt.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.lock().len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until nobody else asks the audit log.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.asking.lock().await
    }

    /// Those that wait, in the order in which they came. They stay until [`Self::settle`]: who
    /// asks about them may be cut off.
    pub(crate) fn waiting(&self) -> Vec<Alarm> {
        let waiting = self.waiting.lock();
        waiting.iter().map(|(alarm, _)| alarm.clone()).collect()
    }

    /// Takes out the first ones whose events are `stored`, and returns them. The others stay,
    /// unless the audit log was asked at `asked_at`, when they could not come any more.
    pub(crate) fn settle(&self, stored: &[bool], asked_at: Uptime) -> Vec<Alarm> {
        let mut waiting = self.waiting.lock();
        let asked = stored.len().min(waiting.len());
        let newer = waiting.split_off(asked);
        let (mut due, mut left) = (Vec::new(), Vec::new());
        for ((alarm, since), is_stored) in std::mem::take(&mut *waiting).into_iter().zip(stored) {
            if *is_stored {
                due.push(alarm);
            } else if asked_at.since(since) < GIVEN_UP_AFTER {
                left.push((alarm, since));
            } else {
                tracing::warn!(
                    kind = alarm.kind,
                    "an alarm was not raised: its change had no answer from the database, and is not in the audit log"
                );
            }
        }
        left.extend(newer);
        *waiting = left;
        due
    }

    /// Logs those that are left when the server stops.
    pub(crate) fn log_left(&self) {
        for (alarm, _) in std::mem::take(&mut *self.waiting.lock()) {
            tracing::warn!(
                kind = alarm.kind,
                "the server stops before it knows whether an alarm is due: look at the audit log"
            );
        }
    }

    fn put(&self, alarm: Alarm, since: Uptime) {
        let mut waiting = self.waiting.lock();
        if waiting.len() < MAX_DOUBTFUL {
            waiting.push((alarm, since));
            return;
        }
        drop(waiting);
        tracing::error!(
            kind = alarm.kind,
            "whether an alarm is due is not known, and too many are in doubt to find out: look at the audit log"
        );
    }
}
