//! What every handler shares, and the order of the middleware.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::web;

use crate::activity::Activity;
use crate::alarms::{Alarms, Doubtful};
use crate::clock::{Clock, Moment};
use crate::config::{SecretKey, Settings};
use crate::cookie_hint::CookieHint;
use crate::db::{Database, Outcome, wake_followers};
use crate::error::Error;
use crate::failed_log_ins::{FailedLogIns, Failure};
use crate::guessing::Guessing;
use crate::jobs::Bell;
use crate::models::activity::{Kind, Tally};
use crate::passwords::PasswordHasher;
use crate::proxy_hint::ProxyHint;
use crate::repeats::Repeats;
use crate::revocation::RevocationSet;
use crate::revocation::control::Control;
use crate::revocation::doubt::Doubts;
use crate::revocation::feed::Feed;
use crate::revocation::lease::Lease;
use crate::sessions::{AddressHolds, By, Change, Client, Consequences, Policy, TokenPair};
use crate::this_node::ThisNode;
use crate::tokens::{AccessToken, TokenError, TokenKeys};

/// The state of a running server.
#[derive(Debug)]
pub struct App {
    /// All settings.
    pub settings: Settings,
    /// Whether the server is about to stop.
    pub stopping: Arc<AtomicBool>,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub database: Database,
    /// What signs and verifies.
    pub keys: TokenKeys,
    /// What minting needs of the settings.
    pub policy: Arc<Policy>,
    /// What is revoked.
    pub revoked: Arc<RevocationSet>,
    /// What may be revoked.
    pub doubts: Doubts,
    /// How far what is known to be revoked may be trusted.
    pub lease: Arc<Lease>,
    /// What follows the revocations of other processes.
    pub feed: Arc<Control>,
    /// The threads that hash passwords.
    pub passwords: PasswordHasher,
    /// Log-ins that failed and are not in the audit log yet.
    pub failed_log_ins: FailedLogIns,
    /// Repeated refreshes that are not in the audit log yet.
    pub repeats: Repeats,
    /// Who may be guessing passwords.
    pub guessing: Guessing,
    /// What happened and is not in the figures yet.
    pub activity: Activity,
    /// This server among those of the database.
    pub node: ThisNode,
    /// Alarms that the operator's program has not got yet.
    pub alarms: Alarms,
    /// Alarms of changes of which it is not known whether they were stored.
    pub doubtful_alarms: Doubtful,
    /// Wakes and stops the worker of this server's jobs.
    pub jobs: Bell,
    /// Notices browsers that drop Secure cookies.
    pub cookie_hint: CookieHint,
    /// Bounds what the log says of proxies that name no client.
    pub proxy_hint: ProxyHint,
}

/// The two tokens of an answer, signed.
#[derive(Clone, Debug)]
pub struct SignedPair {
    /// The access token.
    pub access: String,
    /// Its `exp`.
    pub access_exp: i64,
    /// The refresh token.
    pub refresh: String,
    /// Its `exp`.
    pub refresh_exp: i64,
}

impl App {
    /// The state before anything is known to be revoked; see
    /// [`crate::revocation::feed::start`]. `port` is the one that it listens on.
    pub fn new(
        settings: Settings,
        secret: &SecretKey,
        clock: Clock,
        port: u16,
    ) -> std::io::Result<Self> {
        let keys = TokenKeys::new(secret, &settings.tokens);
        let policy = Policy {
            tokens: settings.tokens.clone(),
            profile: keys.profile().clone(),
            key_id: secret.id(),
            holds: AddressHolds::new(secret, &settings.accounts),
        };
        Ok(Self {
            database: Database::new(&settings.database),
            passwords: PasswordHasher::new(&settings.passwords)?,
            revoked: Arc::default(),
            doubts: Doubts::default(),
            lease: Arc::new(Lease::new(
                settings.revocation.revocation_max_staleness.duration(),
            )),
            failed_log_ins: FailedLogIns::default(),
            repeats: Repeats::default(),
            guessing: Guessing::default(),
            activity: Activity::default(),
            node: ThisNode::new(settings.server.node_name.as_deref(), port),
            alarms: Alarms::default(),
            doubtful_alarms: Doubtful::default(),
            jobs: Bell::default(),
            cookie_hint: CookieHint::default(),
            proxy_hint: ProxyHint::default(),
            feed: Arc::default(),
            policy: Arc::new(policy),
            keys,
            stopping: Arc::default(),
            clock,
            settings,
        })
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Counts a failed log-in, for the audit log, for the figures and for the alarm about
    /// guessing.
    pub fn log_in_failed(&self, failure: Failure, client: &Client) {
        let now = self.now();
        let mut tally = Tally::default();
        tally.add(Kind::LogInFailed, 1);
        self.activity.count(|counts| counts.count(&tally, now));
        self.guessing.count(failure, client, now);
        self.failed_log_ins
            .count(|counts| counts.count(failure, client, now));
    }

    /// Verifies an access token and that nothing that it hangs on was revoked: its session,
    /// its user, its key, everything.
    ///
    /// # Errors
    /// [`Error::NotFresh`] when this node cannot know: never a guess. So it is for a moment
    /// when the COMMIT of a revocation had no answer.
    pub fn verify_access(&self, token: &str) -> Result<Arc<AccessToken>, Error> {
        let access = self.keys.verify_access(token, self.now())?;
        // The lease first: what is asked next then knows at least as much as it promises.
        let fresh = self.check_lease();
        if self.revoked.contains(&access) || self.revoked.contains_key(&self.policy.key_id) {
            return Err(Error::Token(TokenError::Revoked));
        }
        fresh?;
        if self
            .doubts
            .concern(&access, &self.policy.key_id, self.clock.uptime())
        {
            return Err(Error::NotFresh);
        }
        Ok(access)
    }

    /// Fails while this server signs with another key than those that were there before.
    pub fn check_key(&self) -> Result<(), Error> {
        if self.node.must_yield() {
            Err(Error::OtherKey)
        } else {
            Ok(())
        }
    }

    /// Fails when revocations may have happened that this node has not heard of.
    pub fn check_lease(&self) -> Result<(), Error> {
        if self.lease.holds(self.clock.uptime()) {
            Ok(())
        } else {
            Err(Error::NotFresh)
        }
    }

    /// Changes something in one transaction, on behalf of `by`. What `work` revokes, this node
    /// refuses from the moment of the commit on, and other nodes a moment later, even when the
    /// client has hung up meanwhile; what it counts is counted then, and its alarms are raised.
    pub async fn change<T: Send + 'static>(
        app: &web::Data<Self>,
        by: impl Into<By>,
        work: impl FnOnce(&mut Change<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let listens = app.settings.revocation.revocation_listen;
        let (node, clock, by) = (app.clone(), app.clock.clone(), by.into());
        let changed = app.database.write_and_then(
            move |connection| {
                let mut change = Change::new(connection, &clock, &by);
                let value = work(&mut change)?;
                let consequences = change.into_consequences();
                if listens {
                    wake_followers(connection, consequences.revocations())?;
                }
                Ok::<_, Error>((value, consequences))
            },
            move |(_, consequences), outcome| node.release(consequences, outcome),
        );
        changed.await.map(|(value, _)| value)
    }

    /// Lets follow what must follow from a change, now that its COMMIT was answered, or was not.
    fn release(&self, consequences: &Consequences, outcome: Outcome) {
        if outcome == Outcome::Unknown {
            let now = self.clock.uptime();
            self.doubts.add(consequences.revocations(), now);
            self.doubtful_alarms.add(consequences.alarms(), now);
            return;
        }
        for revocation in consequences.revocations() {
            self.revoked.add(revocation);
        }
        let now = self.now();
        self.activity
            .count(|counts| counts.count(consequences.activity(), now));
        self.repeats.count(|counts| {
            for repeat in consequences.repeats() {
                counts.count(repeat, now);
            }
        });
        self.alarms.raise(consequences.alarms().iter().cloned());
    }

    /// What follows the revocations of other processes into this state.
    #[must_use]
    pub fn revocation_feed(&self) -> Feed {
        let settings = &self.settings;
        Feed {
            revoked: Arc::downgrade(&self.revoked),
            lease: Arc::clone(&self.lease),
            control: Arc::clone(&self.feed),
            clock: self.clock.clone(),
            database: settings.database.database_url.clone(),
            database_timeout: settings.database.database_timeout.duration(),
            settings: settings.revocation.clone(),
        }
    }

    /// Signs both tokens.
    pub fn sign(&self, pair: &TokenPair) -> Result<SignedPair, Error> {
        Ok(SignedPair {
            access: self.keys.sign_access(&pair.access)?,
            access_exp: pair.access.exp,
            refresh: self.keys.sign_refresh(&pair.refresh)?,
            refresh_exp: pair.refresh.exp,
        })
    }
}
