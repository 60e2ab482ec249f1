//! `GET /admin/tokens/{jti}/`: one refresh token.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{path, state};
use crate::admin::frame::{Frame, Section};
use crate::admin::parts::{Badge, Button, Danger, Device, Time};
use crate::admin::staff::Staff;
use crate::admin::{in_words, render};
use crate::app::App;
use crate::clock::Moment;
use crate::error::Error;
use crate::models::session_list::{ListedSession, State};
use crate::models::token_facts::TokenFacts;

/// One token.
#[derive(Debug, Template)]
#[template(path = "admin/tokens/detail.html")]
pub struct TokenPage {
    /// What is around it.
    pub frame: Frame,
    /// Its identity.
    pub jti: String,
    /// What became of it.
    pub state: Badge,
    /// Whose it is.
    pub user_id: i64,
    /// The address of that user.
    pub email: String,
    /// The session that it belongs to.
    pub sid: String,
    /// What became of the session.
    pub session: Badge,
    /// Its place in the session, from 0 on.
    pub sequence: i64,
    /// The token before it.
    pub parent: Neighbour,
    /// The token after it.
    pub successor: Neighbour,
    /// When it was issued.
    pub created: Time,
    /// When it expires.
    pub expires: Time,
    /// When it was rotated away, from where and by what.
    pub used: Option<Use>,
    /// When it was blacklisted, and why.
    pub blacklisted: Option<(Time, String)>,
    /// The button that blacklists it, where that changes anything.
    pub blacklist: Option<Danger>,
    /// What became of it, and what blacklisting it would change, in words.
    pub standing: &'static str,
}

/// A token beside this one.
#[derive(Clone, Debug)]
pub enum Neighbour {
    /// There never was one.
    None,
    /// Its row is gone: a session keeps its first and its newest tokens.
    Gone,
    /// This one.
    Token {
        /// Its identity.
        jti: String,
        /// Where its page is.
        path: String,
    },
}

impl Neighbour {
    fn new(jti: Option<String>, there_was_one: bool) -> Self {
        match jti {
            Some(jti) => Self::Token {
                path: path(&jti),
                jti,
            },
            None if there_was_one => Self::Gone,
            None => Self::None,
        }
    }
}

/// When a token was rotated away, from where and by what.
#[derive(Clone, Debug)]
pub struct Use {
    /// When.
    pub at: Time,
    /// From which address.
    pub ip: Option<String>,
    /// By which browser.
    pub device: Device,
}

/// What the database knows of a token.
struct Found {
    token: TokenFacts,
    parent: Option<String>,
    successor: Option<String>,
    session: State,
}

/// Shows it.
pub async fn detail(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let jti = jti(&request)?;
    let now = app.now();
    let found = app
        .database
        .read(move |connection| {
            let token = TokenFacts::find(connection, &jti)?.ok_or(Error::NotFound)?;
            let session = ListedSession::find(connection, &token.sid, now)?;
            Ok::<_, Error>(Found {
                parent: token.parent(connection)?,
                successor: token.successor(connection)?,
                session: session.ok_or(Error::NotFound)?.state,
                token,
            })
        })
        .await?;
    let frame = staff.frame(&app, Section::Tokens);
    render(&TokenPage::new(frame, found, now))
}

/// The token that a path names. No database has one with a NUL.
pub(super) fn jti(request: &HttpRequest) -> Result<String, Error> {
    let jti = request.match_info().get("jti").unwrap_or_default();
    if jti.contains('\0') {
        return Err(Error::NotFound);
    }
    Ok(jti.to_owned())
}

impl TokenPage {
    fn new(frame: Frame, found: Found, now: Moment) -> Self {
        let Found { token, session, .. } = found;
        let is_current = token.jti == token.current_jti;
        let standing = standing(is_current, session);
        let may_end = is_current && session != State::Ended;
        let blacklist = may_end.then(|| {
            let action = format!("{}blacklist/", path(&token.jti));
            Danger::new(
                Button::new(&frame, action, "Blacklist and end the session"),
                format!(
                    "This is the current token of a session of {}. Without it the session cannot be \
                     refreshed, so the session ends: its access tokens are refused at once, and the \
                     device has to log in again.",
                    token.email
                ),
            )
        });
        let reason = token.reason.as_deref();
        let at = |at| Time::new(at, now);
        Self {
            state: state(reason, token.expires_at, now),
            user_id: token.user_id,
            email: token.email,
            session: badge(session),
            sequence: token.sequence,
            parent: Neighbour::new(found.parent, token.parent_id.is_some()),
            successor: Neighbour::new(found.successor, !is_current),
            created: at(token.created_at),
            expires: at(token.expires_at),
            used: token.used_at.map(|used| Use {
                at: at(used),
                ip: token.used_ip,
                device: Device::new(token.used_user_agent.as_deref().unwrap_or_default()),
            }),
            blacklisted: token.blacklisted_at.map(|when| {
                let reason = token.reason.as_deref().unwrap_or_default();
                (at(when), in_words(reason))
            }),
            sid: token.sid,
            jti: token.jti,
            blacklist,
            standing,
            frame,
        }
    }
}

fn standing(is_current: bool, session: State) -> &'static str {
    match (is_current, session) {
        (_, State::Ended) => {
            "Its session has ended: none of its tokens refreshes, and blacklisting one would change nothing."
        }
        (true, State::Live) => {
            "It is the current token of its session: the only one that refreshes it."
        }
        (true, State::Expired | State::Refused) => {
            "It is the current token of its session, and is refused already."
        }
        (false, _) => {
            "It is superseded: rotation has blacklisted it already, and presenting it once more, after the \
             grace, ends the session. To end the session now, blacklist its current token."
        }
    }
}

fn badge(state: State) -> Badge {
    let class = match state {
        State::Live => "good",
        State::Refused => "warn",
        State::Ended | State::Expired => "plain",
    };
    Badge::new(class, state.as_str())
}
