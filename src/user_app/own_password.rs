//! Asking people for their own password before something that a stolen session must not do.

use actix_web::HttpRequest;

use super::request::client;
use crate::app::App;
use crate::error::Error;
use crate::failed_log_ins::Failure;
use crate::http::field_errors::FieldErrors;
use crate::models::user::User;
use crate::passwords::Verdict;

/// Fails when it is not the user's password. A caller that relies on it compares `user.password`
/// once more in the transaction that it is for.
pub(super) async fn check_password(
    request: &HttpRequest,
    app: &App,
    user: &User,
    password: String,
) -> Result<(), Error> {
    if is_password(request, app, user, password).await? {
        Ok(())
    } else {
        Err(wrong_password())
    }
}

/// Whether it is the user's password. A wrong one counts as a failed log-in: somebody who
/// came by a session may guess here as well.
pub(super) async fn is_password(
    request: &HttpRequest,
    app: &App,
    user: &User,
    password: String,
) -> Result<bool, Error> {
    let stored = Some(user.password.clone());
    if app.passwords.verify(password, stored).await? != Verdict::Wrong {
        return Ok(true);
    }
    let failure = Failure::WrongPassword(user.id);
    app.log_in_failed(failure, &client(request, app));
    Ok(false)
}

/// Also the answer to a password that was right when it was verified and is not any more.
pub(super) fn wrong_password() -> Error {
    FieldErrors::single(
        "password",
        "Your password was entered incorrectly. Please enter it again.",
    )
    .into()
}
