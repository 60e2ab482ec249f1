//! `frontgate healthcheck`: for containers that have no curl.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use super::{note, print};
use crate::config::Settings;

const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn health_check(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let address = settings.server.reachable();
    let status = ask(address).map_err(|error| format!("{address} does not answer: {error}"))?;
    if status.contains(" 200 ") {
        print("ready\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    note(&format!("frontgate: {address} is not ready: {status}"));
    Ok(ExitCode::FAILURE)
}

/// The status line of the answer.
fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
