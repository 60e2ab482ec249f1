//! The operator of a request: an active member of the staff who is signed in, and what
//! they change.

use std::future::Future;
use std::pin::Pin;

use actix_identity::Identity;
use actix_session::{Session, SessionExt};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use diesel::QueryResult;

use super::frame::{Frame, Message, Section, Tone};
use super::session_store::{CSRF, GENERATION, MESSAGES, has_csrf};
use crate::app::App;
use crate::client_address;
use crate::clock::Moment;
use crate::db::AnyConnection;
use crate::error::Error;
use crate::models::admin_session::AdminSession;
use crate::models::revocation::Standing;
use crate::models::user::User;
use crate::sessions::{By, Change, Client};

/// How many messages wait for the next page at most.
pub const MOST_MESSAGES: usize = 20;

/// An operator: read anew from the database with each request, so that whoever is
/// deactivated, is no longer staff or has got another password is out at once.
pub struct Staff {
    /// Who it is.
    pub user: User,
    identity: Identity,
    session: Session,
    csrf: String,
    client: Client,
}

impl std::fmt::Debug for Staff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Staff")
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

impl FromRequest for Staff {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let identity = Identity::from_request(request, payload).into_inner();
        let request = request.clone();
        Box::pin(async move {
            let identity = identity.map_err(|_| Error::SignInNeeded)?;
            signed_in(&request, identity).await
        })
    }
}

/// The operator whom the session names; a session that is good for none ends.
async fn signed_in(request: &HttpRequest, identity: Identity) -> Result<Staff, Error> {
    let app = request
        .app_data::<web::Data<App>>()
        .ok_or_else(|| Error::Internal("the app's state is missing".into()))?;
    let session = request.get_session();
    let generation = session.get::<i64>(GENERATION).ok().flatten();
    let csrf = session.get::<String>(CSRF).ok().flatten();
    let user_id = identity.id().ok().and_then(|id| id.parse::<i64>().ok());
    let (Some(generation), Some(csrf), Some(user_id)) = (generation, csrf, user_id) else {
        identity.logout();
        return Err(Error::SignInNeeded);
    };
    let user = app
        .database
        .read(move |connection| find(connection, user_id, generation).map_err(Error::from))
        .await?;
    let Some(user) = user else {
        identity.logout();
        return Err(Error::SignInNeeded);
    };
    Ok(Staff {
        user,
        identity,
        session,
        csrf,
        client: client_address::client(request, &app.settings.server.trusted_proxies.0),
    })
}

/// The user, while a session of this generation is good for the admin.
fn find(
    connection: &mut AnyConnection,
    user_id: i64,
    generation: i64,
) -> QueryResult<Option<User>> {
    let floor = Standing::read(connection)?.floor;
    let user = User::find(connection, user_id)?;
    Ok(user
        .filter(|user| user.may_operate() && user.generation == generation && generation >= floor))
}

/// The operator of a change, as its transaction found them.
#[derive(Debug)]
pub struct Operator(pub User);

impl Operator {
    /// Locks a user and keeps every superuser one until the transaction ends, and shows the
    /// operator to be one of them. So an operator who changes another user leaves at least one
    /// superuser: themselves.
    pub fn hold_with_superusers(
        &self,
        connection: &mut AnyConnection,
        user_id: i64,
    ) -> Result<(), Error> {
        User::lock_with_superusers(connection, user_id)?;
        let User { id, generation, .. } = self.0;
        find(connection, id, generation)?
            .filter(|operator| operator.is_superuser)
            .map(|_| ())
            .ok_or(Error::SignInNeeded)
    }
}

/// Who is signed in, to be asked about again while something takes its time.
#[derive(Clone)]
pub struct SignedIn {
    user_id: i64,
    generation: i64,
    csrf: String,
}

impl SignedIn {
    /// Fails once this operator may not look any more, or has signed out. Whoever waits for
    /// what takes its time is not idle: that limit does not count.
    pub fn check(&self, connection: &mut AnyConnection, now: Moment) -> Result<(), Error> {
        let found = find(connection, self.user_id, self.generation)?;
        found.ok_or(Error::SignInNeeded)?;
        let sessions = AdminSession::unexpired(connection, self.user_id, now)?;
        if sessions.iter().any(|session| has_csrf(session, &self.csrf)) {
            Ok(())
        } else {
            Err(Error::SignInNeeded)
        }
    }
}

impl Staff {
    /// Who is signed in.
    #[must_use]
    pub fn signed_in(&self) -> SignedIn {
        SignedIn {
            user_id: self.user.id,
            generation: self.user.generation,
            csrf: self.csrf.clone(),
        }
    }

    /// Fails unless the operator is a superuser; `what` completes "Only superusers may …".
    pub fn check_superuser(&self, what: &str) -> Result<(), Error> {
        if self.user.is_superuser {
            Ok(())
        } else {
            Err(Error::Forbidden(format!("Only superusers may {what}.")))
        }
    }

    /// Changes something in one transaction, in which the operator is shown to be one still:
    /// another node may have put them out a moment ago.
    pub async fn change<T: Send + 'static>(
        &self,
        app: &web::Data<App>,
        work: impl FnOnce(&mut Change<'_>, &Operator) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let by = By {
            client: self.client.clone(),
            actor_id: Some(self.user.id),
        };
        self.change_by(app, by, work).await
    }

    /// As [`Self::change`], for what operators do to themselves: nobody else does it to them.
    pub async fn change_own<T: Send + 'static>(
        &self,
        app: &web::Data<App>,
        work: impl FnOnce(&mut Change<'_>, &Operator) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.change_by(app, self.client.clone().into(), work).await
    }

    async fn change_by<T: Send + 'static>(
        &self,
        app: &web::Data<App>,
        by: By,
        work: impl FnOnce(&mut Change<'_>, &Operator) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (id, generation) = (self.user.id, self.user.generation);
        App::change(app, by, move |change| {
            let operator = find(change.connection, id, generation)?;
            let operator = Operator(operator.ok_or(Error::SignInNeeded)?);
            work(change, &operator)
        })
        .await
    }

    /// Ends the session in which the operator is signed in.
    pub fn sign_out(self) {
        self.identity.logout();
    }

    /// What the next page that this operator sees says on top. Only the newest
    /// [`MOST_MESSAGES`] are kept: a program that reads no page must not fill its session.
    pub fn say(&self, tone: Tone, text: impl Into<String>) {
        let mut messages = self.messages();
        messages.push(Message {
            tone,
            text: text.into(),
        });
        messages.drain(..messages.len().saturating_sub(MOST_MESSAGES));
        if let Err(error) = self.session.insert(MESSAGES, messages) {
            tracing::debug!(%error, "a message was not kept");
        }
    }

    /// What a page of this section has around it. Messages are shown once.
    #[must_use]
    pub fn frame(&self, app: &App, section: Section) -> Frame {
        let messages = self.messages();
        if !messages.is_empty() {
            self.session.remove(MESSAGES);
        }
        Frame {
            section,
            email: self.user.email.clone(),
            user_id: self.user.id,
            is_superuser: self.user.is_superuser,
            csrf: self.csrf.clone(),
            messages,
            now: app.now(),
        }
    }

    /// The token that every form of this operator carries.
    pub(super) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// From where the operator acts.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn messages(&self) -> Vec<Message> {
        let known = self.session.get(MESSAGES).ok().flatten();
        known.unwrap_or_default()
    }
}
