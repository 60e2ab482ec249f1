//! Settings of the log.

use super::declare::settings;
use super::log_level::LogLevel;
use super::values::LogFormat;

settings! {
    /// What is logged, and how it looks.
    pub struct LogSettings {
        /// What is logged: off, error, warn, info, debug or trace, for single targets too, as in
        /// info,frontgate=debug.
        log_level: LogLevel = "info,actix_server=warn",
        /// auto (pretty on a terminal, JSON otherwise), pretty or json.
        log_format: LogFormat = "auto",
    }
}
