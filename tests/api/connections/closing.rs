//! Closing a port loses no request of a client that has begun to connect.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actix_web::{App, web};
use frontgate::connections::{ClosingTimes, Ports, serve};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::support::settings_with;

/// Longer than a client of these tests may be put off by a busy machine between connecting and asking.
const PATIENT: ClosingTimes = ClosingTimes {
    last_request: Duration::from_secs(5),
    ..ClosingTimes::DEFAULT
};
/// What a slow client takes before it asks: more than the system puts an acknowledgement off (200 ms).
const SLOW: Duration = Duration::from_millis(300);

/// Connects to a port. Without `acknowledge` the last packet of the handshake leaves with the request, or when the
/// system puts it off no longer.
fn connect(address: SocketAddr, acknowledge: bool) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_tcp_quickack(acknowledge)?;
    // Less than the second after which the system tries again.
    socket.connect_timeout(&SockAddr::from(address), Duration::from_millis(500))?;
    Ok(socket.into())
}

/// Asks on a connection; returns what was read where that is no answer.
fn ask(mut stream: TcpStream) -> Option<String> {
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    let asked = stream.write_all(request.as_bytes());
    let read = asked.and_then(|()| stream.read_to_string(&mut answer));
    (!answer.starts_with("HTTP/1.1 200 ")).then(|| format!("{read:?} {answer:?}"))
}

/// Opens connections one after the other until the port is closed. Returns what those read that were not answered.
fn connect_until_closed(address: SocketAddr) -> Vec<String> {
    let mut lost = Vec::new();
    while let Ok(stream) = connect(address, true) {
        lost.extend(ask(stream));
    }
    lost
}

/// Closes four ports at once, after `clients` have begun with their addresses. Returns what those read that were not
/// answered.
fn lost_while_closing(
    clients: impl FnOnce(&[SocketAddr]) -> Vec<JoinHandle<Vec<String>>>,
) -> Vec<String> {
    let listeners: Vec<_> = (0..4)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let addresses: Vec<_> = listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap())
        .collect();
    actix_web::rt::System::new().block_on(async move {
        for listener in &listeners {
            listener.set_nonblocking(true).unwrap();
        }
        let ports = Ports::of(&listeners).unwrap();
        let settings = settings_with("sqlite://frontgate.sqlite3", &[]).server;
        let application = || App::new().default_service(web::to(|| async { "here" }));
        let stopping = Arc::new(AtomicBool::new(false));
        let server = serve(listeners, &settings, stopping, application, |_, _| {}).unwrap();
        let handle = server.handle();
        let serving = actix_web::rt::spawn(server);
        let clients = clients(&addresses);
        ports.close(&handle, PATIENT).await;
        handle.stop(true).await;
        serving.await.unwrap().unwrap();
        let lost = clients.into_iter().map(|client| client.join().unwrap());
        lost.flatten().collect()
    })
}

#[test]
fn who_has_connected_is_answered_when_the_port_closes() {
    let lost = lost_while_closing(|addresses| {
        let clients = addresses.iter().copied().cycle().take(32);
        let clients = clients.map(|address| thread::spawn(move || connect_until_closed(address)));
        let clients = clients.collect();
        thread::sleep(Duration::from_millis(500));
        clients
    });
    assert_eq!(lost, Vec::<String>::new());
}

#[test]
fn who_has_begun_a_slow_handshake_is_answered_when_the_port_closes() {
    let lost = lost_while_closing(|addresses| {
        let clients = addresses.iter().copied().cycle().take(32);
        let streams: Vec<_> = clients
            .map(|address| connect(address, false).unwrap())
            .collect();
        let clients = streams.into_iter().map(|stream| {
            thread::spawn(move || {
                thread::sleep(SLOW);
                ask(stream).into_iter().collect()
            })
        });
        clients.collect()
    });
    assert_eq!(lost, Vec::<String>::new());
}
