//! `frontgate serve`.

use std::error::Error;
use std::process::ExitCode;

use super::signals;
use crate::admin::{door, setup};
use crate::clock::Clock;
use crate::config::{DatabaseUrl, Settings};
use crate::link_token::LinkToken;
use crate::server::{self, Running};
use crate::telemetry;

pub(super) fn serve(settings: Settings) -> Result<ExitCode, Box<dyn Error>> {
    let _last_lines = telemetry::init(&settings.log)?;
    let served: Result<(), Box<dyn Error>> = actix_web::rt::System::new().block_on(async {
        let running = server::start(settings, Clock::system()).await?;
        // Whoever reads the greeting may send the signal.
        let stop = signals::listen()?;
        let setup = setup::offer(&running.app).await?;
        greet(&running, setup.as_ref());
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

/// Says where to look next: only what exists.
fn greet(running: &Running, setup: Option<&LinkToken>) {
    let settings = &running.app.settings;
    let address = running.address;
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "ready");
    let database = match &settings.database.database_url {
        DatabaseUrl::Sqlite(path) => path.display().to_string(),
        DatabaseUrl::Postgres(_) => "PostgreSQL".to_owned(),
    };
    let version = env!("CARGO_PKG_VERSION");
    let mut lines = vec![
        format!("Frontgate {version} serves http://{address}/"),
        format!(
            "  API        http://{address}{}/",
            settings.server.users_prefix.as_str()
        ),
        format!("  docs       http://{address}/api/docs/"),
    ];
    if settings.server.demo {
        lines.push(format!("  demo       http://{address}/demo/"));
    }
    let admin = door::origin(settings, address, running.admin_address);
    lines.push(format!("  admin      {admin}/admin/"));
    lines.push(format!("  database   {database}"));
    if let Some(token) = setup {
        let (minutes, token) = (setup::LIFETIME.num_minutes(), token.text());
        lines.push(format!(
            "No administrator yet. Make the first one with this link, within {minutes} minutes:"
        ));
        lines.push(format!("  {admin}/admin/setup/?token={token}"));
        lines.push("or with: frontgate createsuperuser --email you@example.com".to_owned());
    }
    telemetry::say(&lines);
}
