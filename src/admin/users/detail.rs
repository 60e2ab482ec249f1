//! `GET /admin/users/{id}/`: one person, all that is known of them, and what can be done.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde_json::{Map, Value};

use super::super::events::row::EventRow;
use super::super::frame::{Frame, Section};
use super::super::operator_sessions::{self, OperatorSession};
use super::super::paging::PATIENCE;
use super::super::parts::{Badge, Button, Danger, Time};
use super::super::render;
use super::super::staff::{Staff, may_operate};
use super::newest::{Newest, SessionRow, TokenRow};
use super::{badges, find, path, user_id};
use crate::app::App;
use crate::clock::Budget;
use crate::error::Error;
use crate::models::event_list::EventFilter;
use crate::models::listing::{self, At, Filter};
use crate::models::outstanding_token_list::OutstandingTokenFilter;
use crate::models::session_list::{SessionFilter, SessionOrder, State};
use crate::models::user::User;
use crate::sessions::Role;

/// How many of each are shown.
const SHOWN: usize = 10;

/// One person.
#[derive(Debug, Template)]
#[template(path = "admin/users/detail.html")]
pub struct UserPage {
    /// What is around it.
    pub frame: Frame,
    /// Who it is.
    pub user: User,
    /// What the user may do in the admin.
    pub role: Role,
    /// What is unusual.
    pub badges: Vec<Badge>,
    /// When the account was made.
    pub joined: Time,
    /// When it last logged in.
    pub last_log_in: Option<Time>,
    /// The names of the claims of their own.
    pub claims: Vec<String>,
    /// Whether it is the operator.
    pub is_self: bool,
    /// What may be done.
    pub actions: Actions,
    /// The live sessions, the one last seen first.
    pub sessions: Newest<SessionRow>,
    /// The sessions in the admin.
    pub operator_sessions: Vec<OperatorSession>,
    /// The newest refresh tokens.
    pub tokens: Newest<TokenRow>,
    /// The newest events.
    pub events: Vec<EventRow>,
    /// Whether there may be more.
    pub more_events: bool,
}

/// The buttons that change something at once.
#[derive(Clone, Debug)]
pub struct Actions {
    /// For everybody who may see the page.
    pub end_all: Danger,
    /// For superusers; not on one's own page.
    pub deactivate: Option<Danger>,
    /// For superusers, where the user is inactive.
    pub activate: Option<Button>,
    /// For superusers, where the user is active.
    pub reset_link: Option<Button>,
}

impl Actions {
    fn of(user: &User, frame: &Frame) -> Self {
        let path = path(user.id);
        let button = |what, label: &str| Button::new(frame, format!("{path}{what}/"), label);
        let is_self = user.id == frame.user_id;
        let end_all = if is_self {
            "Every device of yours is logged out at once. Your sessions in the admin end too, this one \
             among them: you sign in again."
        } else {
            "Every device of theirs is logged out at once, and they are signed out of the admin. \
             They may log in again."
        };
        let deactivate = "They may log in no more, every session of theirs ends at once, and links that \
                          set a password stop working. Activating them lets them log in again; sessions and links do not come back.";
        let may = frame.is_superuser;
        Self {
            end_all: Danger::new(button("end-sessions", "End all sessions"), end_all),
            deactivate: (may && user.is_active && !is_self)
                .then(|| Danger::new(button("deactivate", "Deactivate"), deactivate)),
            activate: (may && !user.is_active).then(|| button("activate", "Activate")),
            reset_link: (may && user.is_active).then(|| button("reset-link", "Make a reset link")),
        }
    }
}

/// Shows the page.
pub async fn detail(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let user = find(&app, user_id(&request)?).await?;
    let frame = staff.frame(&app, Section::Users);
    let (id, path) = (user.id, path(user.id));
    let live = SessionFilter {
        user_id: Some(id),
        state: Some(State::Live),
        order: SessionOrder::LastSeen,
        ..SessionFilter::default()
    };
    let tokens = OutstandingTokenFilter {
        user_id: Some(id),
        ..OutstandingTokenFilter::default()
    };
    let events = EventFilter {
        user_id: Some(id),
        ..EventFilter::default()
    };
    let operator_sessions = if may_operate(&user) {
        let path = format!("{path}admin-sessions/");
        operator_sessions::of_user(&staff, &app, &frame, id, &path).await?
    } else {
        Vec::new()
    };
    let role = Role::of(&user);
    let events = newest(&app, events, |event| EventRow::new(event, frame.now)).await?;
    render(&UserPage {
        role,
        badges: badges(user.is_active, role),
        joined: Time::new(user.date_joined, frame.now),
        last_log_in: user.last_login.map(|at| Time::new(at, frame.now)),
        claims: claim_names(&user),
        is_self: id == staff.user.id,
        actions: Actions::of(&user, &frame),
        sessions: newest(&app, live, |session| SessionRow::of(session, &frame)).await?,
        operator_sessions,
        tokens: newest(&app, tokens, |token| TokenRow::of(token, &frame)).await?,
        events: events.rows,
        more_events: events.more,
        frame,
        user,
    })
}

/// The newest rows that a filter finds.
async fn newest<F, Row>(
    app: &web::Data<App>,
    filter: F,
    show: impl Fn(F::Row) -> Row,
) -> Result<Newest<Row>, Error>
where
    F: Filter + Send + 'static,
    F::Row: Send + 'static,
{
    let (now, budget) = (app.now(), Budget::new(&app.clock, PATIENCE));
    let found = app.database.read(move |connection| {
        let still_time = &mut || budget.is_left();
        listing::page(connection, &filter, At::Newest, SHOWN, now, still_time).map_err(Error::from)
    });
    let found = found.await?;
    Ok(Newest {
        rows: found.rows.into_iter().map(show).collect(),
        more: found.older.is_some(),
    })
}

fn claim_names(user: &User) -> Vec<String> {
    let claims: Option<Map<String, Value>> = serde_json::from_str(&user.claims).ok();
    claims.map_or_else(Vec::new, |claims| {
        claims.into_iter().map(|(name, _)| name).collect()
    })
}
