//! The checker finds what it is there for, and nothing in what is right: histories made by
//! hand.

use crate::checker::{Report, Rules, check};
use crate::history::{Ask, Event, Micros, Request, TokenId};

const ADA: i64 = 1;
/// Long after the end of every history here.
const LATE: Micros = 1_000_000_000;

fn token(session: &str, jti: &str) -> TokenId {
    TokenId {
        session: session.to_owned(),
        jti: jti.to_owned(),
        user: ADA,
        good_until: LATE,
    }
}

/// A request to node 0 that takes a tenth of a second, answered 200.
fn at(tenth: Micros, ask: Ask) -> Request {
    Request {
        node: Some(0),
        started: tenth * 100_000,
        ended: tenth * 100_000 + 90_000,
        ask,
        token: None,
        user: None,
        target: None,
        status: Some(200),
        code: String::new(),
        access: None,
        refresh: None,
    }
}

impl Request {
    fn on(mut self, node: usize) -> Self {
        self.node = Some(node);
        self
    }

    fn with(mut self, session: &str, jti: &str) -> Self {
        self.token = Some(token(session, jti));
        self
    }

    fn opening(mut self, session: &str, jti: &str) -> Self {
        self.access = Some(token(session, &format!("access of {jti}")));
        self.refresh = Some(token(session, jti));
        self
    }

    fn answered(mut self, status: u16, code: &str) -> Self {
        code.clone_into(&mut self.code);
        self.status = Some(status);
        self
    }

    fn lasting(mut self, tenths: Micros) -> Self {
        self.ended = self.started + tenths * 100_000;
        self
    }
}

fn log_in(tenth: Micros, session: &str, jti: &str) -> Request {
    at(tenth, Ask::LogIn).opening(session, jti)
}

fn access(tenth: Micros, session: &str) -> Request {
    at(tenth, Ask::Access).with(session, "a")
}

fn refresh(tenth: Micros, session: &str, old: &str, new: &str) -> Request {
    at(tenth, Ask::Refresh)
        .with(session, old)
        .opening(session, new)
}

fn log_out(tenth: Micros, session: &str) -> Request {
    at(tenth, Ask::LogOut).with(session, "a")
}

fn revoked(request: Request) -> Request {
    let mut request = request.answered(401, "Token is revoked");
    (request.access, request.refresh) = (None, None);
    request
}

fn report(requests: impl IntoIterator<Item = Request>) -> Report {
    let events: Vec<_> = requests
        .into_iter()
        .map(|request| Event::Asked(Box::new(request)))
        .collect();
    check(&events, Rules::default())
}

#[track_caller]
fn right(requests: impl IntoIterator<Item = Request>) -> Report {
    let report = report(requests);
    assert!(report.forbidden.is_empty(), "{report}");
    report
}

#[track_caller]
fn wrong(sentence: &str, requests: impl IntoIterator<Item = Request>) {
    let report = report(requests);
    assert!(
        report.forbidden.iter().any(|one| one.contains(sentence)),
        "{report}"
    );
}

const ACCEPTED: &str = "a token of an ended session was accepted";
const SENT_AWAY: &str = "an honest person was sent away";

#[test]
fn a_quiet_life_is_right() {
    let report = right([
        log_in(0, "s", "r0"),
        access(1, "s"),
        refresh(2, "s", "r0", "r1").on(1),
        access(3, "s").on(2),
        log_out(4, "s"),
        revoked(access(5, "s")),
        revoked(access(40, "s").on(2)),
    ]);
    assert_eq!((report.let_in, report.refused, report.rotated), (4, 2, 1));
}

#[test]
fn what_the_answering_node_accepts_after_a_log_out_is_found() {
    let history = || [log_in(0, "s", "r0"), log_out(1, "s")];
    wrong(ACCEPTED, history().into_iter().chain([access(2, "s")]));
    // One that had begun before the answer came may have been first.
    right(history().into_iter().chain([access(1, "s").lasting(5)]));
}

#[test]
fn what_another_node_accepts_after_the_lease_is_found() {
    let history = || [log_in(0, "s", "r0"), log_out(1, "s")];
    right(history().into_iter().chain([access(20, "s").on(1)]));
    wrong(
        ACCEPTED,
        history().into_iter().chain([access(22, "s").on(1)]),
    );
}

#[test]
fn a_refresh_anywhere_after_a_log_out_is_found() {
    let history = |refresh: Request| [log_in(0, "s", "r0"), log_out(1, "s"), refresh];
    wrong(ACCEPTED, history(refresh(2, "s", "r0", "r1").on(1)));
    right(history(revoked(refresh(2, "s", "r0", "r1").on(1))));
}

#[test]
fn a_node_that_refuses_and_then_accepts_is_found() {
    wrong(
        ACCEPTED,
        [
            log_in(0, "s", "r0"),
            log_out(1, "s").answered(503, ""),
            revoked(access(2, "s")),
            access(3, "s"),
        ],
    );
}

#[test]
fn what_survives_a_revocation_by_somebody_else_is_found() {
    let end = |ask| {
        let mut end = at(1, ask).on(1);
        (end.target, end.user, end.node) = (Some("s".to_owned()), Some(ADA), None);
        end
    };
    for ask in [Ask::End, Ask::EndAll, Ask::Password] {
        let history = [log_in(0, "s", "r0"), end(ask), access(22, "s")];
        wrong(ACCEPTED, history);
    }
}

#[test]
fn ending_the_others_spares_the_one_that_asks_and_whoever_comes_later() {
    let history = || {
        [
            log_in(0, "own", "r0"),
            log_in(1, "other", "r1"),
            at(2, Ask::EndOthers).with("own", "a"),
            log_in(3, "late", "r2"),
        ]
    };
    right(
        history()
            .into_iter()
            .chain([access(40, "own"), access(41, "late")]),
    );
    wrong(ACCEPTED, history().into_iter().chain([access(40, "other")]));
    wrong(
        SENT_AWAY,
        history().into_iter().chain([revoked(access(40, "own"))]),
    );
    wrong(
        SENT_AWAY,
        history().into_iter().chain([revoked(access(40, "late"))]),
    );
    right(history().into_iter().chain([revoked(access(40, "other"))]));
}

#[test]
fn a_password_change_spares_the_session_that_it_opens() {
    let history = || {
        [
            log_in(0, "old", "r0"),
            at(1, Ask::Password).with("old", "a").opening("new", "r1"),
        ]
    };
    right(history().into_iter().chain([access(2, "new")]));
    wrong(ACCEPTED, history().into_iter().chain([access(2, "old")]));
    wrong(
        SENT_AWAY,
        history().into_iter().chain([revoked(access(2, "new"))]),
    );
}

#[test]
fn a_log_in_over_an_old_session_ends_it() {
    let history = [
        log_in(0, "old", "r0"),
        log_in(1, "new", "r1").with("old", "r0"),
        access(2, "old"),
    ];
    wrong(ACCEPTED, history);
}

#[test]
fn an_honest_person_who_is_sent_away_is_found() {
    wrong(SENT_AWAY, [log_in(0, "s", "r0"), revoked(access(1, "s"))]);
    wrong(
        SENT_AWAY,
        [
            log_in(0, "s", "r0"),
            access(1, "s").answered(401, "Token is invalid"),
        ],
    );
    // Nobody is honest with an expired token, nor while a log-out of theirs is under way.
    let mut expired = access(1, "s").answered(401, "Token is expired");
    expired.token.as_mut().unwrap().good_until = 100_000;
    right([log_in(0, "s", "r0"), expired]);
    right([
        log_in(0, "s", "r0"),
        log_out(1, "s").lasting(9).answered(503, ""),
        revoked(access(2, "s")),
    ]);
}

#[test]
fn a_repeat_within_the_grace_is_honest_and_one_after_it_is_reuse() {
    let used = || [log_in(0, "s", "r0"), refresh(1, "s", "r0", "r1")];
    right(used().into_iter().chain([refresh(50, "s", "r0", "r1")]));
    let again = |tenth| revoked(refresh(tenth, "s", "r0", "r1"));
    wrong(SENT_AWAY, used().into_iter().chain([again(50)]));
    right(used().into_iter().chain([again(110)]));
}

#[test]
fn two_successors_of_one_token_are_found() {
    wrong(
        "new refresh tokens",
        [
            log_in(0, "s", "r0"),
            refresh(1, "s", "r0", "r1"),
            refresh(1, "s", "r0", "r2").on(1),
        ],
    );
    // The second is the successor's successor: the line is one.
    right([
        log_in(0, "s", "r0"),
        refresh(1, "s", "r0", "r1"),
        refresh(2, "s", "r1", "r2").on(1),
        refresh(3, "s", "r0", "r2"),
    ]);
}

#[test]
fn a_token_that_comes_back_is_found() {
    wrong(
        "then the first again",
        [
            log_in(0, "s", "r0"),
            refresh(1, "s", "r0", "r1"),
            refresh(2, "s", "r1", "r2"),
            refresh(3, "s", "r0", "r1"),
        ],
    );
    wrong(
        "a superseded token was current again",
        [
            log_in(0, "s", "r0"),
            refresh(1, "s", "r0", "r1"),
            refresh(2, "s", "r1", "r0"),
        ],
    );
    wrong(
        "the same token",
        [log_in(0, "s", "r0"), refresh(1, "s", "r0", "r0")],
    );
}

#[test]
fn a_strange_status_is_found() {
    for status in [302, 400, 403, 404, 408, 429, 500, 502] {
        let history = [log_in(0, "s", "r0"), access(1, "s").answered(status, "")];
        wrong("none of ours", history);
    }
    right([log_in(0, "s", "r0"), access(1, "s").answered(503, "")]);
}

#[test]
fn silence_is_found_unless_the_node_was_down() {
    let silent = || {
        let mut request = access(5, "s");
        request.status = None;
        Event::Asked(Box::new(request))
    };
    let down = |from: Micros, to: Micros| {
        let (node, tenth) = (0, 100_000);
        [
            Event::Down {
                node,
                at: from * tenth,
            },
            Event::Up {
                node,
                at: to * tenth,
            },
            silent(),
        ]
    };
    let of = |events: &[Event]| check(events, Rules::default()).forbidden.len();
    assert_eq!(of(&[silent()]), 1);
    assert_eq!(of(&down(1, 3)), 1);
    assert_eq!(of(&down(4, 9)), 0);
    assert_eq!(of(&down(4, 9)[..1]), 0);
}
