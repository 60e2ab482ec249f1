//! Starting and stopping the server.

mod alarm_worker;
mod stop;
pub mod upkeep;
mod worker;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_identity::IdentityMiddleware;
use actix_web::dev::{Server, ServerHandle};
use actix_web::guard::fn_guard;
use actix_web::middleware::from_fn;
use actix_web::{App as ActixApp, web};
use tracing_actix_web::TracingLogger;

use self::upkeep::repeat;
use crate::admin::door::{self, Door, Doors};
use crate::alarms::DOUBT_INTERVAL;
use crate::app::App;
use crate::clock::Clock;
use crate::config::{ProgramError, SecretKey, SecretKeyError, Settings};
use crate::connections::{self, ClosingTimes, Ports};
use crate::db::{
    self, ConnectError, FollowError, MigrationError, ServeLock, ServeLockError, as_upkeep,
};
use crate::error::Error;
use crate::middleware::standing_headers;
use crate::models::outstanding_token::OutstandingToken;
use crate::models::user::renew_keys;
use crate::request_path::one_spelling;
use crate::revocation::feed;
use crate::telemetry::{self, RequestSpan};
use crate::{activity, admin, failed_log_ins, nodes, purge, repeats, routes};

use stop::finish;
pub use stop::longest_stop;
pub use worker::Worker;

/// A server that listens and is ready: the database is migrated, the revocations are
/// loaded. Requests are answered once [`Running::server`] is awaited.
pub struct Running {
    /// Resolves when the server has stopped.
    pub server: Server,
    /// Stops it.
    pub handle: ServerHandle,
    /// The state.
    pub app: web::Data<App>,
    /// Where it listens; the real port where `bind` has port 0.
    pub address: SocketAddr,
    /// Where the admin listens, if on a port of its own; the real one where it is 0.
    pub admin_address: Option<SocketAddr>,
    ports: Ports,
    lock: Option<ServeLock>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Prepares everything and begins to listen. Checks come first and leave nothing half
/// made: the port, then the secret key, then the database. A key that is to be made comes
/// last.
pub async fn start(settings: Settings, clock: Clock) -> Result<Running, StartError> {
    if let Some(program) = &settings.alarms.alarm_command {
        program.check()?;
    }
    let (bind, admin_bind) = (settings.server.bind, settings.admin.admin_bind);
    let (listener, address) = listen(bind, "bind")?;
    let admin_listener = admin_bind
        .map(|bind| listen(bind, "admin_bind"))
        .transpose()?;
    let admin_address = admin_listener.as_ref().map(|(_, address)| *address);
    let mut listeners = vec![listener];
    listeners.extend(admin_listener.map(|(listener, _)| listener));
    let ports = Ports::of(&listeners).map_err(|error| StartError::Bind {
        bind,
        setting: "bind",
        error,
    })?;
    let doors = Doors::new(&settings, admin_address);
    let url = settings.database.database_url.clone();
    let timeout = settings.database.database_timeout.duration();

    // Nothing is to be touched when the key is missing or unusable.
    SecretKey::find(&settings)?;
    let prepared = web::block(move || prepare(&url, timeout)).await;
    let lock = prepared.map_err(|_| StartError::Cancelled)??;
    let secret = SecretKey::obtain(&settings, || has_signed(&settings))?;
    let app = App::new(settings, &secret, clock, address.port()).map_err(StartError::Threads)?;
    let app = web::Data::new(app);
    feed::start(app.revocation_feed()).await?;
    // Only now is the time that of the database.
    app.node.start(app.now());
    if app.revoked.contains_key(&app.policy.key_id) {
        app.feed.stop();
        let kid = app.policy.key_id.clone();
        return Err(StartError::KeyRevoked { kid });
    }
    let server = http_server(app.clone(), secret, doors, listeners).map_err(|error| {
        let setting = "bind";
        StartError::Bind {
            bind,
            setting,
            error,
        }
    })?;
    alarm_worker::start(&app);
    actix_web::rt::spawn(as_upkeep(purge::purge_forever(app.clone())));
    Ok(Running {
        handle: server.handle(),
        server,
        app,
        address,
        admin_address,
        ports,
        lock,
    })
}

impl Running {
    /// Serves until `stop` resolves. Then it is not ready any longer and each answer closes its
    /// connection; after `shutdown_delay` the port is closed, and the requests that are under way
    /// are finished.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self {
            server,
            handle,
            app,
            ports,
            lock,
            ..
        } = self;
        let mut serving = actix_web::rt::spawn(server);
        let write_log_ins = repeat(
            app.clone(),
            failed_log_ins::INTERVAL,
            upkeep::write_failed_log_ins,
        );
        let write_repeats = repeat(app.clone(), repeats::INTERVAL, upkeep::write_repeats);
        let write_activity = repeat(app.clone(), activity::INTERVAL, upkeep::write_activity);
        let report = repeat(app.clone(), nodes::INTERVAL, nodes::report);
        let refused = repeat(app.clone(), nodes::INTERVAL, nodes::refused::tell);
        let doubtful = repeat(app.clone(), DOUBT_INTERVAL, upkeep::settle_doubtful);
        let tell = repeat(app.clone(), telemetry::INTERVAL, async |_| {
            telemetry::tell_of_rest();
        });
        actix_web::rt::spawn(as_upkeep(write_log_ins));
        actix_web::rt::spawn(as_upkeep(write_repeats));
        actix_web::rt::spawn(as_upkeep(write_activity));
        actix_web::rt::spawn(as_upkeep(report));
        actix_web::rt::spawn(as_upkeep(refused));
        actix_web::rt::spawn(as_upkeep(doubtful));
        actix_web::rt::spawn(tell);
        let worker = Worker::new(app.clone()).work_forever();
        let worker = actix_web::rt::spawn(as_upkeep(worker));
        tokio::select! {
            () = stop => {}
            result = &mut serving => {
                return result.unwrap_or_else(|error| Err(io::Error::other(error)));
            }
        }
        // Those who send requests learn of it while there is still an answer for each.
        app.stopping.store(true, Ordering::Relaxed);
        let delay = app.settings.server.shutdown_delay.duration();
        if delay.is_zero() {
            drop(ports);
        } else {
            tokio::time::sleep(delay).await;
            ports.close(&handle, ClosingTimes::DEFAULT).await;
        }
        handle.stop(true).await;
        let result = serving
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)));
        finish(&app, worker).await;
        drop(lock);
        result
    }
}

/// Listens where `setting` says, and finds out on which port.
fn listen(
    bind: SocketAddr,
    setting: &'static str,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let listen = || {
        let listener = TcpListener::bind(bind)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    listen().map_err(|error| StartError::Bind {
        bind,
        setting,
        error,
    })
}

/// Opens the database, takes the lock of a file, migrates.
fn prepare(
    url: &crate::config::DatabaseUrl,
    timeout: Duration,
) -> Result<Option<ServeLock>, StartError> {
    let mut connection = db::connect(url, timeout)?;
    db::refuse_transaction_pooling(&mut connection, url, timeout)?;
    db::warn_of_standbys(&mut connection);
    let lock = url
        .sqlite_path()
        .map(Path::new)
        .map(ServeLock::take)
        .transpose()?;
    let ran = db::migrate(&mut connection)?;
    for name in ran {
        tracing::info!(migration = name, "the database was migrated");
    }
    let colliding = renew_keys(&mut connection).map_err(MigrationError::from)?;
    if colliding > 0 {
        tracing::warn!(
            users = colliding,
            "users share an address with somebody: `frontgate users collisions` shows them"
        );
    }
    Ok(lock)
}

/// Whether tokens were signed for the database. Where that cannot be known, they were: it keeps
/// the key that lies there under its name.
fn has_signed(settings: &Settings) -> bool {
    let database = &settings.database;
    let connection = db::connect(&database.database_url, database.database_timeout.duration());
    connection
        .map_err(|error| error.to_string())
        .and_then(|mut connection| {
            OutstandingToken::any_ever(&mut connection).map_err(|error| error.to_string())
        })
        .unwrap_or_else(|error| {
            tracing::warn!(error, "which database a key was made for is not known");
            true
        })
}

fn http_server(
    app: web::Data<App>,
    secret: SecretKey,
    doors: Doors,
    listeners: Vec<TcpListener>,
) -> io::Result<Server> {
    let doors = web::Data::new(doors);
    let settings = app.settings.server.clone();
    let stopping = Arc::clone(&app.stopping);
    let application = {
        let settings = settings.clone();
        move || {
            let settings = settings.clone();
            ActixApp::new()
                .app_data(app.clone())
                .app_data(doors.clone())
                // The last one wrapped is the outermost.
                .wrap(from_fn(door::find))
                .wrap(from_fn(one_spelling))
                .wrap(from_fn(standing_headers))
                .wrap(TracingLogger::<RequestSpan>::new())
                .service(
                    web::scope("/admin")
                        .guard(fn_guard(Door::is_to_admin))
                        .wrap(
                            IdentityMiddleware::builder()
                                .id_key(admin::session_store::USER)
                                .build(),
                        )
                        .wrap(admin::gate::sessions(&app, &secret))
                        .wrap(from_fn(admin::gate::gate))
                        .configure(routes::admin::configure),
                )
                .configure(|service| routes::configure(service, &settings))
        }
    };
    connections::serve(listeners, &settings, stopping, application, door::note_port)
}

/// The server could not start. One line that names it, and the way out.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Nobody can listen there.
    #[error(
        "cannot listen on {bind}: {error}; stop what uses the port, or set {setting} (FRONTGATE_{}) to another one",
        setting.to_uppercase()
    )]
    Bind {
        /// Its value.
        bind: SocketAddr,
        /// The setting.
        setting: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Another server has the file.
    #[error(transparent)]
    Lock(#[from] ServeLockError),
    /// The program of the operator is not there.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The schema cannot be brought to ours.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// There is no usable secret key.
    #[error(transparent)]
    Secret(#[from] SecretKeyError),
    /// Nothing that this server would sign is accepted anywhere.
    #[error(
        "the key {kid} was revoked, so that nothing that it signs is accepted: set SECRET_KEY (or what secret_key_file names) to a new one, made with `openssl rand -base64 48`; without either, move the .secret file beside the database away and a new one is made"
    )]
    KeyRevoked {
        /// Its id.
        kid: String,
    },
    /// No threads could be started.
    #[error("cannot start the hashing threads: {0}")]
    Threads(io::Error),
    /// The database failed while it was read.
    #[error("the database could not be read: {0}")]
    Read(#[from] Error),
    /// What is revoked is not known.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// The start was interrupted.
    #[error("the start was interrupted")]
    Cancelled,
}
