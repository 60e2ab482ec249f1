//! Alarms that wait for the operator's program. Pure: the worker takes them out.
//!
//! **The rule.** Nothing that an operator must hear is dropped for something that anybody can
//! cause, or waits for it. What only operators cause has a lane of its own, which comes first.
//! In the other lane one alarm stands for all of its kind about one user, or about one address
//! where no user is known, within an hour of the clock.

use std::collections::{BTreeMap, VecDeque};

use super::Alarm;
use crate::models::alarm::Cause;

/// How many alarms that anybody can cause wait; more are dropped, and counted.
pub const MAX_WAITING: usize = 100;
/// How many alarms that only operators cause wait; more are dropped, and counted.
pub const MAX_OPERATORS_WAITING: usize = 1_000;
/// About how many subjects it is remembered that an alarm was told.
pub const MAX_SUBJECTS: usize = 10_000;

/// What one alarm within an hour stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    kind: &'static str,
    user_id: Option<i64>,
    ip: Option<String>,
}

impl Subject {
    fn of(alarm: &Alarm) -> Self {
        Self {
            kind: alarm.kind,
            user_id: alarm.user_id,
            ip: match alarm.user_id {
                Some(_) => None,
                None => alarm.ip.clone(),
            },
        }
    }
}

/// The hour of the last alarm about a subject.
#[derive(Clone, Debug)]
struct Told {
    hour: String,
    /// How many alarms that one stands for beside itself and has not told of.
    more: u64,
}

/// The alarms that wait.
#[derive(Debug, Default)]
pub struct Queue {
    operators: VecDeque<Alarm>,
    anybody: VecDeque<Alarm>,
    told: BTreeMap<Subject, Told>,
    dropped: u64,
}

impl Queue {
    /// Puts an alarm behind those of its lane that wait, unless another one stands for it.
    pub fn push(&mut self, alarm: Alarm) {
        match alarm.cause {
            Cause::Operators if self.operators.len() < MAX_OPERATORS_WAITING => {
                self.operators.push_back(alarm);
            }
            Cause::Anybody => self.push_of_anybody(alarm),
            Cause::Operators => self.count_dropped(&alarm),
        }
    }

    fn push_of_anybody(&mut self, mut alarm: Alarm) {
        let (subject, hour) = (Subject::of(&alarm), hour(&alarm));
        if let Some(told) = self.told.get_mut(&subject) {
            if told.hour == hour {
                let mut waiting = self.anybody.iter_mut();
                match waiting.find(|waiting| Subject::of(waiting) == subject) {
                    Some(waiting) => waiting.more += 1,
                    None => told.more += 1,
                }
                return;
            }
            alarm.more += std::mem::take(&mut told.more);
        }
        if self.anybody.len() >= MAX_WAITING {
            self.count_dropped(&alarm);
            return;
        }
        if self.told.len() >= MAX_SUBJECTS {
            self.forget_other_hours(&hour);
        }
        // Where there are still too many, this one may be told twice within the hour.
        if self.told.len() < MAX_SUBJECTS {
            self.told.insert(subject, Told { hour, more: 0 });
        }
        self.anybody.push_back(alarm);
    }

    fn count_dropped(&mut self, alarm: &Alarm) {
        self.dropped += 1 + alarm.more;
    }

    /// Forgets the subjects of other hours than this one; what nobody was told of them is dropped.
    fn forget_other_hours(&mut self, hour: &str) {
        let dropped = &mut self.dropped;
        self.told.retain(|_, told| {
            let is_kept = told.hour == hour;
            if !is_kept {
                *dropped += told.more;
            }
            is_kept
        });
    }

    /// How many alarms neither wait, nor were taken out, nor are in the numbers of those that were.
    #[must_use]
    pub fn untold(&self) -> u64 {
        self.dropped + self.told.values().map(|told| told.more).sum::<u64>()
    }

    /// Takes out the alarm that is delivered next; it tells how many were dropped since the
    /// last one.
    pub fn pop(&mut self) -> Option<Alarm> {
        let next = self.operators.pop_front();
        let mut alarm = next.or_else(|| self.anybody.pop_front())?;
        alarm.dropped = std::mem::take(&mut self.dropped);
        Some(alarm)
    }
}

/// The hour of an alarm: RFC 3339 up to the colon.
fn hour(alarm: &Alarm) -> String {
    alarm.at.chars().take(13).collect()
}
