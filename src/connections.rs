//! Connections: what one client can take of the server, and for how long.
//!
//! actix-http serves HTTP/1.1; this stands around it on both sides and holds what it does not bound: how
//! much of a connection's bytes become requests (`connection`, `stream`), how much of an answer is
//! copied at once (`service`), how long anything may take (`serving`), how many connections there are
//! (`crowd`), and how a port is closed (`closing`). `docs/security.md` has what that comes to, measured.

mod closing;
mod connection;
mod crowd;
pub mod framing;
pub mod limits;
pub mod open_files;
mod refusal;
mod service;
mod serving;
mod state;
mod stream;

use std::fmt::Debug;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actix_http::{Extensions, HttpService, KeepAlive, Protocol, Request};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, apply_fn_factory, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server, ServiceResponse};
use actix_web::rt::net::TcpStream;

use crate::config::ServerSettings;
use futures_util::future::{Either, ready};
use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_send_buffer_size};

pub use closing::{ClosingTimes, Ports};
use connection::Connection;
use crowd::{Crowd, MAX_LEAVING};
use limits::{CLOSING_TIMEOUT, Limits, PIECE_SIZE, RECEIVE_BUFFER, SEND_BUFFER};
use serving::Serving;
use stream::Stream;

/// What actix-http serves: a stream, its protocol, its peer.
type Accepted = (Stream, Protocol, Option<SocketAddr>);

/// Connections that the kernel accepts before a worker does.
const BACKLOG: i32 = 1024;

/// Serves `application` on `listeners`. `stopping` has every answer close its connection; `opened` may
/// note something about a connection for its requests.
pub fn serve<F, I, S, B>(
    listeners: Vec<TcpListener>,
    settings: &ServerSettings,
    stopping: Arc<AtomicBool>,
    application: F,
    opened: fn(&TcpStream, &mut Extensions),
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
        > + 'static,
    S::InitError: Debug,
    B: MessageBody + 'static,
{
    let limits = Limits::new(settings);
    let workers = match usize::from(settings.workers) {
        0 => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        workers => workers,
    };
    let crowds = workers * listeners.len();
    let most = most_connections(settings.max_connections, listeners.len(), crowds);
    let mut builder = Server::build()
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(settings.shutdown_timeout.duration().as_secs())
        // The crowds decide before; this is only to stay out of their way.
        .max_concurrent_connections(2 * listeners.len() * (most + MAX_LEAVING));
    for listener in listeners {
        rustix::net::listen(&listener, BACKLOG)?;
        // Accepted connections have them from the listener.
        set_socket_send_buffer_size(&listener, SEND_BUFFER)?;
        set_socket_recv_buffer_size(&listener, RECEIVE_BUFFER)?;
        let name = format!("frontgate {}", listener.local_addr()?);
        let signal = builder.graceful_shutdown_signal();
        let application = application.clone();
        let stopping = Arc::clone(&stopping);
        builder = builder.listen(name, listener, move || {
            let crowd = Rc::new(Crowd::new(most));
            let signal = signal.clone();
            let application = map_config(application().into_factory(), |()| AppConfig::default());
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let signal = signal.clone();
                    async move { signal.notified().await }
                })
                // The deadlines are the connection's.
                .keep_alive(KeepAlive::Os)
                .client_request_timeout(Duration::ZERO)
                .client_disconnect_timeout(CLOSING_TIMEOUT)
                .h1_write_buffer_size(PIECE_SIZE)
                .on_connect_ext(move |stream: &Stream, data| {
                    data.insert::<Rc<Connection>>(Rc::clone(stream.connection()));
                    opened(stream.tcp(), data);
                })
                .finish(service::paced(
                    application,
                    Rc::clone(&crowd),
                    Arc::clone(&stopping),
                ));
            serve_each(http, limits, crowd)
        })?;
    }
    Ok(builder.run())
}

/// How many connections each of `crowds` may have: together as many as the setting says for each
/// listener, or as fit under the limit of open files, which is raised first.
fn most_connections(wanted: u32, listeners: usize, crowds: usize) -> usize {
    let open_files = open_files::raise();
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let wanted = wanted.saturating_mul(listeners);
    let most = open_files::connections_within(wanted, open_files, crowds);
    if most < wanted {
        tracing::warn!(
            wanted,
            open_files,
            most,
            "max_connections does not fit under the limit of open files: raise that (LimitNOFILE, ulimit -n), or set fewer"
        );
    }
    most.div_ceil(crowds)
}

/// Serves each accepted stream for which there is room.
fn serve_each<H>(
    http: H,
    limits: Limits,
    crowd: Rc<Crowd>,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = H::Error, InitError = H::InitError>
where
    H: ServiceFactory<Accepted, Config = (), Response = ()>,
{
    apply_fn_factory(http, move |tcp: TcpStream, http: &H::Service| {
        let Some((connection, place)) = crowd.enter(limits) else {
            return Either::Right(ready(Ok(())));
        };
        // An answer leaves in pieces, none of which is to wait for the client's acknowledgement.
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(%error, "a connection is gone already");
        }
        let peer = tcp.peer_addr().ok();
        let stream = Stream::new(tcp, Rc::clone(&connection));
        let dispatcher = http.call((stream, Protocol::Http1, peer));
        Either::Left(Serving::new(dispatcher, connection, peer, place))
    })
}
