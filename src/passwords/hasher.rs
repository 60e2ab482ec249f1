//! Hashing takes a core for a quarter of a second, so it has threads of its own and a
//! queue with an end: log-ins cannot starve the rest, and a flood is told to come back.

use std::fmt;
use std::sync::Arc;

use bcrypt::BcryptError;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::Semaphore;

use super::encoding::{self, Verdict};
use crate::config::PasswordSettings;

/// How many passwords in the lane of operators are hashed or wait for it; more are answered
/// 503.
const MAX_OPERATORS: usize = 8;

/// Hashes and compares passwords. Clones share the threads and the queues.
///
/// **The rule.** The public cannot take the places of operators: they have a thread and a
/// queue of their own ([`Self::for_operators`]), which only a signed-in operator gets, or an
/// attempt to sign in to the admin as somebody who may.
#[derive(Clone)]
pub struct PasswordHasher {
    lane: Lane,
    operators: Lane,
    cost: u32,
}

/// Threads, and a queue with an end.
#[derive(Clone)]
struct Lane {
    threads: Arc<Threads>,
    /// One permit for each password that is being hashed or waits for it.
    places: Arc<Semaphore>,
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHasher").finish_non_exhaustive()
    }
}

/// A runtime that is used for nothing but its bounded set of blocking threads.
struct Threads {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Dropping a runtime waits for its threads, which is not allowed in async code.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl PasswordHasher {
    /// Starts the threads lazily; at most as many as the settings say, and one for operators.
    pub fn new(settings: &PasswordSettings) -> std::io::Result<Self> {
        let threads = hashing_threads(settings);
        let queue = usize::from(settings.password_hashing_queue);
        Ok(Self {
            lane: Lane::new(threads, threads + queue)?,
            operators: Lane::new(1, MAX_OPERATORS)?,
            cost: settings.bcrypt_cost,
        })
    }

    /// The same, in the lane of operators.
    #[must_use]
    pub fn for_operators(&self) -> Self {
        Self {
            lane: self.operators.clone(),
            ..self.clone()
        }
    }

    /// Hashes a password for storing.
    pub async fn encode(&self, password: String) -> Result<String, HashingBusy> {
        let cost = self.cost;
        self.run(move || encoding::encode(&password, cost)).await
    }

    /// Compares a password with a stored hash; `None` costs as much, and is wrong.
    pub async fn verify(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<Verdict, HashingBusy> {
        let cost = self.cost;
        self.run(move || encoding::verify(&password, stored.as_deref(), cost))
            .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, BcryptError> + Send + 'static,
    ) -> Result<T, HashingBusy> {
        let place = Arc::clone(&self.lane.places)
            .try_acquire_owned()
            .map_err(|_| HashingBusy::Full)?;
        let task = self.lane.threads.handle.spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        let mut task = CancelOnDrop(task);
        match (&mut task.0).await {
            Ok(result) => result.map_err(HashingBusy::Failed),
            Err(_) => Err(HashingBusy::Full),
        }
    }
}

impl Lane {
    fn new(threads: usize, places: usize) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(threads)
            .thread_name("hash")
            .build()?;
        Ok(Self {
            threads: Arc::new(Threads {
                handle: runtime.handle().clone(),
                runtime: Some(runtime),
            }),
            places: Arc::new(Semaphore::new(places)),
        })
    }
}

/// A client that hung up does not keep its place in the queue.
struct CancelOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for CancelOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How many passwords are hashed at once.
#[must_use]
fn hashing_threads(settings: &PasswordSettings) -> usize {
    match settings.password_hashing_threads {
        0 => std::thread::available_parallelism().map_or(1, Into::into),
        threads => threads.into(),
    }
}

/// A password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashingBusy {
    /// Too many wait already.
    #[error("too many passwords wait to be hashed")]
    Full,
    /// bcrypt failed; a bug of ours.
    #[error("bcrypt failed: {0}")]
    Failed(BcryptError),
}
