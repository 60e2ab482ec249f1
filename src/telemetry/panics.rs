//! A panic is a line of the log: the hook of the standard library writes to standard error,
//! where it could wait for ever.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;

/// From now on a panic, on any thread, is logged at the error level, with a backtrace where
/// `RUST_BACKTRACE` asks for one.
pub(super) fn log_panics() {
    std::panic::set_hook(Box::new(log));
}

fn log(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no text");
    let at = panic.location().map(tracing::field::display);
    let thread = std::thread::current();
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then_some(backtrace);
    tracing::error!(
        thread = thread.name(),
        at,
        backtrace = backtrace.map(tracing::field::display),
        "panicked: {message}"
    );
}
