//! What a server says when it listens: where to look next, and only what exists.
//!
//! The link that makes the first administrator is a secret, so only a terminal is shown it. A
//! journal, a container's log or a file keep what they are told; there the greeting names the
//! command that prints the link.

use crate::admin::{door, setup};
use crate::app::App;
use crate::config::DatabaseUrl;
use crate::error::Error;
use crate::server::Running;
use crate::telemetry::{self, GREETING};

/// Says the greeting: one event where the log is JSON, plain lines where it is for people.
pub(super) async fn greet(running: &Running) -> Result<(), Error> {
    let settings = &running.app.settings;
    let for_people = telemetry::is_for_people(&settings.log);
    let told = if for_people && telemetry::is_terminal() {
        Administrator::offer(running).await?
    } else {
        Administrator::hint(running).await?
    };
    let greeting = Greeting::new(running);
    if for_people {
        telemetry::say(&greeting.lines(told));
    } else {
        greeting.log(told);
    }
    Ok(())
}

/// What is said of an administrator who is not there yet.
enum Administrator {
    /// There is one.
    Exists,
    /// Nothing secret.
    Hint,
    /// The link, to the terminal.
    Link(String),
}

impl Administrator {
    async fn offer(running: &Running) -> Result<Self, Error> {
        let token = setup::offer(&running.app).await?;
        let origin = admin_origin(running);
        Ok(token.map_or(Self::Exists, |token| {
            Self::Link(setup::link(&origin, &token))
        }))
    }

    async fn hint(running: &Running) -> Result<Self, Error> {
        let exists = setup::is_done(&running.app).await?;
        Ok(if exists { Self::Exists } else { Self::Hint })
    }
}

fn admin_origin(running: &Running) -> String {
    let settings = &running.app.settings;
    door::origin(settings, running.address, running.admin_address)
}

struct Greeting<'a> {
    app: &'a App,
    address: String,
    /// Where a browser finds the server, without a closing slash.
    origin: String,
    admin: String,
    database: String,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
const WITH_COMMAND: &str = "frontgate createsuperuser --email you@example.com";

impl<'a> Greeting<'a> {
    fn new(running: &'a Running) -> Self {
        let (app, address) = (&running.app, running.address);
        let settings = &app.settings;
        Self {
            app,
            address: address.to_string(),
            origin: settings.server.browser_origin(address),
            admin: format!("{}/admin/", admin_origin(running)),
            database: match &settings.database.database_url {
                DatabaseUrl::Sqlite(path) => path.display().to_string(),
                DatabaseUrl::Postgres(_) => "PostgreSQL".to_owned(),
            },
        }
    }

    fn api(&self) -> String {
        let users = self.app.settings.server.users_prefix.as_str();
        format!("{}{users}/", self.origin)
    }

    fn docs(&self) -> String {
        format!("{}/api/docs/", self.origin)
    }

    fn demo(&self) -> Option<String> {
        let demo = self.app.settings.server.demo;
        demo.then(|| format!("{}/demo/", self.origin))
    }

    fn lines(&self, administrator: Administrator) -> Vec<String> {
        let mut lines = vec![
            format!("Frontgate {VERSION} serves {}/", self.origin),
            format!("  API        {}", self.api()),
            format!("  docs       {}", self.docs()),
        ];
        lines.extend(self.demo().map(|demo| format!("  demo       {demo}")));
        lines.push(format!("  admin      {}", self.admin));
        lines.push(format!("  database   {}", self.database));
        match administrator {
            Administrator::Exists => {}
            Administrator::Hint => lines.extend([
                "No administrator yet. This prints a link that makes the first one:".to_owned(),
                "  frontgate setup-link".to_owned(),
                format!("or with: {WITH_COMMAND}"),
            ]),
            Administrator::Link(link) => lines.extend([
                format!(
                    "No administrator yet. Make the first one with this link, within {} minutes:",
                    setup::LIFETIME.num_minutes()
                ),
                format!("  {link}"),
                format!("or with: {WITH_COMMAND}"),
            ]),
        }
        lines
    }

    fn log(&self, administrator: Administrator) {
        let next = match administrator {
            Administrator::Exists => None,
            Administrator::Hint | Administrator::Link(_) => Some(format!(
                "no administrator yet: `frontgate setup-link` prints a link that makes the first one, or use `{WITH_COMMAND}`"
            )),
        };
        tracing::info!(
            target: GREETING,
            version = VERSION,
            address = self.address,
            api = self.api(),
            docs = self.docs(),
            demo = self.demo(),
            admin = self.admin,
            database = self.database,
            next,
            "Frontgate {VERSION} serves {}/",
            self.origin
        );
    }
}
