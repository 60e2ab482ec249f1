//! "Logged in, then 401": the commonest trouble of a first deployment.
//!
//! Over plain http, browsers drop Secure cookies without a word. When a log-in was answered
//! over plain http and the same client's next read carries no cookie, the log says so, once.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;

use crate::clock::Moment;

const REMEMBERED: usize = 64;
const WINDOW: TimeDelta = TimeDelta::seconds(60);

/// Remembers who logged in over plain http a moment ago.
#[derive(Debug, Default)]
pub struct CookieHint(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    recent: VecDeque<(String, Moment)>,
    told: bool,
}

impl CookieHint {
    /// A log-in over plain http was answered with Secure cookies.
    pub fn logged_in(&self, ip: &str, now: Moment) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.told {
            return;
        }
        if state.recent.len() == REMEMBERED {
            state.recent.pop_front();
        }
        state.recent.push_back((ip.to_owned(), now));
    }

    /// A read carried no cookie. Tells whether this is the first one that followed such a
    /// log-in, which is when the log should say it.
    pub fn read_without_cookie(&self, ip: &str, now: Moment) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let follows = state
            .recent
            .iter()
            .any(|(known, at)| known == ip && now - *at < WINDOW);
        if follows && !state.told {
            state.told = true;
            state.recent.clear();
            return true;
        }
        false
    }
}
