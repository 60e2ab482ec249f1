//! Where the admin lives: beside the API, or on a host (`admin_origin`) or a port
//! (`admin_bind`) of its own.
//!
//! Where it lives apart, each of the two answers at its own place alone: the routes of the
//! other are 404 there, as if there were none. What both need, `/static/` and `/health/`, is
//! at both.

use std::net::SocketAddr;

use actix_web::body::MessageBody;
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::guard::GuardContext;
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream;
use actix_web::{HttpMessage, web};

use crate::config::WebOrigin;
use crate::config::{Settings, openable};

/// What is reached by a request's port and Host header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The API and the admin, which share them.
    Both,
    /// The API alone.
    Api,
    /// The admin alone.
    Admin,
    /// Neither: the admin's port under a host that is not the admin's.
    Neither,
}

impl Door {
    /// Whether the admin's routes answer this request; see [`find`].
    #[must_use]
    pub fn is_to_admin(context: &GuardContext<'_>) -> bool {
        let door = context.req_data().get::<Self>().copied();
        matches!(door, Some(Self::Both | Self::Admin))
    }

    /// Whether the API's routes answer this request; see [`find`].
    #[must_use]
    pub fn is_to_api(context: &GuardContext<'_>) -> bool {
        let door = context.req_data().get::<Self>().copied();
        matches!(door, Some(Self::Both | Self::Api))
    }
}

/// The port and the host by which the admin is told from the API, where there are such.
#[derive(Clone, Debug)]
pub struct Doors {
    port: Option<u16>,
    host: Option<WebOrigin>,
}

impl Doors {
    /// What the settings say; `admin_address` is where `admin_bind` ended up.
    #[must_use]
    pub fn new(settings: &Settings, admin_address: Option<SocketAddr>) -> Self {
        Self {
            port: admin_address.map(|address| address.port()),
            host: settings.admin.own_host(&settings.server).cloned(),
        }
    }

    /// What is reached on a port under a Host header. A port of the admin's own decides; the
    /// host decides where there is none, and must be right in addition where there is one.
    #[must_use]
    pub fn door(&self, port: Option<u16>, host: Option<&str>) -> Door {
        let at_host = self
            .host
            .as_ref()
            .map(|admin| host.is_some_and(|host| admin.is_named_by(host)));
        match (self.port.map(|admin| Some(admin) == port), at_host) {
            (None, None) => Door::Both,
            (Some(true), Some(false)) => Door::Neither,
            (Some(true), _) | (None, Some(true)) => Door::Admin,
            (Some(false), _) | (None, Some(false)) => Door::Api,
        }
    }
}

/// The port on which a connection reached us.
#[derive(Clone, Copy, Debug)]
struct LocalPort(u16);

/// Notes on which port a connection came, once for each.
pub fn note_port(stream: &TcpStream, connection: &mut Extensions) {
    if let Ok(address) = stream.local_addr() {
        connection.insert(LocalPort(address.port()));
    }
}

/// Finds the door of a request, for the guards of the routes.
pub async fn find<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    if let Some(doors) = request.app_data::<web::Data<Doors>>() {
        let port = request.conn_data::<LocalPort>().map(|port| port.0);
        let mut hosts = request.headers().get_all(header::HOST);
        // Of two nobody knows which one a proxy has looked at.
        let host = match (hosts.next(), hosts.next()) {
            (Some(one), None) => one.to_str().ok(),
            _ => None,
        };
        let door = doors.door(port, host);
        request.extensions_mut().insert(door);
    }
    next.call(request).await
}

/// What a link from the admin to a page of the API begins with: nothing where they share an
/// origin, else `public_origin`; `None` where nobody knows it.
#[must_use]
pub fn to_api(settings: &Settings) -> Option<String> {
    let admin = &settings.admin;
    let apart = admin.admin_bind.is_some() || admin.own_host(&settings.server).is_some();
    if apart {
        settings
            .server
            .public_origin
            .as_ref()
            .map(ToString::to_string)
    } else {
        Some(String::new())
    }
}

/// The address under which operators open the admin, such as `https://admin.example.com`,
/// as far as the settings know it: a browser opens it. `api` is where the API listens, `admin`
/// where `admin_bind` ended up.
#[must_use]
pub fn origin(settings: &Settings, api: SocketAddr, admin: Option<SocketAddr>) -> String {
    match (&settings.admin.admin_origin, admin) {
        (Some(set), _) => set.to_string(),
        (None, Some(admin)) => format!("http://{}", openable(admin)),
        (None, None) => settings.server.browser_origin(api),
    }
}
