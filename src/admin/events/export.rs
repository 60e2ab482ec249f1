//! `GET /admin/events/export.csv` and `export.jsonl`: the audit log to take along, by the
//! same filters as the list.
//!
//! It is sent as it is read, a chunk at a time and none before the client has taken the one
//! before it, so that its length costs neither memory nor a connection to the database. A
//! client that hangs up ends it. Where it cannot be read to its end, its last line says so
//! and the connection is broken off, so that nobody takes a part for the whole.

mod format;

use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDateTime;
use futures_util::stream::{self, Stream};
use serde_json::{Map, Value, json};
use web::Bytes;

use super::filter;
use crate::admin::search::Search;
use crate::admin::staff::{SignedIn, Staff};
use crate::app::App;
use crate::clock::Budget;
use crate::error::Error;
use crate::models::event::{EventKind, NewEvent};
use crate::models::event_list::EventFilter;
use crate::models::listing::{self, At};

pub use format::Format;

/// So many events are read at once.
pub const CHUNK: usize = 1000;
/// How long the last line of a file that is not whole has to get out before the connection
/// is broken off: what waits to be sent is lost with it.
const LAST_LINE: Duration = Duration::from_secs(1);
/// A filter that finds little looks for so long before it lets others have the connection.
const TURN: Duration = Duration::from_millis(250);

/// As a spreadsheet reads it.
pub async fn csv(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    export(&staff, &request, app, Format::Csv).await
}

/// As a program reads it.
pub async fn json_lines(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    export(&staff, &request, app, Format::JsonLines).await
}

async fn export(
    staff: &Staff,
    request: &HttpRequest,
    app: web::Data<App>,
    format: Format,
) -> Result<HttpResponse, Error> {
    let mut search = Search::of(request);
    let filter = app
        .database
        .read(move |connection| {
            let filter = filter(connection, &mut search)?;
            if search.is_right() {
                Ok(filter)
            } else {
                Err(Error::NonField(
                    "One of the filters cannot be read. Mend it in the list of events and export again."
                        .to_owned(),
                ))
            }
        })
        .await?;
    let noted = described(&filter);
    let export = Export {
        at: Some(At::Newest),
        signed_in: staff.signed_in(),
        filter,
        format,
        app,
    };
    let moment = export.app.now().format("%Y-%m-%dT%H%M%SZ");
    let name = format!("frontgate-events-{moment}.{}", format.extension());
    // The first chunk is read before anything is answered: what is not there is a plain error.
    let (first, export) = export.next().await?;
    note(staff, &export.app, noted, format).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, format.media_type()))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(export.rest(format!("{}{first}", format.head()))))
}

/// Notes who takes along what, before anything is sent.
async fn note(
    staff: &Staff,
    app: &web::Data<App>,
    filter: Value,
    format: Format,
) -> Result<(), Error> {
    let detail = json!({ "filter": filter, "format": format.extension() }).to_string();
    staff
        .change(app, move |change, _| {
            Ok(change.note(&NewEvent {
                detail: Some(&detail),
                ..change.event(EventKind::EventsExported)
            })?)
        })
        .await
}

/// What a filter asks for, as the audit log keeps it: users by their number, for an address
/// that was typed may be of somebody else.
fn described(filter: &EventFilter) -> Value {
    let EventFilter {
        kinds,
        user_id,
        actor_id,
        sid,
        ip,
        network,
        reason,
        from,
        before,
    } = filter;
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    let moment = |moment: &Option<NaiveDateTime>| moment.map(|at| at.and_utc().to_rfc3339());
    let fields = [
        ("kinds", json!((!kinds.is_empty()).then_some(kinds))),
        ("user_id", json!(user_id)),
        ("actor_id", json!(actor_id)),
        ("session", json!(sid)),
        ("ip", json!(ip)),
        ("network", json!(network.map(|network| network.to_string()))),
        ("reason", json!(reason)),
        ("from", json!(moment(from))),
        ("before", json!(moment(before))),
    ];
    let asked = fields.into_iter().filter(|(_, value)| !value.is_null());
    asked
        .map(|(name, value)| (name.to_owned(), value))
        .collect::<Map<_, _>>()
        .into()
}

/// What is still to be sent.
struct Export {
    app: web::Data<App>,
    signed_in: SignedIn,
    filter: EventFilter,
    format: Format,
    /// Where it goes on; none when everything was read.
    at: Option<At>,
}

/// How far the sending is.
enum Sending {
    /// This, and then what the export has.
    Text(String, Export),
    /// What the export has.
    More(Export),
    /// Nothing: break it off.
    BrokenOff(Error),
    /// Nothing.
    Done,
}

impl Export {
    /// Reads some more; perhaps nothing was found yet.
    async fn next(mut self) -> Result<(String, Self), Error> {
        let Some(at) = self.at else {
            return Ok((String::new(), self));
        };
        let (filter, clock) = (self.filter.clone(), self.app.clock.clone());
        let signed_in = self.signed_in.clone();
        let page = self
            .app
            .database
            .read(move |connection| {
                let (budget, now) = (Budget::new(&clock, TURN), clock.now());
                // Whoever is put out or signs out meanwhile gets no more of it.
                signed_in.check(connection, now)?;
                let mut still_time = || budget.is_left();
                listing::page(connection, &filter, at, CHUNK, now, &mut still_time)
                    .map_err(Error::from)
            })
            .await?;
        self.at = page.older.map(At::Older);
        let lines: Result<String, _> = page.rows.iter().map(|row| self.format.line(row)).collect();
        Ok((
            lines.map_err(|error| Error::Internal(Box::new(error)))?,
            self,
        ))
    }

    /// `first`, and then everything else.
    fn rest(self, first: String) -> impl Stream<Item = Result<Bytes, Error>> {
        stream::unfold(Sending::Text(first, self), |sending| async move {
            let export = match sending {
                Sending::Text(text, export) => {
                    return Some((Ok(text.into()), Sending::More(export)));
                }
                Sending::More(export) if export.at.is_none() => return None,
                Sending::More(export) => export,
                Sending::BrokenOff(error) => {
                    tokio::time::sleep(LAST_LINE).await;
                    return Some((Err(error), Sending::Done));
                }
                Sending::Done => return None,
            };
            let format = export.format;
            Some(match export.next().await {
                Ok((text, export)) => (Ok(text.into()), Sending::More(export)),
                Err(error) => {
                    tracing::warn!(%error, "an export of events was broken off");
                    (Ok(format.incomplete().into()), Sending::BrokenOff(error))
                }
            })
        })
    }
}
