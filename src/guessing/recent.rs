//! The failures of the last hour, by the minute. What is kept is bounded: when there is no
//! place left, whoever has failed least often is forgotten.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::subject::{MANY, MINUTES, MOST, Subject, hour};
use crate::clock::Moment;

/// The failures of one subject.
#[derive(Clone, Debug, Default)]
struct Recent {
    /// How many in which minute since the epoch; the oldest first, none twice.
    minutes: VecDeque<(i64, u64)>,
    /// When an alarm was last raised.
    raised: Option<Moment>,
}

impl Recent {
    fn add(&mut self, minute: i64) {
        self.forget(minute);
        match self.minutes.back_mut() {
            // A clock that was set back goes on in the newest minute.
            Some((newest, count)) if *newest >= minute => *count += 1,
            _ => self.minutes.push_back((minute, 1)),
        }
    }

    fn forget(&mut self, minute: i64) {
        while (self.minutes.front()).is_some_and(|(oldest, _)| *oldest <= minute - MINUTES) {
            self.minutes.pop_front();
        }
    }

    fn count(&self) -> u64 {
        self.minutes.iter().map(|(_, count)| count).sum()
    }

    fn is_due(&self, now: Moment) -> bool {
        let raised = self.raised.is_some_and(|at| now - at < hour());
        !raised && self.count() >= MANY
    }
}

/// Who has failed lately, and of whom somebody is to be told.
#[derive(Debug, Default)]
pub(super) struct Seen {
    recent: BTreeMap<Subject, Recent>,
    due: BTreeSet<Subject>,
}

impl Seen {
    /// Counts a failure of this subject.
    pub(super) fn count(&mut self, subject: Subject, now: Moment) {
        let minute = now.timestamp().div_euclid(60);
        if self.recent.len() >= MOST && !self.recent.contains_key(&subject) {
            self.make_place(minute);
        }
        let recent = self.recent.entry(subject.clone()).or_default();
        recent.add(minute);
        if recent.is_due(now) {
            self.due.insert(subject);
        }
    }

    /// Forgets all that is too old, and where nothing is, who has failed least often.
    fn make_place(&mut self, minute: i64) {
        self.recent.retain(|_, recent| {
            recent.forget(minute);
            !recent.minutes.is_empty()
        });
        if self.recent.len() < MOST {
            return;
        }
        let least = self.recent.iter().min_by_key(|(_, recent)| recent.count());
        if let Some(subject) = least.map(|(subject, _)| subject.clone()) {
            self.due.remove(&subject);
            self.recent.remove(&subject);
        }
    }

    /// Who has failed often, and how often, while nobody was told of it within an hour.
    pub(super) fn due(&mut self, now: Moment) -> Vec<(Subject, u64)> {
        let Self { recent, due } = self;
        due.retain(|subject| (recent.get(subject)).is_some_and(|recent| recent.is_due(now)));
        let counted = due.iter().filter_map(|subject| {
            let count = recent.get(subject)?.count();
            Some((subject.clone(), count))
        });
        counted.collect()
    }

    /// Somebody was told of this subject.
    pub(super) fn told(&mut self, subject: &Subject, now: Moment) {
        self.due.remove(subject);
        if let Some(recent) = self.recent.get_mut(subject) {
            recent.raised = Some(now);
        }
    }

    /// How many users and addresses are counted.
    pub(super) fn counted(&self) -> usize {
        self.recent.len()
    }
}
