//! `GET /admin/sessions/failures/`: users and addresses with very many failed log-ins.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::tabs::{FAILURES, Tab, tabs};
use crate::admin::frame::{Frame, Section};
use crate::admin::paging::PATIENCE;
use crate::admin::parts::{Source, Time};
use crate::admin::person::Person;
use crate::admin::render;
use crate::admin::search::Search;
use crate::admin::staff::Staff;
use crate::app::App;
use crate::clock::Budget;
use crate::error::Error;
use crate::models::failure_count::{self, MANY};
use crate::models::user::User;

/// How many of each are shown.
const SHOWN: usize = 100;

/// Who has many failures, or from where they came.
#[derive(Clone, Debug)]
pub struct FailureLine<Subject> {
    /// The user or the address.
    pub subject: Subject,
    /// How many failures.
    pub failures: u64,
    /// From how many addresses, or of how many users.
    pub others: usize,
    /// When the last one was noted.
    pub last: Time,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "admin/sessions/failures.html")]
pub struct FailuresPage {
    /// What is around it.
    pub frame: Frame,
    /// The saved views.
    pub tabs: Vec<Tab>,
    /// From how many failures on.
    pub many: u64,
    /// Since when they were counted.
    pub since: Time,
    /// Whether that is a whole day.
    pub complete: bool,
    /// Users, most failures first.
    pub users: Vec<FailureLine<Person>>,
    /// Addresses and networks, most failures first; `None` is all that are not known.
    pub addresses: Vec<FailureLine<Option<Source>>>,
}

/// Counts the failures of the last day.
pub async fn failures(
    request: HttpRequest,
    staff: Staff,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let (now, clock) = (app.now(), app.clock.clone());
    let (found, emails) = app
        .database
        .read(move |connection| {
            let budget = Budget::new(&clock, PATIENCE);
            let mut found = failure_count::count(connection, now, &mut || budget.is_left())?;
            found.users.truncate(SHOWN);
            found.addresses.truncate(SHOWN);
            let ids: Vec<_> = found.users.iter().map(|count| count.subject).collect();
            let emails = User::emails(connection, &ids)?;
            Ok::<_, Error>((found, emails))
        })
        .await?;
    let users = found.users.iter().map(|count| FailureLine {
        subject: Person::of(count.subject, &emails),
        failures: count.failures,
        others: count.others,
        last: Time::new(count.last_at, now),
    });
    let addresses = found.addresses.iter().map(|count| FailureLine {
        subject: count.subject.as_deref().map(Source::new),
        failures: count.failures,
        others: count.others,
        last: Time::new(count.last_at, now),
    });
    render(&FailuresPage {
        frame: staff.frame(&app, Section::Sessions),
        tabs: tabs(FAILURES, &Search::of(&request)),
        many: MANY,
        since: Time::new(found.since, now),
        complete: found.complete,
        users: users.collect(),
        addresses: addresses.collect(),
    })
}
