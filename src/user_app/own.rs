//! Changing what is one's own.

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use diesel::QueryResult;

use super::client;
use crate::app::App;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::error::Error;
use crate::models::user::User;
use crate::sessions::{self, By, Changes, Client};
use crate::tokens::{AccessToken, TokenError};

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

/// Changes something on behalf of the user of a verified access token, in one transaction
/// in which the session is shown to live: another node may have ended it a moment ago.
pub(super) async fn change_own<T: Send + 'static>(
    request: &HttpRequest,
    app: &web::Data<App>,
    token: Arc<AccessToken>,
    work: impl FnOnce(&mut AnyConnection, &mut Own<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    change(request, app, token, sessions::lock_own, work).await
}

/// The same for what asks how many superusers there are.
pub(super) async fn change_own_among_superusers<T: Send + 'static>(
    request: &HttpRequest,
    app: &web::Data<App>,
    token: Arc<AccessToken>,
    work: impl FnOnce(&mut AnyConnection, &mut Own<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    change(
        request,
        app,
        token,
        sessions::lock_own_with_superusers,
        work,
    )
    .await
}

async fn change<T: Send + 'static>(
    request: &HttpRequest,
    app: &web::Data<App>,
    token: Arc<AccessToken>,
    lock: fn(&mut AnyConnection, &AccessToken) -> QueryResult<Option<User>>,
    work: impl FnOnce(&mut AnyConnection, &mut Own<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let client = client(request, app);
    App::change(app, move |connection, clock, changes| {
        let user = lock(connection, &token)?;
        let user = user.ok_or(Error::Token(TokenError::Revoked))?;
        let mut own = Own {
            user: &user,
            client: &client,
            // Only now that the rows are locked.
            now: clock.now(),
            changes,
        };
        work(connection, &mut own)
    })
    .await
}
