//! `GET /admin/sessions/end-many/`: what would end if all sessions that a filter finds did.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use askama::Template;

use super::counted::{Counted, left};
use super::filter::{NAMES, ORDER, filter};
use super::in_words::in_words;
use super::line::SessionLine;
use crate::admin::frame::{Frame, Section};
use crate::admin::parameters::Parameters;
use crate::admin::render_with;
use crate::admin::search::Search;
use crate::admin::staff::Staff;
use crate::app::App;
use crate::clock::Budget;
use crate::error::Error;
use crate::jobs;
use crate::models::job::Job;
use crate::models::session_list::{ListedSession, SessionFilter, count_not_ended_up_to};
use crate::models::user::User;

/// Where the page is.
pub(super) const PATH: &str = "/admin/sessions/end-many/";
/// For how long sessions are counted.
const LOOK: Duration = Duration::from_millis(500);
/// For how long they are when that was not enough and an operator asks for more.
const LONG_LOOK: Duration = Duration::from_secs(10);
/// Those that would stay are counted as far as this.
pub(super) const OPEN_COUNTED: i64 = 500_000;
/// The parameter that says whether the operator's own sessions stay; they do unless it is `no`.
pub(super) const KEEP: &str = "keep";
/// The parameter that has [`LONG_LOOK`] for its value `long`.
pub(super) const COUNT: &str = "count";

/// What would end, and what is asked before it does.
#[derive(Debug, Template)]
#[template(path = "admin/sessions/end_many.html")]
pub struct EndManyPage {
    /// What is around it.
    pub frame: Frame,
    /// Which sessions, in words.
    pub what: String,
    /// How many.
    pub counted: Counted,
    /// Of how many users.
    pub users: String,
    /// How many others stay.
    pub left: String,
    /// The newest of those that would end.
    pub lines: Vec<SessionLine>,
    /// Whether the operator's own sessions stay; none where it is about one user's alone.
    pub keep: Option<bool>,
    /// The filter, for hidden fields.
    pub fields: Vec<(String, String)>,
    /// The newest job that there was when they were counted.
    pub last_job: i64,
    /// The number as it was typed.
    pub typed: String,
    /// Why nothing has ended, where somebody tried.
    pub complaint: Option<String>,
    /// The list of these sessions.
    pub list: String,
    /// The same page, for which is counted longer.
    pub longer: Option<String>,
    /// The same page without keeping the operator's own sessions, where there are no others.
    pub without_keeping: Option<String>,
}

/// Which sessions are to end.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The filter as it was sent: what [`NAMES`] has and no other name.
    pub(super) parameters: Parameters,
    /// Whether those of the operator stay.
    pub(super) keep: bool,
    /// Whether to count for longer.
    pub(super) long: bool,
}

impl Asked {
    /// Takes the filter out of what was sent, where `own` are the names of the page itself.
    ///
    /// # Errors
    /// A bad request, when there is a name that is no filter, or one twice: what is left out
    /// of a filter ends more than was asked for.
    pub(super) fn read(sent: &Parameters, keep: bool, own: &[&str]) -> Result<Self, Error> {
        let parameters = sent.without(own);
        let mut known: Vec<&str> = Vec::new();
        for (name, _) in parameters.pairs() {
            if !NAMES.contains(&name) {
                return Err(refused(&format!("There is no filter {name}")));
            }
            if known.contains(&name) {
                return Err(refused(&format!("The filter {name} is there twice")));
            }
            known.push(name);
        }
        Ok(Self {
            // The order is none of it: a job has its own.
            parameters: parameters.without(&[ORDER]),
            keep,
            long: sent.get(COUNT) == Some("long"),
        })
    }
}

/// What was found of it.
pub(super) struct Seen {
    /// The filter as it was understood.
    pub(super) filter: SessionFilter,
    /// The user whose sessions stay.
    pub(super) keep: Option<i64>,
    /// How many would end.
    pub(super) counted: Counted,
    /// The newest job; 0 where there is none.
    last_job: i64,
    users: usize,
    open: i64,
    sample: Vec<ListedSession>,
    emails: HashMap<i64, String>,
}

/// Where all that a list's filters find is ended, and what the link says.
pub(super) fn link(list: &Parameters) -> (String, &'static str) {
    let parameters = list.only(&NAMES).without(&[ORDER]);
    let label = if parameters.is_empty() {
        "End everyone…"
    } else {
        "End all of these…"
    };
    (parameters.behind(PATH), label)
}

/// Shows what would end; changes nothing.
pub async fn end_many(
    request: HttpRequest,
    staff: Staff,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let sent = Search::of(&request).given().clone();
    let asked = Asked::read(&sent, sent.get(KEEP) != Some("no"), &[KEEP, COUNT])?;
    let seen = look(&app, &staff, &asked).await?;
    show(&app, &staff, &asked, &seen, None)
}

/// Looks for the sessions, for a bounded time.
///
/// # Errors
/// A bad request, unless the whole filter is understood.
pub(super) async fn look(
    app: &web::Data<App>,
    staff: &Staff,
    asked: &Asked,
) -> Result<Seen, Error> {
    let (asked, own) = (asked.clone(), staff.user.id);
    let (now, clock) = (app.now(), app.clock.clone());
    app.database
        .read(move |connection| {
            let mut search = Search::new(asked.parameters);
            let filter = filter(connection, &mut search)?;
            if let Some(complaint) = search.complaint() {
                return Err(refused(complaint.trim_end_matches('.')));
            }
            let keep = (asked.keep && filter.user_id.is_none()).then_some(own);
            let budget = Budget::new(&clock, if asked.long { LONG_LOOK } else { LOOK });
            let mut still_time = || budget.is_left();
            let preview = jobs::preview(connection, &filter, keep, now, &mut still_time)?;
            let named: Vec<_> = filter.user_id.into_iter().chain(keep).collect();
            Ok(Seen {
                emails: User::emails(connection, &named)?,
                open: count_not_ended_up_to(connection, OPEN_COUNTED)?,
                counted: Counted {
                    sessions: preview.sessions,
                    more: preview.more,
                },
                users: preview.users,
                sample: preview.sample,
                filter,
                keep,
                last_job: Job::last(connection)?,
            })
        })
        .await
}

/// The page: 200, or 400 with the number that was typed and why it ended nothing.
pub(super) fn show(
    app: &App,
    staff: &Staff,
    asked: &Asked,
    seen: &Seen,
    refused: Option<(String, String)>,
) -> Result<HttpResponse, Error> {
    let (status, typed, complaint) = match refused {
        None => (StatusCode::OK, String::new(), None),
        Some((typed, complaint)) => (StatusCode::BAD_REQUEST, typed, Some(complaint)),
    };
    let Counted { sessions, more } = seen.counted;
    let mut again = asked.parameters.clone();
    if !asked.keep {
        again = again.with(KEEP, "no");
    }
    let pairs = asked.parameters.pairs();
    let page = EndManyPage {
        frame: staff.frame(app, Section::Sessions),
        what: in_words(&seen.filter, seen.keep, |id| seen.emails.get(&id).cloned()),
        users: super::counted::users(seen.users, more),
        left: left(seen.counted, seen.open, OPEN_COUNTED),
        counted: seen.counted,
        lines: SessionLine::all(&seen.sample, app.now()),
        keep: seen.filter.user_id.is_none().then_some(asked.keep),
        fields: pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .chain(asked.long.then(|| (COUNT.to_owned(), "long".to_owned())))
            .collect(),
        last_job: seen.last_job,
        typed,
        complaint,
        list: asked.parameters.behind("/admin/sessions/"),
        longer: (more && sessions < jobs::COUNTED && !asked.long)
            .then(|| again.with(COUNT, "long").behind(PATH)),
        without_keeping: (sessions == 0 && !more && seen.keep.is_some())
            .then(|| asked.parameters.with(KEEP, "no").behind(PATH)),
    };
    render_with(HttpResponseBuilder::new(status), &page)
}

fn refused(why: &str) -> Error {
    Error::NonField(format!(
        "{why}. No session was ended. Go back to the list of sessions, filter it again, and end many from there."
    ))
}
