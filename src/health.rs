//! Health: for containers, load balancers and the benchmarks' yardstick.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::Error;
use crate::telemetry::dropped_lines;

/// A server that requests may be sent to.
#[derive(Debug, Serialize, ToSchema)]
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
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "live" })
}

/// Ready.
///
/// The database answers and the revocations are known to be current: requests may be sent
/// here.
#[utoipa::path(
    get, path = "/health/ready", tag = "health",
    responses(
        (status = 200, description = "Send requests.", body = Ready),
        (status = 503, description = "The database is away, or revocations are not known to be current; send none.", body = crate::openapi::Detail),
    )
)]
pub async fn ready(app: web::Data<App>) -> Result<HttpResponse, Error> {
    app.check_lease()?;
    app.database.ping().await?;
    Ok(HttpResponse::Ok().json(Ready {
        status: "ready",
        dropped_log_lines: dropped_lines(),
    }))
}
