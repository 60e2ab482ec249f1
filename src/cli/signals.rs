//! What each signal does to a server. None cuts off a request that is under way, but for the
//! second one that asks it to stop.
//!
//! | Signal | |
//! |---|---|
//! | SIGTERM, SIGINT, SIGQUIT | finish the requests that are under way, then exit with 0 |
//! | one of them once more | exit at once, with 128 and the signal's number |
//! | SIGHUP from a terminal that closes | as SIGTERM: nobody is there to stop it later |
//! | any other SIGHUP, SIGUSR1, SIGUSR2 | ignored, and logged: settings are read at the start, and there is no log file to open again |

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::telemetry;

/// How long the last line may take before a server exits at once.
const LAST_LINE: Duration = Duration::from_millis(100);

/// Listens for signals from now on, on a thread of its own, so that the second one is heard
/// even when the server hangs. The future resolves when the server is to stop.
pub(super) fn listen() -> io::Result<impl Future<Output = ()>> {
    let (listening, listens) = mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(
        move || match Builder::new_current_thread().enable_io().build() {
            Ok(runtime) => runtime.block_on(obey(listening, stop)),
            Err(error) => answer(&listening, Err(error)),
        },
    )?;
    listens.recv().map_err(io::Error::other)??;
    Ok(async {
        // A thread that is gone has heard no signal.
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

async fn obey(listening: mpsc::Sender<io::Result<()>>, stop: oneshot::Sender<()>) {
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return answer(&listening, Err(error)),
    };
    answer(&listening, Ok(()));
    signals.until_stop().await;
    tracing::info!("stopping: finishing the requests that are under way");
    if stop.send(()).is_err() {
        tracing::debug!("the server has stopped by itself");
    }
    let number = signals.until_stop().await;
    tracing::warn!("stopping at once: requests that are under way are cut off");
    telemetry::wait_until_written(LAST_LINE);
    std::process::exit(128 + number)
}

fn answer(listening: &mpsc::Sender<io::Result<()>>, result: io::Result<()>) {
    if listening.send(result).is_err() {
        tracing::debug!("the server has stopped before it listened for signals");
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hang_up: Signal,
    user_1: Signal,
    user_2: Signal,
    /// Whether there was a terminal at the start: one that has closed is none any more.
    at_terminal: bool,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hang_up: signal(SignalKind::hangup())?,
            user_1: signal(SignalKind::user_defined1())?,
            user_2: signal(SignalKind::user_defined2())?,
            at_terminal: telemetry::is_terminal(),
        })
    }

    /// Waits for a signal that asks the server to stop, and returns its number.
    async fn until_stop(&mut self) -> i32 {
        loop {
            let kind = tokio::select! {
                _ = self.terminate.recv() => SignalKind::terminate(),
                _ = self.interrupt.recv() => SignalKind::interrupt(),
                _ = self.quit.recv() => SignalKind::quit(),
                _ = self.hang_up.recv() => SignalKind::hangup(),
                _ = self.user_1.recv() => SignalKind::user_defined1(),
                _ = self.user_2.recv() => SignalKind::user_defined2(),
            };
            let asks = [
                SignalKind::terminate(),
                SignalKind::interrupt(),
                SignalKind::quit(),
            ];
            if asks.contains(&kind) || (kind == SignalKind::hangup() && self.at_terminal) {
                return kind.as_raw_value();
            }
            tracing::warn!(
                signal = kind.as_raw_value(),
                "a signal was ignored: settings are read at the start; SIGTERM stops this server"
            );
        }
    }
}
