//! The feed: a thread with a connection of its own that follows what is revoked elsewhere.
//!
//! It waits for nobody: not for the pool, not for the threads that hash, not for a handler.
//! Each poll that succeeds renews the [`super::lease`]. When one fails the thread connects
//! anew and reads everything again; when one hangs, on a connection that swallows what is
//! sent, another thread takes over.

use std::sync::Arc;
use std::sync::Weak;
use std::thread;
use std::time::Duration;

use actix_web::web;

use super::RevocationSet;
use super::control::{Control, MOST_THREADS};
use super::lease::Lease;
use crate::clock::{Clock, Uptime};
use crate::config::{DatabaseUrl, RevocationSettings};
use crate::db::{FollowError, Follower};

/// How often notifications are looked at: a system call, not a statement.
const EAR: Duration = Duration::from_millis(20);

/// What the feed follows, and where it keeps what it learns.
#[derive(Clone, Debug)]
pub struct Feed {
    /// What is revoked; the feed ends when nobody else has it any more.
    pub revoked: Weak<RevocationSet>,
    /// What each poll renews.
    pub lease: Arc<Lease>,
    /// What stops it.
    pub control: Arc<Control>,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub database: DatabaseUrl,
    /// `database_timeout`.
    pub database_timeout: Duration,
    /// How often, for how long, and whether it listens.
    pub settings: RevocationSettings,
}

/// Reads every revocation there is, and goes on reading in a thread of its own. A server is
/// not ready before this has succeeded.
pub async fn start(feed: Feed) -> Result<(), FollowError> {
    let first = {
        let feed = feed.clone();
        web::block(move || {
            let revoked = feed.revoked.upgrade().ok_or(FollowError::Confused)?;
            let mut follower = feed.begin(&revoked)?;
            // Reading very many may have taken longer than the lease lasts.
            feed.poll(&revoked, &mut follower)?;
            Ok::<_, FollowError>(follower)
        })
    };
    let follower = first.await.map_err(|_| FollowError::Confused)??;
    feed.spawn(Some(follower));
    actix_web::rt::spawn(feed.watch());
    Ok(())
}

impl Feed {
    fn spawn(&self, follower: Option<Follower>) {
        let thread = Thread {
            feed: self.clone(),
            number: self.control.next_thread(),
        };
        let number = thread.number;
        let spawned = thread::Builder::new()
            .name("revocations".to_owned())
            .spawn(move || thread.run(follower));
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread to follow the revocations; trying again");
            self.control.not_started(number, self.clock.uptime());
        }
    }

    /// Starts another thread when the one that follows has been busy with one poll for longer
    /// than any time-out of the database lasts.
    async fn watch(self) {
        while self.is_wanted() {
            let patience = self.timeout() * 3 + Duration::from_secs(1);
            if self.control.stuck(self.clock.uptime(), patience)
                && self.control.threads() < MOST_THREADS
            {
                tracing::warn!(
                    "following the revocations hangs: the database or the network swallows what is sent; connecting anew"
                );
                self.spawn(None);
            }
            tokio::time::sleep(self.interval()).await;
        }
    }

    fn is_wanted(&self) -> bool {
        self.revoked.strong_count() > 0 && !self.control.stopped()
    }

    fn interval(&self) -> Duration {
        self.settings.revocation_poll_interval.duration()
    }

    /// What bounds each step: a lease that has run out is to be renewed soon.
    fn timeout(&self) -> Duration {
        let staleness = self.settings.revocation_max_staleness.duration();
        self.database_timeout.min(staleness)
    }

    /// Connects and reads everything.
    fn begin(&self, revoked: &RevocationSet) -> Result<Follower, FollowError> {
        let started = self.clock.uptime();
        let follower = Follower::start(
            &self.database,
            self.timeout(),
            self.settings.revocation_listen,
            &self.clock,
            |revocation| revoked.add(revocation),
        )?;
        self.lease.renew(started);
        Ok(follower)
    }

    fn poll(&self, revoked: &RevocationSet, follower: &mut Follower) -> Result<(), FollowError> {
        let started = self.clock.uptime();
        follower.poll(&self.clock, |revocation| revoked.add(revocation))?;
        self.lease.renew(started);
        Ok(())
    }
}

struct Thread {
    feed: Feed,
    number: u64,
}

impl Thread {
    /// Until the server stops, or another thread has taken over.
    fn run(self, mut follower: Option<Follower>) {
        let mut trouble = Trouble::default();
        let mut took = Duration::ZERO;
        loop {
            if !self.wait(&mut follower, took) {
                break;
            }
            let feed = &self.feed;
            let Some(revoked) = feed.revoked.upgrade() else {
                break;
            };
            let started = feed.clock.uptime();
            feed.control.begin(self.number, started);
            let outcome = match &mut follower {
                Some(follower) => feed.poll(&revoked, follower),
                None => feed.begin(&revoked).map(|new| follower = Some(new)),
            };
            feed.control.end(self.number);
            took = feed.clock.uptime().since(started);
            if outcome.is_err() {
                follower = None;
            }
            trouble.log(feed, outcome.err());
        }
        self.feed.control.thread_ended();
    }

    /// Waits for the time of the next poll, or for a notification that asks for one. The
    /// last one `took` that long, and the lease counts from its beginning: after a slow one
    /// the next comes at once. `false` when the thread is to end.
    fn wait(&self, follower: &mut Option<Follower>, took: Duration) -> bool {
        let feed = &self.feed;
        let interval = feed.interval();
        let rest = interval.saturating_sub(took).max(EAR.min(interval));
        let Some(ear) = follower
            .as_mut()
            .filter(|_| feed.settings.revocation_listen)
        else {
            return feed.control.sleep(self.number, rest);
        };
        let mut waited = Duration::ZERO;
        while waited < rest {
            if !feed.control.sleep(self.number, EAR) {
                return false;
            }
            waited += EAR;
            let Some(revoked) = feed.revoked.upgrade() else {
                return false;
            };
            match ear.heard(|revocation| revoked.add(revocation)) {
                Ok(false) => {}
                // After an error the poll will fail as well, and say why.
                Ok(true) | Err(_) => return true,
            }
        }
        true
    }
}

/// Since when nothing succeeds, so that the log says it once and says when it is over.
#[derive(Default)]
struct Trouble {
    since: Option<Uptime>,
    lost: bool,
}

impl Trouble {
    fn log(&mut self, feed: &Feed, failed: Option<FollowError>) {
        let now = feed.clock.uptime();
        match (failed, self.since) {
            (None, None) => {}
            (None, Some(since)) => {
                tracing::info!(
                    seconds = now.since(since).as_secs(),
                    "the revocations are followed again"
                );
                *self = Self::default();
            }
            (Some(error), None) => {
                self.since = Some(now);
                tracing::warn!(%error, "the revocations cannot be followed; trying again");
            }
            (Some(error), Some(_)) if !self.lost && !feed.lease.holds(now) => {
                self.lost = true;
                tracing::error!(
                    %error,
                    "revocations are not known to be current: requests with access tokens are answered 503"
                );
            }
            (Some(error), Some(_)) => {
                tracing::debug!(%error, "the revocations still cannot be followed");
            }
        }
    }
}
