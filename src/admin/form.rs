//! A form that an operator sends: every change in the admin is one.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use sha2::{Digest, Sha256};

use super::parameters::Parameters;
use super::staff::Staff;
use crate::error::Error;
use crate::input::read_form;

/// The field that carries the CSRF token.
pub const CSRF_FIELD: &str = "csrf_token";

/// A form of an operator who is signed in, with the CSRF token of that session, from our
/// own pages.
#[derive(Debug)]
pub struct Form {
    /// Whose it is.
    pub staff: Staff,
    /// What it says.
    pub fields: Parameters,
}

impl FromRequest for Form {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let open = OpenForm::from_request(request, payload);
        let staff = Staff::from_request(request, &mut Payload::None);
        Box::pin(async move {
            let OpenForm(fields) = open.await?;
            let staff = staff.await?;
            if !same(fields.exact(CSRF_FIELD).unwrap_or_default(), staff.csrf()) {
                return Err(Error::Forbidden(
                    "This form is not of the session in which you are signed in now, and nothing was \
                     changed. Go back, load the page again and send it once more."
                        .to_owned(),
                ));
            }
            Ok(Self { staff, fields })
        })
    }
}

/// A form of somebody who is not signed in, from our own pages: there is no session yet to
/// which a CSRF token could be bound.
#[derive(Debug)]
pub struct OpenForm(pub Parameters);

impl FromRequest for OpenForm {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let body = read_form(&request, payload).await?;
            Ok(Self(Parameters::parse(&body)))
        })
    }
}

/// Compares hashes: how long it takes says nothing about the token.
fn same(given: &str, wanted: &str) -> bool {
    Sha256::digest(given) == Sha256::digest(wanted)
}
