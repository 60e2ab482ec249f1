//! Which servers there are and how fresh each is. On PostgreSQL every server says so in the
//! table `nodes`; on SQLite there is this one alone, and nothing is written.

pub mod agreement;
pub mod refused;

use std::time::Duration;

use actix_web::web;

use crate::app::App;
use crate::error::Error;
use crate::models::node::{Node, Peer};

/// How often a server says that it is there.
pub const INTERVAL: Duration = Duration::from_secs(10);

/// This server as it is now.
#[must_use]
pub fn this(app: &App) -> Node {
    app.node.as_row(&app.lease, &app.clock)
}

/// Every server of this database by name: this one as it is now, the others as they last
/// said, which is [`INTERVAL`] ago at most while they are well.
pub async fn all(app: &App) -> Result<Vec<Node>, Error> {
    let mut nodes = if app.database.is_shared() {
        let read = |connection: &mut _| Node::all(connection).map_err(Error::from);
        app.database.read(read).await?
    } else {
        Vec::new()
    };
    let this = this(app);
    nodes.retain(|node| node.name != this.name);
    let place = nodes.partition_point(|node| node.name < this.name);
    nodes.insert(place, this);
    Ok(nodes)
}

/// Says for the first time that this server is there, before it answers any request.
///
/// # Errors
/// Where a server is up that signs with another key, unless that key was revoked.
pub async fn join(app: &web::Data<App>) -> Result<(), agreement::CannotJoin> {
    if !app.database.is_shared() {
        return Ok(());
    }
    let mut state = app.node.state.lock().await;
    agreement::join(app).await?;
    state.reported = true;
    Ok(())
}

/// Says that this server is there, and logs what does not fit together with the others; a failure
/// is logged.
pub async fn report(app: &web::Data<App>) {
    let mut state = app.node.state.lock().await;
    if state.gone || !app.database.is_shared() {
        return;
    }
    let peers = match agreement::peers(app).await {
        Ok(peers) => peers,
        Err(error) => {
            tracing::warn!(%error, "the table nodes could not be read; trying again");
            return;
        }
    };
    let this = this(app);
    // What stood there before the first time may be of this server's last life.
    let is_own = |peer: &Peer| {
        peer.name == this.name && (!state.reported || peer.started_at == this.started_at)
    };
    let others: Vec<_> = peers.into_iter().filter(|peer| !is_own(peer)).collect();
    let namesake = others.iter().any(|peer| peer.name == this.name);
    if namesake && !state.namesake {
        tracing::warn!(
            name = this.name,
            "another server of this database has the same name: give each its own node_name"
        );
    }
    state.namesake |= namesake;
    agreement::tell(app, &others, &mut state.told);
    let must_yield = agreement::must_yield(app, &this, &others);
    let yielded = app.node.set_must_yield(must_yield);
    if must_yield && !yielded {
        tracing::error!(
            "this server started after others that sign with another key: it is not ready, and answers 503 until they are gone"
        );
    }
    let agreement = agreement::own(app);
    let write = move |connection: &mut _| this.report(&agreement, connection).map_err(Error::from);
    match app.database.write(write).await {
        Ok(()) => state.reported = true,
        Err(error) => {
            tracing::warn!(%error, "this server could not say in the table nodes that it is there; trying again");
        }
    }
}

/// Says that this server goes; a failure is logged, and a day later the row is purged.
pub async fn leave(app: &App) {
    let mut state = app.node.state.lock().await;
    state.gone = true;
    if !app.database.is_shared() {
        return;
    }
    let this = this(app);
    let write = move |connection: &mut _| this.remove(connection).map_err(Error::from);
    if let Err(error) = app.database.write(write).await {
        tracing::warn!(%error, "this server could not remove its row from the table nodes");
    }
}
