//! Looks through a history for one answer that the invariants forbid. Pure: a history goes
//! in, sentences come out.
//!
//! It knows two kinds of ends. A session has *surely* ended once an answer said so: then
//! nothing of it may be accepted any more, on that node at once, elsewhere after the lease.
//! It has *perhaps* ended once somebody asked for it, answered or not: only a session of
//! which nobody did must be let in.

mod branches;
mod ends;

use std::collections::HashMap;
use std::fmt;

use crate::history::{Ask, Event, Micros, Request};
use ends::Ends;

/// So many forbidden answers are told; more of them tell no more.
const SHOWN: usize = 20;

/// What the nodes of a history were set to.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// `revocation_max_staleness`.
    pub staleness: Micros,
    /// `refresh_grace`.
    pub grace: Micros,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            staleness: 2_000_000,
            grace: 10_000_000,
        }
    }
}

/// What the checker found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One sentence for each forbidden answer, with the requests that it is about.
    pub forbidden: Vec<String>,
    /// Answers that had to be refusals and were.
    pub refused: usize,
    /// Answers to honest people that had not to be refusals and were none.
    pub let_in: usize,
    /// Answers 503.
    pub put_off: usize,
    /// Pairs of tokens that a refresh answered.
    pub rotated: usize,
}

/// Looks through the history of one test.
pub fn check(events: &[Event], rules: Rules) -> Report {
    let requests: Vec<&Request> = events
        .iter()
        .filter_map(|event| match event {
            Event::Asked(request) => Some(&**request),
            _ => None,
        })
        .collect();
    let down = down_times(events);
    let ends = Ends::of(&requests, rules);
    let mut report = Report::default();
    for request in &requests {
        check_status(request, &down, &mut report);
        check_ended(request, &ends, rules, &mut report);
        check_honest(request, &ends, &mut report);
    }
    branches::check(&requests, &mut report);
    report
}

/// Only what the contract knows, and no answer at all only from a node that was down.
fn check_status(request: &Request, down: &[(usize, Micros, Micros)], report: &mut Report) {
    let allowed: &[u16] = match request.ask {
        Ask::SignUp => &[201, 503],
        Ask::LogIn => &[200, 404, 503],
        Ask::Refresh | Ask::Access | Ask::LogOut => &[200, 401, 503],
        Ask::End => &[200, 204, 401, 404, 503],
        Ask::EndOthers | Ask::EndAll => &[200, 204, 401, 503],
        // 400 says that the old password is wrong: another change came first.
        Ask::Password => &[200, 204, 400, 401, 503],
    };
    match request.status {
        Some(503) => report.put_off += 1,
        Some(status) if allowed.contains(&status) => {}
        Some(status) => report.found(
            format!("an answer {status} that is none of ours"),
            &[request],
        ),
        None => {
            let excused = request.node.is_some_and(|node| {
                down.iter().any(|(other, from, to)| {
                    *other == node && *from <= request.ended && request.started <= *to
                })
            });
            if !excused {
                report.found("no answer from a node that was up".to_owned(), &[request]);
            }
        }
    }
}

/// Nothing of a session that has surely ended is accepted.
fn check_ended(request: &Request, ends: &Ends<'_>, rules: Rules, report: &mut Report) {
    let (Some(session), Some(status)) = (request.session(), request.status) else {
        return;
    };
    // A log-in is bought with a password; the old cookie that it brings buys nothing.
    if matches!(request.ask, Ask::LogIn | Ask::SignUp) {
        return;
    }
    let from_database = request.ask == Ask::Refresh;
    let end = ends.surely(session).find(|end| {
        let known_from = if from_database || end.node.is_some() && end.node == request.node {
            end.at
        } else {
            end.at + rules.staleness
        };
        request.started > known_from
    });
    let Some(end) = end else {
        return;
    };
    match status / 100 {
        2 => report.found(
            "a token of an ended session was accepted".to_owned(),
            &[end.cause, request],
        ),
        4 => report.refused += 1,
        _ => {}
    }
}

/// Nobody whose session lives is sent away.
fn check_honest(request: &Request, ends: &Ends<'_>, report: &mut Report) {
    let (Some(token), Some(status)) = (&request.token, request.status) else {
        return;
    };
    if request.ended >= token.good_until || ends.perhaps(token, request) {
        return;
    }
    match status {
        401 => report.found("an honest person was sent away".to_owned(), &[request]),
        200..300 => report.let_in += 1,
        _ => {}
    }
}

/// When each node was down, with a moment for connections that break off late.
fn down_times(events: &[Event]) -> Vec<(usize, Micros, Micros)> {
    let mut open = HashMap::new();
    let mut times = Vec::new();
    for event in events {
        match event {
            Event::Down { node, at } => {
                open.entry(*node).or_insert(*at);
            }
            Event::Up { node, at } => {
                if let Some(from) = open.remove(node) {
                    times.push((*node, from, *at));
                }
            }
            _ => {}
        }
    }
    times.extend(
        open.into_iter()
            .map(|(node, from)| (node, from, Micros::MAX)),
    );
    times
}

impl Report {
    fn found(&mut self, what: String, requests: &[&Request]) {
        let mut sentence = what;
        for request in requests {
            sentence = format!("{sentence}\n    {request}");
        }
        self.forbidden.push(sentence);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} forbidden, {} refused as they had to be, {} let in, {} put off, {} rotated",
            self.forbidden.len(),
            self.refused,
            self.let_in,
            self.put_off,
            self.rotated
        )?;
        for sentence in self.forbidden.iter().take(SHOWN) {
            writeln!(f, "{sentence}")?;
        }
        match self.forbidden.len().checked_sub(SHOWN) {
            Some(more @ 1..) => writeln!(f, "and {more} more"),
            _ => Ok(()),
        }
    }
}
