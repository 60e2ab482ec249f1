//! `claims/`: what a user's access tokens say beside the rest.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::form::Form;
use super::super::frame::{Frame, Section};
use super::super::staff::Staff;
use super::super::{render, render_with};
use super::{Outcome, find, hold, path, user_id};
use crate::app::App;
use crate::cookies;
use crate::error::Error;
use crate::models::user::User;
use crate::sessions::{self, ClaimsChange};
use crate::tokens::signing::SigningError;

/// The page with the form.
#[derive(Debug, Template)]
#[template(path = "admin/users/claims.html")]
pub struct ClaimsPage {
    /// What is around it.
    pub frame: Frame,
    /// Whose claims they are.
    pub user: User,
    /// What was typed, or the claims as they are.
    pub typed: String,
    /// Stands for the claims as they are.
    pub before: String,
    /// What is wrong with what was typed.
    pub complaints: Vec<String>,
}

impl ClaimsPage {
    /// The claims as they are.
    #[must_use]
    pub fn stored(&self) -> String {
        pretty(&self.user.claims)
    }
}

/// Claims as a person reads them.
pub(super) fn pretty(claims: &str) -> String {
    let value: Option<Value> = serde_json::from_str(claims).ok();
    value.map_or_else(|| claims.to_owned(), |value| format!("{value:#}"))
}

/// Shows the form.
pub async fn claims_page(
    staff: Staff,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    staff.check_superuser("change claims")?;
    let user = find(&app, user_id(&request)?).await?;
    render(&ClaimsPage {
        frame: staff.frame(&app, Section::Users),
        typed: pretty(&user.claims),
        before: fingerprint(&user),
        user,
        complaints: Vec::new(),
    })
}

/// Stores the claims. What would not fit into a cookie, or takes the place of a claim of
/// every token, is refused; so is a change of claims that somebody else has changed since.
pub async fn set_claims(
    form: Form,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Error> {
    form.staff.check_superuser("change claims")?;
    let mut user = find(&app, user_id(&request)?).await?;
    let typed = form.fields.exact("claims").unwrap_or_default();
    let complaints = match read(&form, &app, &user)? {
        Err(complaints) => complaints,
        Ok(change) => {
            if let Some(done) = store(&form, &app, user.id, change).await? {
                return Ok(done.show(&form, &path(user.id)));
            }
            user = find(&app, user.id).await?;
            vec![CHANGED.to_owned()]
        }
    };
    let page = ClaimsPage {
        frame: form.staff.frame(&app, Section::Users),
        before: fingerprint(&user),
        user,
        typed: typed.to_owned(),
        complaints,
    };
    render_with(HttpResponse::BadRequest(), &page)
}

const CHANGED: &str = "Somebody else has changed the claims since you opened this page. What they are now stands \
                       below; what you typed is still here. Send it again to put it in their place.";

/// What was typed, or what is wrong with it.
fn read(form: &Form, app: &App, user: &User) -> Result<Result<ClaimsChange, Vec<String>>, Error> {
    if form.fields.exact("before") != Some(&fingerprint(user)) {
        return Ok(Err(vec![CHANGED.to_owned()]));
    }
    let typed = form.fields.exact("claims").unwrap_or_default();
    Ok(match ClaimsChange::parse(&user.claims, typed) {
        Ok(change) => match too_long(app, &change.applied_to(user))? {
            Some(complaint) => Err(vec![complaint]),
            None => Ok(change),
        },
        Err(complaints) => Err(complaints),
    })
}

/// Stands in the form for the claims that it began with: a form does not carry every text as
/// it is.
fn fingerprint(user: &User) -> String {
    let digest = Sha256::digest(&user.claims);
    digest
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// `None`, and nothing is stored, when the claims are others than those that were shown.
async fn store(
    form: &Form,
    app: &web::Data<App>,
    id: i64,
    claims: ClaimsChange,
) -> Result<Option<Outcome>, Error> {
    let stored = form.staff.change(app, move |change, operator| {
        let user = hold(change.connection, operator, id)?;
        if !claims.store(change, id)? {
            return Ok(None);
        }
        Ok(Some(Outcome::Done(format!(
            "The claims of {} are changed. Access tokens have them from the next refresh or log-in on.",
            user.email
        ))))
    });
    stored.await
}

/// What to say of a user whose access token a browser would not keep.
fn too_long(app: &App, user: &User) -> Result<Option<String>, Error> {
    let sample = sessions::sample_access(&app.policy, user, app.now());
    let bytes = match app.keys.sign_access(&sample) {
        Ok(token) => token.len(),
        Err(SigningError::Long(bytes)) => bytes,
        Err(error) => return Err(error.into()),
    };
    let longest = cookies::LONGEST_TOKEN;
    Ok((bytes > longest).then(|| {
        format!(
            "With these claims an access token has {bytes} bytes, and browsers keep no cookie with more \
             than {longest}. Make the claims shorter."
        )
    }))
}
