//! `POST /admin/tokens/{jti}/blacklist/`: one refresh token refreshes no more.

use actix_web::{HttpRequest, HttpResponse, web};

use super::detail::jti;
use super::path;
use crate::admin::form::Form;
use crate::admin::frame::Tone;
use crate::admin::see_other;
use crate::app::App;
use crate::error::Error;
use crate::sessions::{self, BlacklistedToken};

/// Blacklists it, which ends its session where it is the current one; changes nothing where
/// it is not, and says so.
pub async fn blacklist(
    request: HttpRequest,
    form: Form,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    let jti = jti(&request)?;
    let page = path(&jti);
    let outcome = form
        .staff
        .change(&app, move |change, _| {
            let blacklisted = sessions::blacklist_token(change, &jti)?;
            blacklisted.ok_or(Error::NotFound)
        })
        .await?;
    let (tone, said) = match outcome {
        BlacklistedToken::Ended => (
            Tone::Done,
            "The token is blacklisted, and its session has ended.",
        ),
        BlacklistedToken::Superseded => (
            Tone::Warning,
            "Nothing was changed: the token has been superseded, and rotation blacklisted it then. Its \
             session goes on with another token.",
        ),
        BlacklistedToken::Over => (
            Tone::Warning,
            "Nothing was changed: its session had ended before.",
        ),
    };
    form.staff.say(tone, said);
    Ok(see_other(&page))
}
