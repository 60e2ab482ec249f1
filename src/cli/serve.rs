//! `frontgate serve`.

use std::error::Error;
use std::io;
use std::process::ExitCode;

#[cfg(target_os = "linux")]
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::greeting::greet;
use super::signals;
use crate::clock::Clock;
use crate::config::Settings;
use crate::{nodes, server, telemetry};

pub(super) fn serve(settings: Settings) -> Result<ExitCode, Box<dyn Error>> {
    let _last_lines = telemetry::init(&settings.log)?;
    if let Err(error) = forbid_core_dumps() {
        tracing::warn!(%error, "core dumps could not be switched off: one would hold the secret key");
    }
    let served: Result<(), Box<dyn Error>> = actix_web::rt::System::new().block_on(async {
        let running = server::start(settings, Clock::system()).await?;
        nodes::join(&running.app).await?;
        // Before the greeting: a program that has read it may send a signal.
        let stop = signals::listen()?;
        greet(&running).await?;
        running.run_until(stop).await?;
        tracing::info!("stopped");
        Ok(())
    });
    // Said as a command says it, but the log's way, which waits for nobody.
    Ok(served.map_or_else(
        |error| {
            telemetry::say(&[format!("frontgate: {error}")]);
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    ))
}

/// Memory holds the secret key and people's passwords: no crash writes it to a disk. The limit
/// is for core files, the flag for programs that the system hands cores to.
fn forbid_core_dumps() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    #[cfg(target_os = "linux")]
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}
