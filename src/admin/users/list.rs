//! `GET /admin/users/`: people, looked for and listed.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::fields::{Field, Filters};
use super::super::frame::{Frame, Section};
use super::super::paging;
use super::super::parts::{Badge, Pager, Time};
use super::super::render_search;
use super::super::search::Search;
use super::super::staff::Staff;
use super::badges;
use crate::app::App;
use crate::error::Error;
use crate::models::user_list::{ListedUser, UserFilter, UserOrder};
use crate::sessions::Role;

const PATH: &str = "/admin/users/";

/// The list.
#[derive(Debug, Template)]
#[template(path = "admin/users/list.html")]
pub struct UsersPage {
    /// What is around it.
    pub frame: Frame,
    /// What can be looked for.
    pub filters: Filters,
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
    let (search, clock) = (Search::of(&request), app.clock.clone());
    let read = |_: &mut _, search: &mut Search| Ok(filter(search));
    let looked = search.look(&app, read, move |connection, search, filter| {
        let listed = paging::read(connection, search, filter, (PATH, "users"), &clock)?;
        let exact = if listed.is_first {
            filter.exact(connection)?
        } else {
            Vec::new()
        };
        Ok((listed, exact))
    });
    let (search, (listed, exact)) = looked.await?;
    let frame = staff.frame(&app, Section::Users);
    let rows = |users: &[ListedUser]| users.iter().map(|user| Row::of(user, &frame)).collect();
    let page = UsersPage {
        filters: filters(&search),
        exact: rows(&exact),
        users: rows(&listed.rows),
        pager: listed.pager,
        frame,
    };
    render_search(&search, &page)
}

/// What is looked for.
fn filter(search: &mut Search) -> UserFilter {
    let orders = [
        ("joined", UserOrder::Joined),
        ("last_log_in", UserOrder::LastLogIn),
    ];
    UserFilter {
        search: search.text("q"),
        active: search.yes_no("active"),
        staff: search.yes_no("staff"),
        superuser: search.yes_no("superuser"),
        never_logged_in: search.choice("logged_in", [("never", ())]).is_some(),
        logged_in_from: search.time("logged_in_from"),
        joined_from: search.time("joined_from"),
        joined_before: search.time("joined_before"),
        order: search.choice("order", orders).unwrap_or_default(),
    }
}

/// The search on top, and the filters below it.
fn filters(search: &Search) -> Filters {
    let one = |name, label, (word, choice): (&'static str, &str)| {
        search.choice_field(name, label, [(word, choice.to_owned())])
    };
    let fields = vec![
        search.yes_no_field("active", "May log in"),
        search.yes_no_field("staff", "Staff"),
        search.yes_no_field("superuser", "Superuser"),
        one("logged_in", "Has logged in", ("never", "Never")),
        Field {
            hint: "Joined last first",
            ..one("order", "Order", ("last_log_in", "Logged in last first"))
        },
        search.time_field("logged_in_from", "Last log-in from (UTC)"),
        search.time_field("joined_from", "Joined from (UTC)"),
        search.time_field("joined_before", "Joined before (UTC)"),
    ];
    Filters {
        first: Some(search.text_field("q", "E-mail address, a part of it, or a number", "")),
        ..Filters::new(PATH, fields)
    }
}
