//! What a client sent that is no HTTP is no error of ours: actix-http tells of it at the error
//! level, and the log has it at info.
//!
//! It comes before there is a request, so the line has neither its id nor its address.

use std::fmt::Debug;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

const DISPATCHER: &str = "actix_http::h1::dispatcher";
/// How the dispatcher begins what it says of a connection that it closes.
const BEGINNING: &str = "stream error: ";

/// Writes these events anew, at their own level.
pub(super) struct Demoted;

impl<S: Subscriber> Layer<S> for Demoted {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        // Most events end here.
        if *metadata.level() != Level::ERROR || !metadata.target().starts_with(DISPATCHER) {
            return true;
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        let Some(why) = message.0.strip_prefix(BEGINNING) else {
            return true;
        };
        tracing::info!(
            why,
            "a connection was closed: what came on it is no HTTP request"
        );
        false
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
