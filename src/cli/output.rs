//! What a command says: results on standard output, notes on standard error.
//!
//! A reader that has seen enough (`| head`) is no failure. Any other failure to write a
//! result is one, with an exit code; a note that cannot be written is lost, and the work
//! that it is about goes on.

#![expect(
    clippy::disallowed_methods,
    reason = "this is where commands write; a failure is an answer here, never a panic"
)]

use std::io::{self, IsTerminal, Write};

/// A result could not be written.
#[derive(Debug, thiserror::Error)]
#[error("standard output cannot be written to: {0}; what the command has changed stays changed")]
pub(super) struct PrintError(#[from] io::Error);

/// Prints a result to standard output.
pub(super) fn print(text: &str) -> Result<(), PrintError> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    match written.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Tells the person at the terminal, on standard error, a line or several.
pub(super) fn note(text: &str) {
    // There is nowhere else to say it.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Tells a person at a terminal that the work goes on. A log keeps every
/// line, so it is told nothing of this: the command prints the sum when it is done.
pub(super) fn progress(text: &str) {
    if notes_are_read() {
        note(text);
    }
}

/// Asks a question on standard error; fails where nobody can have read it.
pub(super) fn ask(question: &str) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    stderr.write_all(question.as_bytes())?;
    stderr.flush()
}

/// Prints what clap has to say: help, the version, or what is wrong with the command line.
pub(super) fn print_help(said: &clap::Error) -> Result<(), PrintError> {
    match said.print().and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        // Where standard error cannot be written to, the exit code says it.
        _ if said.use_stderr() => Ok(()),
        written => Ok(written?),
    }
}

/// Whether a person may be reading what [`note`] writes.
pub(super) fn notes_are_read() -> bool {
    io::stderr().is_terminal()
}
