//! `GET /demo/statements`: how many statements requests have cost so far.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::app::App;

/// What requests have cost.
#[derive(Debug, Serialize)]
pub struct StatementsAnswer {
    /// The statements that this server has sent to its database to answer requests, whoever's,
    /// since it started.
    pub statements: u64,
}

/// Answers the count, and adds nothing to it.
pub async fn statements(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok().json(StatementsAnswer {
        statements: app.database.statements_of_requests(),
    })
}
