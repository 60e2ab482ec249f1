//! What is logged: a level, and others for single targets.

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::values::Value;

/// The levels, from none to all. `warning` is read as `warn`.
const LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];
/// The crates in this program that log anything. A target is one of them, or a module of it,
/// such as `frontgate::server`.
const CRATES: [&str; 10] = [
    "frontgate",
    "actix_cors",
    "actix_http",
    "actix_identity",
    "actix_server",
    "actix_session",
    "actix_web",
    "mio",
    "r2d2",
    "tracing_actix_web",
];

/// The setting `log_level`: a list of directives, each LEVEL or TARGET=LEVEL.
///
/// What cannot mean anything stops the start: a filter that was misread would switch off
/// every line, errors too, and nobody would hear of it. So a level that there is not, a target
/// that nothing logs under, an empty directive, and two directives for one target are
/// refused. Targets without a directive have the level that stands alone, or else `info`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLevel {
    general: Option<LevelFilter>,
    targets: Vec<(String, LevelFilter)>,
}

impl LogLevel {
    /// The filter for the subscriber.
    #[must_use]
    pub fn filter(&self) -> Targets {
        Targets::new()
            .with_default(self.general.unwrap_or(LevelFilter::INFO))
            .with_targets(self.targets.iter().cloned())
    }

    fn add(&mut self, directive: &str) -> Result<(), String> {
        let twice = |what: &str| format!("{what} has two levels");
        let Some((target, level)) = directive.split_once('=') else {
            return match self.general.replace(known_level(directive)?) {
                Some(_) => Err(twice("what no target is given for")),
                None => Ok(()),
            };
        };
        let (target, level) = (known_target(target.trim())?, known_level(level.trim())?);
        if self.targets.iter().any(|(known, _)| known == target) {
            return Err(twice(target));
        }
        self.targets.push((target.to_owned(), level));
        Ok(())
    }
}

fn known_level(text: &str) -> Result<LevelFilter, String> {
    let lower = text.to_ascii_lowercase();
    let name = if lower == "warning" { "warn" } else { &lower };
    let level = LEVELS.iter().find(|(known, _)| *known == name);
    level.map(|(_, level)| *level).ok_or_else(|| {
        if text.is_empty() {
            "a level is missing".to_owned()
        } else {
            format!("{text:?} is no level")
        }
    })
}

fn known_target(text: &str) -> Result<&str, String> {
    let mut parts = text.split("::");
    let is_known = parts.next().is_some_and(|name| CRATES.contains(&name));
    let is_name = |part: &str| {
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !part.is_empty() && part.chars().all(letter)
    };
    if is_known && parts.all(is_name) {
        Ok(text)
    } else {
        let crates = CRATES.join(", ");
        Err(format!(
            "{text:?} is no target: there are {crates}, and modules of them such as frontgate::server"
        ))
    }
}

impl Value for LogLevel {
    fn parse(text: &str) -> Result<Self, String> {
        let mut read = Self {
            general: None,
            targets: Vec::new(),
        };
        for directive in text.split(',') {
            read.add(directive.trim()).map_err(|wrong| {
                format!(
                    "write error, warn, info, debug, trace or off, or a list such as info,frontgate=debug: {wrong}"
                )
            })?;
        }
        Ok(read)
    }

    fn show(&self) -> String {
        let general = self.general.iter().map(ToString::to_string);
        let targets = self.targets.iter();
        let targets = targets.map(|(target, level)| format!("{target}={level}"));
        general.chain(targets).collect::<Vec<_>>().join(",")
    }
}
