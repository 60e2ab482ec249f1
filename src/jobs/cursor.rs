//! Where a job that ends sessions goes on.

use serde::{Deserialize, Serialize};

use crate::models::listing::{At, Place};

/// The JSON in `jobs.cursor`; an empty text is the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    /// All sessions are gone through again and again, until a round finds none: some are in
    /// use when their turn comes and are passed over, and some are opened by a transaction
    /// that began before the job and commits late.
    pub(super) round: u32,
    /// How many sessions this round has found.
    pub(super) found: u64,
    /// How many it has ended.
    pub(super) ended: u64,
    /// How many rounds in a row have found some and ended none.
    pub(super) idle: u32,
    /// Behind which session this round goes on: the time by which they are ordered, in
    /// microseconds.
    micros: Option<i64>,
    /// And its primary key.
    id: Option<i64>,
}

impl Cursor {
    pub(super) fn from_json(json: &str) -> serde_json::Result<Self> {
        if json.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(json)
    }

    pub(super) fn to_json(self) -> serde_json::Result<String> {
        serde_json::to_string(&self)
    }

    pub(super) fn at(self) -> At {
        match self.id {
            Some(id) => At::Older(Place {
                micros: self.micros,
                id,
            }),
            None => At::Newest,
        }
    }

    /// After a batch of `found` sessions, of which `ended` were ended; `onwards` is where the
    /// walk goes on. `None` when nothing is left.
    pub(super) fn after(self, found: usize, ended: usize, onwards: Option<Place>) -> Option<Self> {
        let found = self.found + found as u64;
        let ended = self.ended + ended as u64;
        match onwards {
            Some(place) => Some(Self {
                found,
                ended,
                micros: place.micros,
                id: Some(place.id),
                ..self
            }),
            None if found == 0 => None,
            None => Some(Self {
                round: self.round + 1,
                idle: if ended == 0 { self.idle + 1 } else { 0 },
                ..Self::default()
            }),
        }
    }
}
