//! `GET /admin/`: how things stand.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::frame::{Frame, Section};
use super::render;
use super::staff::Staff;
use crate::app::App;
use crate::error::Error;

/// How things stand.
#[derive(Debug, Template)]
#[template(path = "admin/overview.html")]
pub struct OverviewPage {
    /// What is around it.
    pub frame: Frame,
}

/// Shows the overview.
pub async fn overview(staff: Staff, app: web::Data<App>) -> Result<HttpResponse, Error> {
    render(&OverviewPage {
        frame: staff.frame(&app, Section::Overview),
    })
}
