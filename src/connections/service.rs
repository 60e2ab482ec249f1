//! The service between actix-http and the application: it tells the connection when a request begins and
//! when its answer is complete.

use std::fmt::Debug;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use actix_http::{ConnectionType, Request, Response};
use actix_service::{ServiceFactory, apply_fn_factory};
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header;
use actix_web::{HttpMessage, web::Bytes};
use pin_project_lite::pin_project;

use super::connection::Connection;
use super::crowd::Crowd;
use super::framing::ChunkedEnd;
use super::limits::PIECE_SIZE;
use super::state::Left;

/// An answer with its body in pieces, which ends its connection's turn when it is dropped.
pub(super) type Answer<B> = Response<Paced<EitherBody<B>>>;

/// Wraps the application. `stopping` has every answer close its connection.
pub(super) fn paced<S, B>(
    application: S,
    crowd: Rc<Crowd>,
    stopping: Arc<AtomicBool>,
) -> impl ServiceFactory<
    Request,
    Config = (),
    Response = Answer<B>,
    Error = actix_web::Error,
    InitError = S::InitError,
>
where
    S: ServiceFactory<
            Request,
            Config = (),
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
        >,
    S::InitError: Debug,
    B: MessageBody,
{
    apply_fn_factory(
        application,
        move |request: Request, service: &S::Service| {
            let turn = Turn::begin(&request);
            let answer = actix_service::Service::call(service, request);
            let crowd = Rc::clone(&crowd);
            let stopping = Arc::clone(&stopping);
            async move {
                let answer = match answer.await {
                    Ok(answer) => Response::from(answer).map_body(|_, body| EitherBody::left(body)),
                    Err(error) => {
                        Response::<BoxBody>::from(error).map_body(|_, body| EitherBody::right(body))
                    }
                };
                let mut answer = answer.map_body(|_, body| Paced {
                    body,
                    rest: Bytes::new(),
                    _turn: turn,
                });
                if crowd.is_nearly_full() || stopping.load(Ordering::Relaxed) {
                    answer.head_mut().set_connection_type(ConnectionType::Close);
                }
                Ok(answer)
            }
        },
    )
}

/// The time from a request to the end of its answer.
#[derive(Debug)]
struct Turn(Option<Rc<Connection>>);

impl Turn {
    fn begin(request: &Request) -> Self {
        let connection = request.conn_data::<Rc<Connection>>().cloned();
        if let Some(connection) = &connection {
            connection.begin(body_of(request));
        }
        Self(connection)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.answered();
        }
    }
}

/// The body that actix-http will decode. It has refused conflicting lengths already (RFC 9112,
/// section 6.3). A tunnel or an upgrade, which nothing here offers, gets the bytes it has declared.
fn body_of(request: &Request) -> Option<Left> {
    if request.chunked().unwrap_or(false) {
        return Some(Left::Chunks(ChunkedEnd::default()));
    }
    let length = request.headers().get(header::CONTENT_LENGTH)?;
    let length = length.to_str().ok()?.parse().ok()?;
    (length > 0).then_some(Left::Bytes(length))
}

pin_project! {
    /// A body that gives its bytes in pieces: actix-http copies what it gets into the connection's
    /// buffer, and what it has not got yet is shared by all connections that are sent it.
    #[derive(Debug)]
    pub(super) struct Paced<B> {
        #[pin]
        body: B,
        rest: Bytes,
        _turn: Turn,
    }
}

impl<B: MessageBody> MessageBody for Paced<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.project();
        if this.rest.is_empty() {
            match std::task::ready!(this.body.poll_next(task)) {
                Some(Ok(bytes)) => *this.rest = bytes,
                other => return Poll::Ready(other),
            }
        }
        let length = this.rest.len().min(PIECE_SIZE);
        Poll::Ready(Some(Ok(this.rest.split_to(length))))
    }
}
