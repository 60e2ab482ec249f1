//! The state machine against a model: whatever the interleaving, one successor.

use chrono::TimeDelta;
use frontgate::clock::Moment;
use frontgate::rotation::{Decision, Life, Presented, SessionState, State, decide};
use proptest::prelude::*;

use crate::support::TestApp;

const GRACE: TimeDelta = TimeDelta::seconds(10);
const LIFETIME: TimeDelta = TimeDelta::days(7);

/// What somebody does with the tokens of one session.
#[derive(Clone, Debug)]
enum Step {
    /// Presents the token of this age: 0 is the newest.
    Refresh {
        age: usize,
    },
    LogOut,
    /// The user is deactivated.
    Deactivate,
    Wait {
        milliseconds: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0usize..4).prop_map(|age| Step::Refresh { age }),
        4 => (0i64..15_000).prop_map(|milliseconds| Step::Wait { milliseconds }),
        1 => Just(Step::Wait { milliseconds: LIFETIME.num_milliseconds() - 1 }),
        1 => Just(Step::LogOut),
        1 => Just(Step::Deactivate),
    ]
}

/// A session carried out in memory, as `sessions` carries it out in the database.
struct Family {
    state: SessionState,
    /// Every token ever issued, the newest last, with when it was superseded.
    tokens: Vec<(String, Option<Moment>)>,
    now: Moment,
}

impl Family {
    fn new() -> Self {
        let now = TestApp::start_of_time();
        Self {
            state: SessionState {
                current_jti: "0".to_owned(),
                life: Life {
                    ended: false,
                    expires_at: now + LIFETIME,
                    generation: 0,
                    user_generation: Some(0),
                    floor: 0,
                    key_is_refused: false,
                },
            },
            tokens: vec![("0".to_owned(), None)],
            now,
        }
    }

    fn decide(&self, token: usize) -> Decision {
        let (jti, superseded_at) = &self.tokens[token];
        let presented = Presented {
            jti,
            superseded_at: *superseded_at,
        };
        decide(&self.state, &presented, self.now, GRACE)
    }

    fn carry_out(&mut self, token: usize, decision: Decision) {
        match decision {
            Decision::Rotate => {
                self.tokens[token].1 = Some(self.now);
                let jti = self.tokens.len().to_string();
                self.state.current_jti.clone_from(&jti);
                self.state.life.expires_at = self.now + LIFETIME;
                self.tokens.push((jti, None));
            }
            Decision::Reuse => self.state.life.ended = true,
            Decision::Repeat | Decision::Refuse => {}
        }
    }

    fn is_live(&self) -> bool {
        self.state.life.state(self.now) == State::Live
    }

    fn tokens_that_rotate(&self) -> usize {
        (0..self.tokens.len())
            .filter(|token| self.decide(*token) == Decision::Rotate)
            .count()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_interleaving_keeps_one_successor_honours_retries_and_ends_on_reuse(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let mut family = Family::new();
        for step in steps {
            match step {
                Step::Wait { milliseconds } => family.now += TimeDelta::milliseconds(milliseconds),
                Step::LogOut => family.state.life.ended = true,
                Step::Deactivate => family.state.life.user_generation = None,
                Step::Refresh { age } => {
                    let token = family.tokens.len().saturating_sub(1 + age);
                    let was_live = family.is_live();
                    let superseded_at = family.tokens[token].1;
                    let decision = family.decide(token);
                    family.carry_out(token, decision);
                    // The oracle knows nothing of the state machine: only who superseded
                    // what, and when.
                    let expected = match superseded_at {
                        _ if !was_live => Decision::Refuse,
                        None => Decision::Rotate,
                        Some(at) if family.now < at + GRACE => Decision::Repeat,
                        Some(_) => Decision::Reuse,
                    };
                    prop_assert_eq!(decision, expected);
                    if was_live && decision == Decision::Repeat {
                        prop_assert!(family.is_live(), "an honest retry ended its session");
                    }
                    if was_live && expected == Decision::Reuse {
                        prop_assert!(!family.is_live(), "reuse left the session alive");
                    }
                }
            }
            let live = family.tokens_that_rotate();
            prop_assert!(live <= 1, "{} live refresh tokens", live);
            prop_assert_eq!(live == 1, family.is_live());
        }
    }
}

#[test]
fn a_token_without_a_row_is_reuse_and_not_a_retry() {
    let family = Family::new();
    let forgotten = Presented {
        jti: "forgotten",
        superseded_at: None,
    };
    assert_eq!(
        decide(&family.state, &forgotten, family.now, GRACE),
        Decision::Reuse
    );
}

#[test]
fn the_grace_ends_exactly_when_it_is_over() {
    let mut family = Family::new();
    family.carry_out(0, Decision::Rotate);
    family.now += GRACE - TimeDelta::microseconds(1);
    assert_eq!(family.decide(0), Decision::Repeat);
    family.now += TimeDelta::microseconds(1);
    assert_eq!(family.decide(0), Decision::Reuse);
}
