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

/// What the page says afterwards.
enum Outcome {
    Ended,
    Superseded,
    Over,
}

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
        .act(&app, move |connection, act| {
            let became = sessions::blacklist_token(connection, &jti, act.by, act.now)?;
            Ok(match became.ok_or(Error::NotFound)? {
                BlacklistedToken::Ended(ended) => {
                    act.changes.end(ended);
                    Outcome::Ended
                }
                BlacklistedToken::Over(ended) => {
                    act.changes.end(ended);
                    Outcome::Over
                }
                BlacklistedToken::Superseded => Outcome::Superseded,
            })
        })
        .await?;
    let (tone, said) = match outcome {
        Outcome::Ended => (
            Tone::Done,
            "The token is blacklisted, and its session has ended.",
        ),
        Outcome::Superseded => (
            Tone::Warning,
            "Nothing was changed: the token has been superseded, and rotation blacklisted it then. Its \
             session goes on with another token.",
        ),
        Outcome::Over => (
            Tone::Warning,
            "Nothing was changed: its session had ended before.",
        ),
    };
    form.staff.say(tone, said);
    Ok(see_other(&page))
}
