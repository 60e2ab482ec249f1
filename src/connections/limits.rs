//! What one connection may take, and all together.

use std::time::Duration;

use crate::config::ServerSettings;

/// The most bytes of a request line and its headers, empty lines before them not counted. The
/// gate refuses headers over 16 KiB; the rest is for the path and what stands between headers.
pub const HEAD_LIMIT: usize = 32 * 1024;

/// How many bytes of a body are handed on before the answer is there. What reads bodies stops at
/// 16 KiB, in however small chunks they came.
pub const BODY_AHEAD: usize = 128 * 1024;

/// The most bytes that are read before actix-http makes something of them.
pub const READ_SIZE: usize = 16 * 1024;

/// The most bytes of an answer that are copied for writing at once.
pub const PIECE_SIZE: usize = 16 * 1024;

/// What the kernel holds of answers for a client that does not read. Linux doubles it, for its own
/// needs, and lets two thirds of that be in use before it takes more.
pub const SEND_BUFFER: usize = 128 * 1024;

/// What the kernel holds of requests that are not read yet.
pub const RECEIVE_BUFFER: usize = 64 * 1024;

/// How long a connection that ends waits for the client: for its last bytes after a refusal, so
/// that the kernel does not reset the connection and lose the answer (RFC 9112, section 9.6).
pub const CLOSING_TIMEOUT: Duration = Duration::from_secs(1);

/// How much later than `body_timeout` a connection ends by itself: the view answers 408 first.
const AFTER_BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// The deadlines of a connection, from the settings.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the first byte of a head to its last, and from accepting to the first byte.
    pub head_timeout: Duration,
    /// From the end of a head to the end of its body.
    pub body_timeout: Duration,
    /// For each piece of an answer: [`PIECE_SIZE`] to twice that.
    pub write_timeout: Duration,
    /// Between two requests.
    pub keep_alive: Duration,
}

impl Limits {
    /// Those of the settings.
    #[must_use]
    pub fn new(settings: &ServerSettings) -> Self {
        Self {
            head_timeout: settings.head_timeout.duration(),
            body_timeout: settings.body_timeout.duration() + AFTER_BODY_TIMEOUT,
            write_timeout: settings.write_timeout.duration(),
            keep_alive: settings.keep_alive.duration(),
        }
    }
}
