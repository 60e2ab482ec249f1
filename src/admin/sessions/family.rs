//! A session's family tree: its refresh tokens in their order, and what happened to each.
//! Pure: from rows to what the picture and the table show.

mod summary;

use chrono::NaiveDateTime;
use serde::Deserialize;

use crate::models::event::EventKind;
use crate::models::event_list::ListedEvent;
use crate::models::outstanding_token::TokenUse;
use crate::models::session_list::{ListedSession, State};

/// The tree, the log-in first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// Tokens, and gaps where they are gone.
    pub steps: Vec<Step>,
    /// Refresh tokens ever issued.
    pub issued: i64,
    /// How many of them are remembered.
    pub remembered: usize,
}

/// One step down the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A token that is remembered.
    Token(Box<Member>),
    /// Tokens that are not.
    Gone(Gap),
}

/// A refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// 0 for the log-in's, then one more for each rotation.
    pub sequence: i64,
    /// Its `jti`.
    pub jti: String,
    /// When and from where it was rotated away.
    pub used: Option<(NaiveDateTime, Place)>,
    /// Whether that place is another than the one before.
    pub moved: bool,
    /// What became of it.
    pub fate: Fate,
    /// When it was presented again.
    pub again: Vec<Again>,
}

/// What became of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was rotated away.
    Rotated,
    /// It is the one that refreshes.
    Current,
    /// It was the last one, and refreshes no more, for this reason.
    Last(String),
}

/// Tokens that are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// How many.
    pub count: i64,
    /// When any of them was presented again.
    pub again: Vec<Again>,
}

/// From where a token was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The address.
    pub ip: Option<String>,
    /// The browser.
    pub user_agent: String,
}

/// A superseded token was presented, from one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// Whether it was refused, and the session ended; else it was answered within the grace.
    pub refused: bool,
    /// How often.
    pub count: usize,
    /// When the last time.
    pub at: NaiveDateTime,
    /// From where.
    pub place: Place,
    /// Whether that is another place than the one that had rotated the token.
    pub elsewhere: bool,
}

impl Family {
    /// The tree of a session, from the tokens that are remembered, the oldest first, and
    /// its events, the newest first.
    #[must_use]
    pub fn new(session: &ListedSession, tokens: &[TokenUse], events: &[ListedEvent]) -> Self {
        let row = &session.row;
        let mut family = Self {
            steps: Vec::new(),
            issued: row.token_count,
            remembered: tokens.len(),
        };
        let mut next = 0;
        let mut before = Place {
            ip: row.ip.clone(),
            user_agent: row.user_agent.clone(),
        };
        for token in tokens {
            family.leave_out(token.sequence - next);
            next = token.sequence + 1;
            let used = token.used_at.map(|at| (at, used_from(token)));
            let moved = used.as_ref().is_some_and(|(_, place)| *place != before);
            if let Some((_, place)) = &used {
                before = place.clone();
            }
            family.steps.push(Step::Token(Box::new(Member {
                sequence: token.sequence,
                jti: token.jti.clone(),
                used,
                moved,
                fate: fate(token, session),
                again: Vec::new(),
            })));
        }
        family.leave_out(row.token_count - next);
        for event in events.iter().rev() {
            family.note(event);
        }
        family
    }

    fn leave_out(&mut self, count: i64) {
        if count > 0 {
            let again = Vec::new();
            self.steps.push(Step::Gone(Gap { count, again }));
        }
    }

    /// Hangs an event under its token; under a gap, where its token is gone.
    fn note(&mut self, event: &ListedEvent) {
        let refused = event.event.kind == EventKind::ReuseDetected.as_str();
        let answered = event.event.kind == EventKind::RefreshRepeated.as_str();
        let Some(jti) = event.event.jti.as_deref().filter(|_| refused || answered) else {
            return;
        };
        let mut again = Again {
            refused,
            count: count(&event.event.detail),
            at: event.event.at,
            place: Place {
                ip: event.event.ip.clone(),
                user_agent: event.event.user_agent.clone().unwrap_or_default(),
            },
            elsewhere: false,
        };
        let of = |step: &&mut Step| matches!(step, Step::Token(member) if member.jti == jti);
        if let Some(Step::Token(member)) = self.steps.iter_mut().find(of) {
            let from = member.used.as_ref().map(|(_, place)| place);
            again.elsewhere = from.is_some_and(|place| *place != again.place);
            add(&mut member.again, again);
            return;
        }
        let gap = self.steps.iter_mut().find_map(|step| match step {
            Step::Gone(gap) => Some(gap),
            Step::Token(_) => None,
        });
        if let Some(gap) = gap {
            add(&mut gap.again, again);
        } else {
            let again = vec![again];
            self.steps.push(Step::Gone(Gap { count: 0, again }));
        }
    }

    /// The tokens that are remembered.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.steps.iter().filter_map(|step| match step {
            Step::Token(member) => Some(&**member),
            Step::Gone(_) => None,
        })
    }
}

fn used_from(token: &TokenUse) -> Place {
    Place {
        ip: token.used_ip.clone(),
        user_agent: token.used_user_agent.clone().unwrap_or_default(),
    }
}

fn fate(token: &TokenUse, session: &ListedSession) -> Fate {
    let row = &session.row;
    if token.jti != row.current_jti {
        return Fate::Rotated;
    }
    match session.state {
        State::Live => Fate::Current,
        State::Ended => Fate::Last(row.end_reason.clone().unwrap_or_default()),
        State::Expired | State::Refused => Fate::Last(session.state.as_str().to_owned()),
    }
}

/// How many answers an event tells of.
fn count(detail: &str) -> usize {
    #[derive(Deserialize)]
    struct Detail {
        count: usize,
    }
    serde_json::from_str(detail).map_or(1, |Detail { count }| count)
}

/// Adds it to those from the same place.
fn add(known: &mut Vec<Again>, again: Again) {
    let same = |other: &&mut Again| other.refused == again.refused && other.place == again.place;
    match known.iter_mut().find(same) {
        Some(other) => {
            other.count += again.count;
            other.at = other.at.max(again.at);
        }
        None => known.push(again),
    }
}
