//! When each session of a history has surely ended, and when it has perhaps.

use std::collections::HashMap;

use super::Rules;
use crate::history::{Ask, Micros, Request, TokenId};

/// A session is over: an answer has said so.
#[derive(Clone, Copy, Debug)]
pub struct SureEnd<'a> {
    pub at: Micros,
    /// The node that answered.
    pub node: Option<usize>,
    pub cause: &'a Request,
}

/// Everything in a history that ends sessions.
#[derive(Default)]
pub struct Ends<'a> {
    /// What opened each session.
    opened: HashMap<&'a str, &'a Request>,
    /// Answers that say that this one session is over.
    surely: HashMap<&'a str, Vec<&'a Request>>,
    /// Requests that may have ended this one session, whatever was answered.
    perhaps: HashMap<&'a str, Vec<&'a Request>>,
    /// Requests that end several sessions of a user.
    of_user: HashMap<i64, Vec<&'a Request>>,
}

impl<'a> Ends<'a> {
    pub fn of(requests: &[&'a Request], rules: Rules) -> Self {
        let mut ends = Self::default();
        let mut used: HashMap<&str, Micros> = HashMap::new();
        for request in requests {
            ends.note(request);
            if request.ask == Ask::Refresh
                && let Some(token) = &request.token
                && request.status != Some(401)
            {
                let first = used.entry(&token.jti).or_insert(request.started);
                *first = request.started.min(*first);
            }
        }
        // A refresh token that comes again after the grace ends its session.
        for request in requests.iter().filter(|one| one.ask == Ask::Refresh) {
            let Some(token) = &request.token else {
                continue;
            };
            let first = used.get(token.jti.as_str());
            if first.is_some_and(|first| request.ended.saturating_sub(*first) >= rules.grace) {
                let list = ends.perhaps.entry(&token.session).or_default();
                list.push(request);
            }
        }
        ends
    }

    fn note(&mut self, request: &'a Request) {
        if matches!(request.ask, Ask::SignUp | Ask::LogIn | Ask::Password) {
            for token in [&request.access, &request.refresh].into_iter().flatten() {
                self.opened.entry(&token.session).or_insert(request);
            }
        }
        let concerned = match request.ask {
            Ask::LogOut | Ask::LogIn => request.session(),
            Ask::End => request.target.as_deref(),
            Ask::EndOthers | Ask::EndAll | Ask::Password => {
                if let Some(user) = request.user() {
                    self.of_user.entry(user).or_default().push(request);
                }
                None
            }
            Ask::SignUp | Ask::Refresh | Ask::Access => None,
        };
        if let Some(session) = concerned {
            self.perhaps.entry(session).or_default().push(request);
            if request.succeeded() {
                self.surely.entry(session).or_default().push(request);
            }
        }
        // A refusal is as good as a revocation: what was refused stays refused.
        let refused = request.status == Some(401)
            && (request.ask == Ask::Refresh || request.code.contains("revoked"));
        if let (true, Some(session)) = (refused, request.session()) {
            self.surely.entry(session).or_default().push(request);
        }
    }

    /// The answers after which nothing of this session may be accepted.
    pub fn surely(&self, session: &str) -> impl Iterator<Item = SureEnd<'a>> {
        let opened = self.opened.get(session).copied();
        let alone = self.surely.get(session).into_iter().flatten().copied();
        let user = opened.and_then(opened_token).map(|token| token.user);
        let with_others = user.and_then(|user| self.of_user.get(&user));
        let with_others = with_others.into_iter().flatten().copied();
        let with_others = with_others.filter(move |request| {
            request.succeeded()
                && opened.is_some_and(|opened| {
                    opened.ended < request.started && !spares(request, opened)
                })
        });
        alone.chain(with_others).map(|cause| {
            // What the database has told one request, the node need not have heard yet.
            let only_told = !cause.succeeded()
                && matches!(
                    cause.ask,
                    Ask::End | Ask::EndOthers | Ask::EndAll | Ask::Password
                );
            SureEnd {
                at: cause.ended,
                node: cause.node.filter(|_| !only_told),
                cause,
            }
        })
    }

    /// Whether anything may have ended the session of this token before `request` was
    /// answered; `request` itself does not count, unless it may be reuse.
    pub fn perhaps(&self, token: &TokenId, request: &Request) -> bool {
        let before = |cause: &&&Request| {
            cause.started <= request.ended
                && (cause.ask == Ask::Refresh || !std::ptr::eq(**cause, request))
        };
        let opened = self.opened.get(token.session.as_str()).copied();
        let alone = self.perhaps.get(token.session.as_str());
        let with_others = self.of_user.get(&token.user);
        alone.into_iter().flatten().filter(before).count() > 0
            || with_others
                .into_iter()
                .flatten()
                .filter(before)
                .any(|cause| {
                    // Whoever is opened afterwards, or by it, is not ended by it.
                    !opened.is_some_and(|opened| {
                        std::ptr::eq(opened, *cause)
                            || opened.started > cause.ended
                            || spares(cause, opened)
                    })
                })
    }
}

/// Whether `cause` ends all sessions of the user but this one.
fn spares(cause: &Request, opened: &Request) -> bool {
    cause.ask == Ask::EndOthers
        && cause.session() == opened_token(opened).map(|token| token.session.as_str())
}

fn opened_token(opened: &Request) -> Option<&TokenId> {
    opened.access.as_ref().or(opened.refresh.as_ref())
}
