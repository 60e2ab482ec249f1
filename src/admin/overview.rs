//! `GET /admin/`: how things stand. The latest alarms, who lives, what happened over the last
//! hour, day or month, and every server.

pub mod alarms;
pub mod figures;
pub mod servers;

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::door;
use super::frame::{Frame, Section};
use super::parameters::Parameters;
use super::parts::grouped;
use super::render;
use super::staff::Staff;
use crate::activity::series::{Series, Span};
use crate::app::App;
use crate::db::AnyConnection;
use crate::error::Error;
use crate::models::alarm;
use crate::models::event::Event;
use crate::models::session_count::LiveSessions;
use crate::models::user::User;
use crate::nodes;
use alarms::AlarmRow;
use figures::Figures;
use servers::ServerRow;

/// How many alarms are shown: what is below them must be seen as well.
pub const ALARMS: usize = 5;

/// How things stand.
#[derive(Debug, Template)]
#[template(path = "admin/overview.html")]
pub struct OverviewPage {
    /// What is around it.
    pub frame: Frame,
    /// The newest alarms, the newest first.
    pub alarms: Vec<AlarmRow>,
    /// How many sessions live.
    pub live: LiveSessions,
    /// What happened in the span that is shown.
    pub figures: Figures,
    /// Every server, by name.
    pub servers: Vec<ServerRow>,
    /// What links to the API's pages begin with; see [`door::to_api`].
    pub to_api: Option<String>,
}

impl OverviewPage {
    /// How many sessions live, in figures.
    #[must_use]
    pub fn live_count(&self) -> String {
        let (LiveSessions::Exact(count) | LiveSessions::Estimate(count)) = self.live;
        grouped(u64::try_from(count).unwrap_or(0))
    }

    /// Whether that is an estimate.
    #[must_use]
    pub fn is_estimate(&self) -> bool {
        matches!(self.live, LiveSessions::Estimate(_))
    }

    /// Whether nobody is logged in, and nothing happened: it may be that nobody knows yet how
    /// to go on.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live == LiveSessions::Exact(0) && self.figures.rows.is_empty()
    }

    /// How many servers are well.
    #[must_use]
    pub fn well(&self) -> usize {
        self.servers.iter().filter(|server| server.is_well).count()
    }
}

/// What one look at the database found.
struct Found {
    alarms: Vec<Event>,
    emails: HashMap<i64, String>,
    live: LiveSessions,
    series: Series,
}

/// Shows the overview.
pub async fn overview(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let span = span(&Parameters::parse(request.query_string().as_bytes()))?;
    let now = app.now();
    let read = move |connection: &mut AnyConnection| {
        let alarms = alarm::latest(connection, ALARMS)?;
        let people: Vec<i64> = alarms.iter().flat_map(alarms::people).collect();
        Ok::<_, Error>(Found {
            emails: User::emails(connection, &people)?,
            live: LiveSessions::read(connection, now)?,
            series: Series::read(connection, span, now)?,
            alarms,
        })
    };
    let found = app.database.read(read).await?;
    let servers = nodes::all(&app).await?;
    let this = nodes::this(&app).name;
    let staleness = app.settings.revocation.revocation_max_staleness.delta();
    let alarm = |event: &Event| AlarmRow::new(event, &found.emails, now);
    let server = |node: &_| ServerRow::new(node, &this, staleness, now);
    render(&OverviewPage {
        frame: staff.frame(&app, Section::Overview),
        alarms: found.alarms.iter().map(alarm).collect(),
        live: found.live,
        figures: Figures::new(span, &found.series),
        servers: servers.iter().map(server).collect(),
        to_api: door::to_api(&app.settings),
    })
}

/// Over which span one looks: a day where nothing is said.
fn span(query: &Parameters) -> Result<Span, Error> {
    let Some(word) = query.get("span") else {
        return Ok(Span::Day);
    };
    let known = Span::ALL
        .into_iter()
        .find(|span| figures::word(*span) == word);
    known.ok_or_else(|| {
        Error::NonField(format!(
            "There is no span {word:?}. Figures are of the last hour, day or month."
        ))
    })
}
