//! `GET sessions/`: where am I logged in?

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{ArrayBuilder, Ref, RefOr, Schema};

use super::{fields, rfc_3339};
use crate::app::App;
use crate::device;
use crate::error::Error;
use crate::extract::CurrentUser;
use crate::models::live_session::{LONGEST_LIST, LiveSession};
use crate::sessions;
use crate::tokens::TokenError;

/// One of the current user's sessions. Times are UTC, as RFC 3339 writes them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "id": "0b5c1a3f5d7e4c0f9a8b7c6d5e4f3a2b",
    "device": "Firefox on Windows",
    "ip": "203.0.113.7",
    "created_at": "2026-01-05T12:00:00Z",
    "last_seen_at": "2026-01-06T09:30:00Z",
    "expires_at": "2026-01-13T09:30:00Z",
    "current": true
}))]
pub struct SessionAnswer {
    /// What `DELETE sessions/{id}/` takes.
    #[schema(schema_with = fields::session_id)]
    pub id: String,
    /// Browser and device in words, from the user agent of the last refresh;
    /// `Unknown browser` where it says nothing that is known.
    pub device: String,
    /// The address of the last refresh.
    pub ip: Option<String>,
    /// When it was opened.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last refreshed: reading leaves no trace.
    #[schema(format = DateTime)]
    pub last_seen_at: String,
    /// When it ends unless it is refreshed before.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// Whether it is the session of this request.
    pub current: bool,
}

/// The sessions of one user, as the document describes them.
#[derive(Debug)]
pub struct SessionList;

impl utoipa::PartialSchema for SessionList {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(Ref::from_schema_name(SessionAnswer::name()))
            .max_items(usize::try_from(LONGEST_LIST).ok())
            .into()
    }
}

impl ToSchema for SessionList {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((
            SessionAnswer::name().into_owned(),
            <SessionAnswer as utoipa::PartialSchema>::schema(),
        ));
    }
}

/// List my sessions.
///
/// The live sessions of the current user, the one last seen first. Where there are more than
/// are listed, this one is among them all the same.
#[utoipa::path(
    get,
    path = "/sessions/",
    tag = "account",
    security(("access_cookie" = []), ("bearer" = [])),
    responses(
        (status = 200, description = "The sessions.", body = SessionList),
    )
)]
pub async fn sessions(
    CurrentUser(token): CurrentUser,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let (sid, now) = (token.sid.simple().to_string(), app.now());
    let answer = app
        .database
        .read(move |connection| {
            let own = sessions::find_own(connection, &token, now)?;
            let user = own.ok_or(Error::Token(TokenError::Revoked))?;
            let live = LiveSession::of_user(connection, user.id, &sid, now)?;
            let answer = live.into_iter().map(|session| show(session, &sid));
            Ok::<_, Error>(answer.collect::<Vec<_>>())
        })
        .await?;
    Ok(HttpResponse::Ok().json(answer))
}

fn show(session: LiveSession, current: &str) -> SessionAnswer {
    SessionAnswer {
        current: session.sid == current,
        id: session.sid,
        device: device::describe(&session.last_user_agent),
        ip: session.last_ip,
        created_at: rfc_3339(session.created_at),
        last_seen_at: rfc_3339(session.last_seen_at),
        expires_at: rfc_3339(session.expires_at),
    }
}
