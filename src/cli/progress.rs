//! How far the work has come: a bar on a terminal, plain lines elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::note;
use super::output::notes_are_read;
use crate::clock::{Clock, Uptime};

/// How often something is said where there is no terminal.
const QUIET: Duration = Duration::from_secs(10);

/// How far one kind of work has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress<'a> {
    /// What is being done, in words.
    pub(super) what: &'a str,
    /// How much of it is done.
    pub(super) done: i64,
    /// How much there is to do.
    pub(super) of: i64,
}

/// Tells the person at the terminal, or the log, how far the work has come.
pub(super) struct Reporter {
    clock: Clock,
    began: Uptime,
    terminal: bool,
    stage: Option<Stage>,
}

struct Stage {
    what: String,
    began: Uptime,
    said: Uptime,
    bar: Option<ProgressBar>,
}

impl Reporter {
    pub(super) fn new(clock: &Clock) -> Self {
        Self {
            clock: clock.clone(),
            began: clock.uptime(),
            terminal: notes_are_read(),
            stage: None,
        }
    }

    /// How long all of it has taken.
    pub(super) fn elapsed(&self) -> Duration {
        self.clock.uptime().since(self.began)
    }

    pub(super) fn hear(&mut self, progress: Progress<'_>) {
        let now = self.clock.uptime();
        let terminal = self.terminal;
        let known = self
            .stage
            .take()
            .filter(|stage| stage.what == progress.what);
        let mut stage = known.unwrap_or_else(|| Stage {
            what: progress.what.to_owned(),
            began: now,
            said: now,
            bar: terminal.then(|| bar(progress)),
        });
        let complete = progress.done >= progress.of;
        if let Some(bar) = &stage.bar {
            bar.set_position(u64::try_from(progress.done).unwrap_or(0));
            if complete {
                bar.finish();
            }
        } else if complete || now.since(stage.said) >= QUIET {
            stage.said = now;
            note(&line(progress, now.since(stage.began)));
        }
        self.stage = Some(stage);
    }
}

fn bar(progress: Progress<'_>) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(progress.of).unwrap_or(0));
    let template = "{msg:>12} {wide_bar} {human_pos} of {human_len}, {per_sec}, {eta} left";
    // The template is ours, and is drawn plainly should it ever be wrong.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(progress.what.to_owned());
    bar
}

fn line(progress: Progress<'_>, took: Duration) -> String {
    let seconds = took.as_secs_f64();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate for people, of numbers far below 2^52"
    )]
    let rate = progress.done as f64 / seconds.max(0.001);
    format!(
        "{}: {} of {} in {seconds:.1} s, {rate:.0} a second",
        progress.what, progress.done, progress.of
    )
}
