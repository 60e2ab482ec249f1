//! Reading and changing what is one's own; whose it is, `sessions::find_own` and
//! `sessions::lock_own` decide.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use diesel::QueryResult;

use super::{client, refresh_token};
use crate::app::App;
use crate::error::Error;
use crate::models::user::User;
use crate::sessions::{self, Change, Client, Policy};
use crate::tokens::{AccessToken, RefreshToken, TokenError};

/// The person for whom a verified access token speaks, as the database has them now.
pub(super) async fn current_user(app: &App, token: &Arc<AccessToken>) -> Result<User, Error> {
    let (token, now) = (Arc::clone(token), app.now());
    app.database
        .read(move |connection| sessions::find_own(connection, &token, now).map_err(Error::from))
        .await?
        .ok_or(Error::Token(TokenError::Revoked))
}

/// Changes something on behalf of the user of a verified access token, in one transaction
/// in which the session is shown to live: another node may have ended it a moment ago. `work`
/// gets the user as the transaction has locked it. Where the session's refresh cookie came along
/// and is reuse, the session ends, nothing else changes, and the answer is that to a revoked
/// token.
pub(super) async fn change_own<T: Send + 'static>(
    request: &HttpRequest,
    app: &web::Data<App>,
    token: Arc<AccessToken>,
    work: impl FnOnce(&mut Change<'_>, &User) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    unless_reused(request, app, token, sessions::lock_own, work).await
}

/// As [`change_own`], for what asks how many superusers there are.
pub(super) async fn change_own_among_superusers<T: Send + 'static>(
    request: &HttpRequest,
    app: &web::Data<App>,
    token: Arc<AccessToken>,
    work: impl FnOnce(&mut Change<'_>, &User) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let lock = sessions::lock_own_with_superusers;
    unless_reused(request, app, token, lock, work).await
}

/// As [`change_own`], for what ends the session in any case: it is done after reuse too, and
/// `work` is told whether that has ended the session.
pub(super) async fn end_own<T: Send + 'static>(
    request: &HttpRequest,
    app: &web::Data<App>,
    token: Arc<AccessToken>,
    work: impl FnOnce(&mut Change<'_>, &User, bool) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let along = Along::of(request, app, &token);
    change(app, along, token, sessions::lock_own, work).await
}

/// What locks the user and the session of an access token.
type Lock = fn(&mut Change<'_>, &AccessToken) -> QueryResult<Option<User>>;

async fn unless_reused<T: Send + 'static>(
    request: &HttpRequest,
    app: &web::Data<App>,
    token: Arc<AccessToken>,
    lock: Lock,
    work: impl FnOnce(&mut Change<'_>, &User) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let along = Along::of(request, app, &token);
    let changed = change(app, along, token, lock, move |change, user, reused| {
        if reused {
            return Ok(None);
        }
        work(change, user).map(Some)
    });
    changed.await?.ok_or(Error::Token(TokenError::Revoked))
}

/// What comes along with the access token of a request.
struct Along {
    client: Client,
    policy: Arc<Policy>,
    /// The refresh cookie, where it is of the same session: no other one is locked here.
    refresh: Option<RefreshToken>,
}

impl Along {
    fn of(request: &HttpRequest, app: &App, token: &AccessToken) -> Self {
        Self {
            client: client(request, app),
            policy: Arc::clone(&app.policy),
            refresh: refresh_token(request, app).filter(|refresh| refresh.sid == Some(token.sid)),
        }
    }
}

async fn change<T: Send + 'static>(
    app: &web::Data<App>,
    along: Along,
    token: Arc<AccessToken>,
    lock: Lock,
    work: impl FnOnce(&mut Change<'_>, &User, bool) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let Along {
        client,
        policy,
        refresh,
    } = along;
    App::change(app, client, move |change| {
        let user = lock(change, &token)?;
        let user = user.ok_or(Error::Token(TokenError::Revoked))?;
        let reused = match &refresh {
            Some(refresh) => sessions::end_if_reused(change, &policy, refresh)?,
            None => false,
        };
        work(change, &user, reused)
    })
    .await
}
