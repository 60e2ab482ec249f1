//! One successor: the refresh tokens of a session follow each other in a line, whoever asks
//! and however often.

use std::collections::{HashMap, HashSet};

use super::Report;
use crate::history::{Ask, Request};

/// Looks for two current successors of one token, and for a token that came back.
pub fn check(requests: &[&Request], report: &mut Report) {
    let mut sessions: HashMap<&str, Vec<&Request>> = HashMap::new();
    for request in requests.iter().filter(|one| one.ask == Ask::Refresh) {
        if let Some(session) = request.session() {
            sessions.entry(session).or_default().push(request);
        }
    }
    for refreshes in sessions.values_mut() {
        refreshes.sort_by_key(|request| request.ended);
        report.rotated += refreshes.iter().filter(|one| one.refresh.is_some()).count();
        check_numbers(refreshes, report);
        check_order(refreshes, report);
    }
}

/// Each token that was presented has one successor at most: so there are no more new tokens
/// than tokens that may have been rotated.
fn check_numbers(refreshes: &[&Request], report: &mut Report) {
    let new: HashSet<&str> = refreshes.iter().filter_map(|one| made(one)).collect();
    let used: HashSet<&str> = refreshes
        .iter()
        .filter(|one| one.status != Some(401))
        .filter_map(|one| presented(one))
        .collect();
    if new.len() > used.len() {
        let (new, used) = (new.len(), used.len());
        report.found(
            format!("{new} new refresh tokens of a session came of {used} old ones"),
            refreshes,
        );
    }
}

/// A token that was current, then was not, is never current again.
fn check_order(refreshes: &[&Request], report: &mut Report) {
    for (place, first) in refreshes.iter().enumerate() {
        let (Some(old), Some(new)) = (presented(first), made(first)) else {
            continue;
        };
        if old == new {
            report.found("a refresh answered the same token".to_owned(), &[first]);
        }
        for second in &refreshes[place + 1..] {
            if second.started <= first.ended || made(second).is_none_or(|other| other == new) {
                continue;
            }
            if made(second) == Some(old) {
                report.found(
                    "a superseded token was current again".to_owned(),
                    &[first, second],
                );
            }
            let back = refreshes
                .iter()
                .find(|third| third.started > second.ended && made(third) == Some(new));
            if let Some(third) = back {
                report.found(
                    "a token was current, then another, then the first again".to_owned(),
                    &[first, second, third],
                );
            }
        }
    }
}

fn presented(refresh: &Request) -> Option<&str> {
    refresh.token.as_ref().map(|token| token.jti.as_str())
}

fn made(refresh: &Request) -> Option<&str> {
    refresh.refresh.as_ref().map(|token| token.jti.as_str())
}
