//! Health: for containers, load balancers and the benchmarks' yardstick.
//!
//! Every safe method (GET, HEAD, OPTIONS) has the same status: a load balancer that asks with
//! another one than GET, as HAProxy does unless it is told otherwise, learns as much.

use std::sync::atomic::Ordering;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::Error;
use crate::telemetry::dropped_lines;

/// A server that requests may be sent to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "ready", "dropped_log_lines": 0}))]
pub struct Ready {
    /// `ready`.
    pub status: &'static str,
    /// How many lines of the log were lost since the server started, because standard error
    /// could not be written to or was not read.
    pub dropped_log_lines: u64,
}

/// The state of the server.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "live"}))]
pub struct Health {
    /// `live`.
    pub status: &'static str,
}

/// Live.
///
/// The process answers. No work is done: a restart helps only when this fails.
#[utoipa::path(
    get, path = "/health/live", tag = "health",
    responses((status = 200, description = "The process answers.", body = Health, example = json!({"status": "live"})))
)]
pub async fn live(request: HttpRequest) -> HttpResponse {
    answer(&request, &Health { status: "live" })
}

/// Ready.
///
/// The database answers and the revocations are known to be current: requests may be sent
/// here.
#[utoipa::path(
    get, path = "/health/ready", tag = "health",
    responses(
        (status = 200, description = "Send requests.", body = Ready),
        (status = 503, description = "The server is about to stop, the database is away, revocations are not known to be current, or servers of the database that were there before sign with another key; send none.", body = crate::http::answers::Detail),
    )
)]
pub async fn ready(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, Error> {
    if app.stopping.load(Ordering::Relaxed) {
        return Err(Error::Stopping);
    }
    app.node.check_key()?;
    app.check_lease()?;
    app.database.ping().await?;
    let ready = Ready {
        status: "ready",
        dropped_log_lines: dropped_lines(),
    };
    Ok(answer(&request, &ready))
}

/// OPTIONS says what is allowed as well (RFC 9110, section 9.3.7).
fn answer(request: &HttpRequest, body: &impl Serialize) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    if request.method() == Method::OPTIONS {
        answer.insert_header((header::ALLOW, "GET, HEAD, OPTIONS"));
    }
    answer.json(body)
}
