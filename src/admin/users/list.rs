//! `GET /admin/users/`: people, looked for and listed.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::fields::Field;
use super::super::frame::{Frame, Section};
use super::super::paging;
use super::super::parts::{Badge, Pager, Time};
use super::super::search::Search;
use super::super::staff::Staff;
use super::super::{render, render_with};
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
    let mut search = Search::of(&request);
    let filter = read(&mut search);
    let frame = staff.frame(&app, Section::Users);
    let mut page = UsersPage {
        frame,
        search: search.text("q").unwrap_or_default(),
        chosen: !search.filters().without(&["q"]).is_empty(),
        wrong: !search.is_right(),
        fields: fields(&search),
        exact: Vec::new(),
        users: Vec::new(),
        pager: Pager::default(),
    };
    if page.wrong {
        return render_with(HttpResponse::BadRequest(), &page);
    }
    let clock = app.clock.clone();
    let (found, exact) = app
        .database
        .read(move |connection| {
            let found = paging::read(connection, &search, &filter, (PATH, "users"), &clock)?;
            let exact = if found.is_first {
                filter.exact(connection)?
            } else {
                Vec::new()
            };
            Ok::<_, Error>((found, exact))
        })
        .await?;
    let rows = |users: &[ListedUser]| -> Vec<Row> {
        let rows = users.iter().map(|user| Row::of(user, &page.frame));
        rows.collect()
    };
    (page.exact, page.users) = (rows(&exact), rows(&found.rows));
    page.pager = found.pager;
    render(&page)
}

/// What is looked for.
fn read(search: &mut Search) -> UserFilter {
    let logged_in = search.text("logged_in");
    if logged_in.as_ref().is_some_and(|text| text != "never") {
        search.complain("logged_in", "Choose never, or leave it open.");
    }
    let order = match search.given().get("order") {
        None | Some("joined") => UserOrder::Joined,
        Some("last_log_in") => UserOrder::LastLogIn,
        Some(_) => {
            search.complain("order", "Choose one of the list.");
            UserOrder::Joined
        }
    };
    UserFilter {
        search: search.text("q"),
        active: search.yes_no("active"),
        staff: search.yes_no("staff"),
        superuser: search.yes_no("superuser"),
        never_logged_in: logged_in.is_some(),
        logged_in_from: search.time("logged_in_from"),
        joined_from: search.time("joined_from"),
        joined_before: search.time("joined_before"),
        order,
    }
}

/// The fields beside the search, with what was chosen.
fn fields(search: &Search) -> Vec<Field> {
    let choice = |name, label, choices: &[(&'static str, &str)]| {
        let choices = choices
            .iter()
            .map(|(value, label)| (*value, (*label).to_owned()));
        search.choice_field(name, label, choices)
    };
    vec![
        choice(
            "active",
            "May log in",
            &[("yes", "Active"), ("no", "Inactive")],
        ),
        choice("staff", "Staff", &[("yes", "Staff"), ("no", "Not staff")]),
        choice(
            "superuser",
            "Superuser",
            &[("yes", "Superusers"), ("no", "Not superusers")],
        ),
        choice("logged_in", "Has logged in", &[("never", "Never")]),
        search.time_field("logged_in_from", "Last log-in since (UTC)"),
        search.time_field("joined_from", "Joined since (UTC)"),
        search.time_field("joined_before", "Joined before (UTC)"),
        Field {
            hint: "Joined",
            ..choice(
                "order",
                "Newest first by",
                &[("last_log_in", "Last log-in")],
            )
        },
    ]
}
