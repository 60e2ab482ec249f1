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

use super::control::{Control, MOST_THREADS};
use crate::app::App;
use crate::clock::Uptime;
use crate::db::{FollowError, Follower};

/// How often notifications are looked at: a system call, not a statement.
const EAR: Duration = Duration::from_millis(20);

/// Reads every revocation there is, and goes on reading in a thread of its own. A server is
/// not ready before this has succeeded.
pub async fn start(app: &web::Data<App>) -> Result<(), FollowError> {
    let shared = Arc::clone(app);
    let first = web::block(move || {
        let mut follower = begin(&shared)?;
        // Reading very many may have taken longer than the lease lasts.
        poll(&shared, &mut follower)?;
        Ok::<_, FollowError>(follower)
    });
    let follower = first.await.map_err(|_| FollowError::Confused)??;
    spawn(app, Some(follower));
    actix_web::rt::spawn(watch(Arc::downgrade(app)));
    Ok(())
}

fn spawn(app: &Arc<App>, follower: Option<Follower>) {
    let thread = Thread {
        app: Arc::downgrade(app),
        control: Arc::clone(&app.feed),
        number: app.feed.next_thread(),
    };
    let number = thread.number;
    let spawned = thread::Builder::new()
        .name("revocations".to_owned())
        .spawn(move || thread.run(follower));
    if let Err(error) = spawned {
        tracing::error!(%error, "no thread to follow the revocations; trying again");
        app.feed.not_started(number, app.clock.uptime());
    }
}

/// Starts another thread when the one that follows has been busy with one poll for longer
/// than any time-out of the database lasts.
async fn watch(app: Weak<App>) {
    loop {
        let Some(app) = app.upgrade().filter(|app| !app.feed.stopped()) else {
            return;
        };
        let patience = timeout(&app) * 3 + Duration::from_secs(1);
        if app.feed.stuck(app.clock.uptime(), patience) && app.feed.threads() < MOST_THREADS {
            tracing::warn!(
                "following the revocations hangs: the database or the network swallows what is sent; connecting anew"
            );
            spawn(&app, None);
        }
        let interval = app.settings.revocation.revocation_poll_interval.duration();
        drop(app);
        tokio::time::sleep(interval).await;
    }
}

/// What bounds each step: a lease that has run out is to be renewed soon.
fn timeout(app: &App) -> Duration {
    let staleness = app.settings.revocation.revocation_max_staleness.duration();
    let timeout = app.settings.database.database_timeout.duration();
    timeout.min(staleness)
}

/// Connects and reads everything.
fn begin(app: &App) -> Result<Follower, FollowError> {
    let started = app.clock.uptime();
    let follower = Follower::start(
        &app.settings.database.database_url,
        timeout(app),
        app.settings.revocation.revocation_listen,
        &app.clock,
        |revocation| app.revoked.add(revocation),
    )?;
    app.lease.renew(started);
    Ok(follower)
}

fn poll(app: &App, follower: &mut Follower) -> Result<(), FollowError> {
    let started = app.clock.uptime();
    follower.poll(&app.clock, |revocation| app.revoked.add(revocation))?;
    app.lease.renew(started);
    Ok(())
}

struct Thread {
    app: Weak<App>,
    control: Arc<Control>,
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
            let Some(app) = self.app.upgrade() else {
                break;
            };
            let started = app.clock.uptime();
            self.control.begin(self.number, started);
            let outcome = match &mut follower {
                Some(follower) => poll(&app, follower),
                None => begin(&app).map(|new| follower = Some(new)),
            };
            self.control.end(self.number);
            took = app.clock.uptime().since(started);
            if outcome.is_err() {
                follower = None;
            }
            trouble.log(&app, outcome.err());
        }
        self.control.thread_ended();
    }

    /// Waits for the time of the next poll, or for a notification that asks for one. The
    /// last one `took` that long, and the lease counts from its beginning: after a slow one
    /// the next comes at once. `false` when the thread is to end.
    fn wait(&self, follower: &mut Option<Follower>, took: Duration) -> bool {
        let Some(app) = self.app.upgrade() else {
            return false;
        };
        let interval = app.settings.revocation.revocation_poll_interval.duration();
        let listens = app.settings.revocation.revocation_listen;
        drop(app);
        let rest = interval.saturating_sub(took).max(EAR.min(interval));
        let Some(ear) = follower.as_mut().filter(|_| listens) else {
            return self.control.sleep(self.number, rest);
        };
        let mut waited = Duration::ZERO;
        while waited < rest {
            if !self.control.sleep(self.number, EAR) {
                return false;
            }
            waited += EAR;
            let Some(app) = self.app.upgrade() else {
                return false;
            };
            match ear.heard(|revocation| app.revoked.add(revocation)) {
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
    fn log(&mut self, app: &App, failed: Option<FollowError>) {
        let now = app.clock.uptime();
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
            (Some(error), Some(_)) if !self.lost && !app.lease.holds(now) => {
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
