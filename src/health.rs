//! Health: for containers, load balancers and the benchmarks' yardstick.
//!
//! Every safe method (GET, HEAD, OPTIONS) has the same status: a load balancer that asks with
//! another one than GET, as HAProxy does unless it is told otherwise, learns as much.

use std::sync::atomic::Ordering;

use actix_web::body::BoxBody;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use serde::Serialize;
use serde_json::json;
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

/// A server that no requests may be sent to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"detail": "The server is stopping.", "dropped_log_lines": 0}))]
pub struct NotReady {
    /// Why, for the operator.
    pub detail: String,
    /// How many lines of the log were lost since the server started; absent where the server
    /// has no room for the connection.
    #[schema(required = false)]
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
        (status = 503, description = "The server is about to stop, the database is away, revocations are not known to be current, or servers of the database that were there before sign with another key; send none.", body = NotReady),
    )
)]
pub async fn ready(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    match check(&app).await {
        Ok(()) => answer(
            &request,
            &Ready {
                status: "ready",
                dropped_log_lines: dropped_lines(),
            },
        ),
        Err(error) => refusal(&error),
    }
}

async fn check(app: &App) -> Result<(), Error> {
    if app.stopping.load(Ordering::Relaxed) {
        return Err(Error::Stopping);
    }
    app.check_key()?;
    app.check_lease()?;
    app.database.ping().await?;
    Ok(())
}

/// The error's own answer, which tells of the log in addition.
fn refusal(error: &Error) -> HttpResponse {
    let body = json!(NotReady {
        detail: error.to_string(),
        dropped_log_lines: dropped_lines(),
    });
    error
        .error_response()
        .set_body(BoxBody::new(body.to_string()))
}

/// OPTIONS says what is allowed as well (RFC 9110, section 9.3.7).
fn answer(request: &HttpRequest, body: &impl Serialize) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    if request.method() == Method::OPTIONS {
        answer.insert_header((header::ALLOW, "GET, HEAD, OPTIONS"));
    }
    answer.json(body)
}
