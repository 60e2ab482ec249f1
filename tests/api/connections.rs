//! What one client can take of the server: memory, time, connections.

mod closing;
mod deadlines;
mod framing;
mod hostile;
mod kept;
mod limit;
