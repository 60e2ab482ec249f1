//! `GET /admin/users/`: people, looked for and listed.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::filters::{Field, Fields};
use super::super::frame::{Frame, Section};
use super::super::paging::{self, ROWS};
use super::super::parameters::Parameters;
use super::super::parts::{Badge, Pager, Time};
use super::super::staff::Staff;
use super::super::{render, render_with};
use super::badges;
use crate::app::App;
use crate::error::Error;
use crate::models::listing::At;
use crate::models::user_list::{ListedUser, UserFilter, UserOrder};
use crate::sessions::Role;

const PATH: &str = "/admin/users/";

/// The list.
#[derive(Debug, Template)]
#[template(path = "admin/users/list.html")]
pub struct UsersPage {
    /// What is around it.
    pub frame: Frame,
    /// What is searched for.
    pub search: String,
    /// The other fields to choose by.
    pub fields: Vec<Field>,
    /// Whether anything is chosen.
    pub chosen: bool,
    /// Whether a field says what it cannot.
    pub wrong: bool,
    /// Whoever is exactly what is searched for.
    pub exact: Vec<Row>,
    /// The page of the list.
    pub users: Vec<Row>,
    /// Links to the pages beside it.
    pub pager: Pager,
}

/// A user in the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Primary key.
    pub id: i64,
    /// The address.
    pub email: String,
    /// First and last name, as far as they are known.
    pub name: String,
    /// What is unusual.
    pub badges: Vec<Badge>,
    /// When the account was made.
    pub joined: Time,
    /// When it last logged in.
    pub last_log_in: Option<Time>,
}

impl Row {
    fn of(user: &ListedUser, frame: &Frame) -> Self {
        let name = format!("{} {}", user.first_name, user.last_name);
        Self {
            id: user.id,
            email: user.email.clone(),
            name: name.trim().to_owned(),
            badges: badges(user.is_active, Role::new(user.is_staff, user.is_superuser)),
            joined: Time::new(user.date_joined, frame.now),
            last_log_in: user.last_login.map(|at| Time::new(at, frame.now)),
        }
    }
}

/// Shows the list.
pub async fn list(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let query = Parameters::parse(request.query_string().as_bytes());
    let (filter, fields) = read(&query);
    let frame = staff.frame(&app, Section::Users);
    let mut page = UsersPage {
        frame,
        search: query.get("q").unwrap_or_default().to_owned(),
        chosen: fields.iter().any(|field| !field.value.is_empty()),
        wrong: fields.iter().any(|field| field.complaint.is_some()),
        fields,
        exact: Vec::new(),
        users: Vec::new(),
        pager: Pager::default(),
    };
    if page.wrong {
        return render_with(HttpResponse::BadRequest(), &page);
    }
    let at = paging::position(&filter, &query)?;
    if at == At::Newest {
        let filter = filter.clone();
        let exact = app
            .database
            .read(move |connection| filter.exact(connection).map_err(Error::from))
            .await?;
        page.exact = exact
            .iter()
            .map(|user| Row::of(user, &page.frame))
            .collect();
    }
    let found = paging::look(&app, filter.clone(), at, ROWS).await?;
    page.pager = paging::pager(PATH, &query, &filter, at, &found);
    page.users = found
        .rows
        .iter()
        .map(|user| Row::of(user, &page.frame))
        .collect();
    render(&page)
}

/// What the query chooses; the fields say what is wrong with it.
fn read(query: &Parameters) -> (UserFilter, Vec<Field>) {
    let mut fields = Fields::new(query);
    let orders = [(
        "last_log_in",
        "Last log-in, the newest first",
        UserOrder::LastLogIn,
    )];
    let never = [("never", "Never", true)];
    let filter = UserFilter {
        search: query.get("q").map(str::to_owned),
        active: fields.yes_or_no("active", "May log in", "Active", "Inactive"),
        staff: fields.yes_or_no("staff", "Staff", "Staff", "Not staff"),
        superuser: fields.yes_or_no("superuser", "Superuser", "Superusers", "Not superusers"),
        never_logged_in: fields
            .one_of("logged_in", "Has logged in", "At any time or never", &never)
            .is_some(),
        logged_in_from: fields.time("logged_in_from", "Last log-in since (UTC)"),
        joined_from: fields.time("joined_from", "Joined since (UTC)"),
        joined_before: fields.time("joined_before", "Joined before (UTC)"),
        order: fields
            .one_of("order", "Order", "Joined, the newest first", &orders)
            .unwrap_or_default(),
    };
    (filter, fields.finish())
}
