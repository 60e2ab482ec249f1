//! The whole server against a model: random refreshes, retries, log-outs and log-ins.

use chrono::TimeDelta;
use frontgate::clock::Moment;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::{Backend, Browser, PASSWORD, TestApp, on_both_databases};

const GRACE: TimeDelta = TimeDelta::seconds(10);
const CASES: usize = 25;

#[derive(Clone, Debug)]
enum Step {
    /// Presents the refresh token of this age: 0 is the newest.
    Refresh {
        age: usize,
    },
    /// Logs out with the refresh token of this age.
    LogOut {
        age: usize,
    },
    LogIn,
    Wait {
        milliseconds: i64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0usize..4).prop_map(|age| Step::Refresh { age }),
        1 => (0usize..4).prop_map(|age| Step::LogOut { age }),
        1 => Just(Step::LogIn),
        4 => (0i64..12_000).prop_map(|milliseconds| Step::Wait { milliseconds }),
    ];
    prop::collection::vec(step, 5..25)
}

/// What the model knows of a refresh token.
struct Known<'a> {
    /// A browser that holds it, and the access token that came with it.
    browser: Browser<'a>,
    session: usize,
    superseded_at: Option<Moment>,
}

struct Model<'a> {
    app: &'a TestApp,
    email: String,
    tokens: Vec<Known<'a>>,
    /// Whether each session lives.
    live: Vec<bool>,
}

impl<'a> Model<'a> {
    async fn log_in(&mut self) {
        let mut browser = self.app.browser();
        let answer = browser.log_in(&self.email, PASSWORD).await;
        assert_eq!(answer.status, 200, "{answer}");
        self.live.push(true);
        let session = self.live.len() - 1;
        self.remember(browser, session);
    }

    fn remember(&mut self, browser: Browser<'a>, session: usize) {
        self.tokens.push(Known {
            browser,
            session,
            superseded_at: None,
        });
    }

    async fn refresh(&mut self, token: usize) {
        let now = self.app.clock.now();
        let session = self.tokens[token].session;
        let mut browser = self.tokens[token].browser.clone();
        let answer = browser.refresh().await;
        let newest = self
            .tokens
            .iter()
            .rposition(|known| known.session == session)
            .unwrap();
        match self.tokens[token].superseded_at {
            _ if !self.live[session] => assert_eq!(answer.status, 401, "{answer}"),
            None => {
                assert_eq!(answer.status, 200, "{answer}");
                assert_ne!(
                    browser.refresh_token(),
                    self.tokens[token].browser.refresh_token()
                );
                self.tokens[token].superseded_at = Some(now);
                self.remember(browser, session);
            }
            Some(at) if now < at + GRACE => {
                assert_eq!(answer.status, 200, "{answer}");
                let current = self.tokens[newest].browser.refresh_token();
                assert_eq!(browser.refresh_token(), current, "a retry made a branch");
            }
            Some(_) => {
                assert_eq!(answer.status, 401, "{answer}");
                self.live[session] = false;
            }
        }
    }

    async fn log_out(&mut self, token: usize) {
        let session = self.tokens[token].session;
        let answer = self.tokens[token]
            .browser
            .with_only("refresh")
            .log_out()
            .await;
        // A live session is logged out by any of its tokens.
        assert_eq!(
            answer.status,
            if self.live[session] { 200 } else { 401 },
            "{answer}"
        );
        self.live[session] = false;
    }

    /// Every access token ever handed out lives exactly as long as its session.
    async fn check_access(&self) {
        for known in &self.tokens {
            let answer = known.browser.with_only("access").info().await;
            let wanted = if self.live[known.session] { 200 } else { 401 };
            assert_eq!(answer.status, wanted, "session {}: {answer}", known.session);
        }
    }
}

on_both_databases! {
    async fn random_interleavings_end_as_the_model_says(backend: Backend) {
        let app = TestApp::new(backend).await;
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        for case in 0..CASES {
            let steps = steps().new_tree(&mut runner).unwrap().current();
            let email = format!("ada{case}@example.com");
            let browser = app.signed_up(&email).await;
            let mut model = Model { app: &app, email, tokens: Vec::new(), live: vec![true] };
            model.remember(browser, 0);
            for step in steps {
                let aged = |age: usize, tokens: usize| tokens.saturating_sub(1 + age);
                match step {
                    Step::Refresh { age } => model.refresh(aged(age, model.tokens.len())).await,
                    Step::LogOut { age } => model.log_out(aged(age, model.tokens.len())).await,
                    Step::LogIn => model.log_in().await,
                    Step::Wait { milliseconds } => app.advance(TimeDelta::milliseconds(milliseconds)),
                }
            }
            model.check_access().await;
        }
    }
}
