//! The log: pretty on a terminal, JSON otherwise; each request under its id, and never a
//! token, a password or a cookie in it.

mod malformed;
mod panics;
mod queue;

use std::io::{self, IsTerminal};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::{HttpMessage, web};
use tracing::{Level, Span};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};

use crate::app::App;
use crate::client_address;
use crate::clock::Moment;
use crate::config::LogSettings;
use crate::config::values::LogFormat;

pub(crate) use malformed::{INTERVAL, on_connection_of, tell_of_rest};
pub use malformed::{Lines, MAX_LINES, MAX_LINES_OF_NETWORK, MAX_NETWORKS, Rest};
pub(crate) use queue::wait_until_written;
pub use queue::{LastLines, MAX_WAITING_BYTES, dropped_lines};

/// The target of the greeting, which is logged at any `log_level`: it says where the server is.
pub(crate) const GREETING: &str = "greeting";

/// Starts logging to standard error, panics included. From then on nothing else in this
/// process may write there, or to standard output: both may be pipes that nobody reads.
pub fn init(settings: &LogSettings) -> io::Result<LastLines> {
    let last_lines = queue::start()?;
    panics::log_panics();
    let filter = settings.log_level.filter();
    let log = registry()
        .with(filter.with_target(GREETING, Level::INFO))
        .with(malformed::Demoted);
    let lines = fmt::layer()
        .with_writer(|| queue::LineWriter)
        // They would be told on standard error.
        .log_internal_errors(false)
        .with_target(false);
    let started = if is_for_people(settings) {
        log.with(lines.with_ansi(is_terminal()).compact())
            .try_init()
    } else {
        let lines = lines.json().flatten_event(true).with_span_list(false);
        log.with(lines).try_init()
    };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was started before");
    }
    Ok(last_lines)
}

/// Whether log lines are for people, or JSON.
#[must_use]
pub fn is_for_people(settings: &LogSettings) -> bool {
    match settings.log_format {
        LogFormat::Auto => is_terminal(),
        LogFormat::Pretty => true,
        LogFormat::Json => false,
    }
}

/// Whether a person may be reading standard error.
#[must_use]
pub fn is_terminal() -> bool {
    #[expect(clippy::disallowed_methods, reason = "nothing is written")]
    io::stderr().is_terminal()
}

/// Puts plain lines into the log, for people.
pub(crate) fn say(lines: &[String]) {
    for line in lines {
        queue::put(format!("{line}\n").as_bytes());
    }
}

/// One span a request: its id, method, route and client. Paths that match no route are
/// not logged: anything may stand in them.
#[derive(Debug)]
pub struct RequestSpan;

struct Started(Moment);

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let app = request.app_data::<web::Data<App>>();
        let address = app.and_then(|app| {
            request.extensions_mut().insert(Started(app.now()));
            client_address::address(request.request(), &app.settings.server.trusted_proxies.0)
        });
        let id = request.extensions().get::<RequestId>().copied();
        tracing::info_span!(
            "request",
            request_id = id.map(tracing::field::display),
            method = %request.method(),
            route = request.match_pattern(),
            client = address.map(tracing::field::display),
        )
    }

    /// Reads that went well are logged at the debug level; changes and refusals at info.
    fn on_request_end<B: MessageBody>(
        span: Span,
        outcome: &Result<ServiceResponse<B>, actix_web::Error>,
    ) {
        let Ok(response) = outcome else { return };
        let request = response.request();
        let app = request.app_data::<web::Data<App>>();
        let started = request
            .extensions()
            .get::<Started>()
            .map(|started| started.0);
        let milliseconds = app
            .zip(started)
            .map(|(app, started)| (app.now() - started).num_microseconds().unwrap_or(0))
            .map(|micros| micros / 1000);
        let status = response.status();
        let _entered = span.enter();
        if status.is_success() && matches!(*request.method(), Method::GET | Method::HEAD) {
            tracing::debug!(status = status.as_u16(), milliseconds, "answered");
        } else {
            tracing::info!(status = status.as_u16(), milliseconds, "answered");
        }
    }
}
