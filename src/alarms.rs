//! Telling the operator: each alarm goes to a program of theirs, `alarm_command`, as JSON on
//! its standard input.
//!
//! An alarm is raised once its transaction has committed, by the process that made it: a
//! server or a command. So it is delivered once, however many servers there are. A server
//! delivers beside its requests, one alarm after the other, from a [`Queue`] of a bounded
//! length, in which what operators cause never waits for what anybody can cause.

mod alarm;
mod doubtful;
mod queue;
mod run;

use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::config::{Program, Settings};
use crate::db::AnyConnection;
use crate::visible;

pub use alarm::Alarm;
pub use doubtful::{DOUBT_INTERVAL, Doubtful, GIVEN_UP_AFTER, MAX_DOUBTFUL};
pub use queue::{MAX_OPERATORS_WAITING, MAX_SUBJECTS, MAX_WAITING, Queue};
pub use run::{RunError, run};

/// How long the program may take for an alarm.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long a server that stops waits for the alarms that it still has.
const LAST: Duration = Duration::from_secs(10);

/// The alarms of a server that are not delivered yet.
#[derive(Debug, Default)]
pub struct Alarms {
    waiting: Mutex<Waiting>,
    /// Wakes the worker.
    raised: Notify,
    worker: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Waiting {
    queue: Queue,
    /// Whether what is raised gets into the queue: not before the worker delivers, and no
    /// longer once the server stops.
    open: bool,
}

impl Alarms {
    /// Puts alarms behind those that wait. It never waits itself; without `alarm_command`
    /// nobody is told.
    pub fn raise(&self, alarms: impl IntoIterator<Item = Alarm>) {
        let mut waiting = self.waiting.lock();
        if !waiting.open {
            return;
        }
        for alarm in alarms {
            waiting.queue.push(alarm);
        }
        drop(waiting);
        self.raised.notify_one();
    }

    /// Lets alarms in from now on; what `start` starts delivers them until [`Alarms::next`] returns
    /// `None`.
    pub fn open(&self, start: impl FnOnce() -> JoinHandle<()>) {
        self.waiting.lock().open = true;
        *self.worker.lock() = Some(start());
    }

    /// Delivers what waits, for a while, and raises nothing any more.
    pub async fn stop(&self) {
        self.waiting.lock().open = false;
        self.raised.notify_one();
        let Some(worker) = self.worker.lock().take() else {
            return;
        };
        if tokio::time::timeout(LAST, worker).await.is_err() {
            tracing::warn!("the server stops before every alarm has been delivered");
        }
        let untold = self.waiting.lock().queue.untold();
        if untold > 0 {
            tracing::warn!(
                untold,
                "the server stops before it has told how many alarms others stood for; they are in the audit log"
            );
        }
    }

    /// The next alarm; `None` once the server stops and nothing waits any more.
    pub async fn next(&self) -> Option<Alarm> {
        loop {
            let open = {
                let mut waiting = self.waiting.lock();
                if let Some(alarm) = waiting.queue.pop() {
                    return Some(alarm);
                }
                waiting.open
            };
            if !open {
                return None;
            }
            self.raised.notified().await;
        }
    }
}

/// Delivers the alarms that a command has raised, before it ends. Those that cannot be
/// delivered do not undo what the command did: `complain` gets a sentence about each.
pub fn tell(
    settings: &Settings,
    connection: &mut AnyConnection,
    alarms: &[Alarm],
    complain: impl Fn(&str),
) {
    let Some(program) = &settings.alarms.alarm_command else {
        return;
    };
    for alarm in alarms {
        let mut alarm = alarm.clone();
        if let Err(error) = alarm.name_people(connection) {
            complain(&format!("an alarm goes out without an address: {error}"));
        }
        let told = actix_web::rt::System::new().block_on(deliver(program, &alarm));
        if let Err(error) = told {
            complain(&format!(
                "alarm_command was not told of the alarm {}: {error}",
                alarm.kind
            ));
        }
    }
}

/// Runs the program with one alarm.
pub async fn deliver(program: &Program, alarm: &Alarm) -> Result<(), RunError> {
    let text = serde_json::to_string(alarm).map_err(std::io::Error::from)?;
    // The program may show it on a terminal.
    let text = visible::json(&text);
    run(program, &format!("{text}\n"), PATIENCE).await
}
