//! Running the program of the operator with one alarm.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::config::Program;

/// Of what the program says on standard error, so many bytes go into the log.
const MOST_SAID: u64 = 4096;
/// The program has no business with these.
const OUR_SECRETS: [&str; 3] = ["SECRET_KEY", "DATABASE_URL", "PGPASSWORD"];

/// An alarm was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The program did not start, or could not be waited for.
    #[error("it could not be run: {0}")]
    Io(#[from] io::Error),
    /// It ended otherwise than with 0.
    #[error("it failed with {status}: {said:?}")]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// What it said on standard error.
        said: String,
    },
    /// It took too long, and was killed with all that it had started.
    #[error("it was killed after {0:?}")]
    TimedOut(Duration),
}

/// Runs the program, `text` on its standard input, and waits for its end. After `patience`
/// it is killed.
pub async fn run(program: &Program, text: &str, patience: Duration) -> Result<(), RunError> {
    let mut command = Command::new(program.path());
    command
        .args(program.arguments())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // What it starts is killed with it.
        .process_group(0)
        .kill_on_drop(true);
    for name in OUR_SECRETS {
        command.env_remove(name);
    }
    let mut child = command.spawn()?;
    let group = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    let ended = tokio::time::timeout(patience, talk(&mut child, text)).await;
    if ended.is_err() {
        if let Some(group) = group
            && let Err(error) = kill_process_group(group, Signal::KILL)
        {
            tracing::debug!(%error, "what alarm_command started could not be killed");
        }
        child.kill().await?;
    }
    let (status, said) = ended.map_err(|_| RunError::TimedOut(patience))??;
    if status.success() {
        Ok(())
    } else {
        Err(RunError::Failed { status, said })
    }
}

/// Says what there is to say and listens until the program ends.
async fn talk(child: &mut Child, text: &str) -> io::Result<(ExitStatus, String)> {
    let stdin = child.stdin.take();
    let stderr = child.stderr.take();
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program that does not read what it is told is free to.
            if let Err(error) = stdin.write_all(text.as_bytes()).await {
                tracing::debug!(%error, "alarm_command did not read the whole alarm");
            }
        }
    };
    let ((), said, status) = tokio::join!(write, listen(stderr), child.wait());
    Ok((status?, said?))
}

/// What it says, cut.
async fn listen(stderr: Option<impl AsyncRead + Unpin>) -> io::Result<String> {
    let mut said = Vec::new();
    if let Some(mut stderr) = stderr {
        (&mut stderr).take(MOST_SAID).read_to_end(&mut said).await?;
        // Read on, or it would wait for us.
        tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await?;
    }
    Ok(String::from_utf8_lossy(&said).trim_end().to_owned())
}
