//! Reading and changing what is one's own; whose it is, `sessions::find_own` and
//! `sessions::lock_own` decide.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use diesel::QueryResult;

use super::{client, refresh_token};
use crate::app::App;
use crate::clock::{Clock, Moment};
use crate::db::AnyConnection;
use crate::error::Error;
use crate::models::user::User;
use crate::sessions::{self, By, Changes, Client, Policy};
use crate::tokens::{AccessToken, RefreshToken, TokenError};

/// Who changes something, and what comes of it.
pub(super) struct Own<'a> {
    /// The user, as it is now; the transaction has locked it.
    pub(super) user: &'a User,
    /// From where.
    pub(super) client: &'a Client,
    /// When.
    pub(super) now: Moment,
    /// What the node refuses from the commit on.
    pub(super) changes: &'a mut Changes,
}

impl<'a> Own<'a> {
    /// On behalf of oneself.
    pub(super) fn by(&self) -> By<'a> {
        self.client.by()
    }
}

/// The person for whom a verified access token speaks, as the database has them now.
pub(super) async fn current_user(app: &App, token: &Arc<AccessToken>) -> Result<User, Error> {
    let token = Arc::clone(token);
    app.database
        .read(move |connection| sessions::find_own(connection, &token).map_err(Error::from))
        .await?
        .ok_or(Error::Token(TokenError::Revoked))
}

/// Changes something on behalf of the user of a verified access token, in one transaction
/// in which the session is shown to live: another node may have ended it a moment ago. Where
/// the session's refresh cookie came along and is reuse, the session ends, nothing else
/// changes, and the answer is that to a revoked token.
pub(super) async fn change_own<T: Send + 'static>(
    request: &HttpRequest,
    app: &web::Data<App>,
    token: Arc<AccessToken>,
    work: impl FnOnce(&mut AnyConnection, &mut Own<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let along = Along::of(request, app, &token);
    change(
        app,
        token,
        along,
        sessions::lock_own,
        move |connection, own, reused| {
            if reused {
                Ok(None)
            } else {
                work(connection, own).map(Some)
            }
        },
    )
    .await?
    .ok_or(Error::Token(TokenError::Revoked))
}

/// As [`change_own`], for what asks how many superusers there are.
pub(super) async fn change_own_among_superusers<T: Send + 'static>(
    request: &HttpRequest,
    app: &web::Data<App>,
    token: Arc<AccessToken>,
    work: impl FnOnce(&mut AnyConnection, &mut Own<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let along = Along::of(request, app, &token);
    let lock = sessions::lock_own_with_superusers;
    change(app, token, along, lock, move |connection, own, reused| {
        if reused {
            Ok(None)
        } else {
            work(connection, own).map(Some)
        }
    })
    .await?
    .ok_or(Error::Token(TokenError::Revoked))
}

/// As [`change_own`], for what ends the session in any case: it is done after reuse too, and
/// `work` is told whether that has ended the session.
pub(super) async fn end_own<T: Send + 'static>(
    request: &HttpRequest,
    app: &web::Data<App>,
    token: Arc<AccessToken>,
    work: impl FnOnce(&mut AnyConnection, &mut Own<'_>, bool) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let along = Along::of(request, app, &token);
    change(app, token, along, sessions::lock_own, work).await
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

    /// Ends the session where the refresh cookie is reuse; returns whether it was.
    fn end_if_reused(
        &self,
        connection: &mut AnyConnection,
        clock: &Clock,
        changes: &mut Changes,
    ) -> QueryResult<bool> {
        let Some(refresh) = &self.refresh else {
            return Ok(false);
        };
        let ended =
            sessions::end_if_reused(connection, &self.policy, refresh, &self.client, clock)?;
        let reused = ended.is_some();
        if let Some(ended) = ended {
            changes.end_by_token(ended);
        }
        Ok(reused)
    }
}

async fn change<T: Send + 'static>(
    app: &web::Data<App>,
    token: Arc<AccessToken>,
    along: Along,
    lock: fn(&mut AnyConnection, &AccessToken) -> QueryResult<Option<User>>,
    work: impl FnOnce(&mut AnyConnection, &mut Own<'_>, bool) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    App::change(app, move |connection, clock, changes| {
        let user = lock(connection, &token)?;
        let user = user.ok_or(Error::Token(TokenError::Revoked))?;
        let reused = along.end_if_reused(connection, clock, changes)?;
        let mut own = Own {
            user: &user,
            client: &along.client,
            // Only now that the rows are locked.
            now: clock.now(),
            changes,
        };
        work(connection, &mut own, reused)
    })
    .await
}
