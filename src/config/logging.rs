//! Settings of the log.

use super::declare::settings;
use super::values::LogFormat;

settings! {
    /// What is logged, and how it looks.
    pub struct LogSettings {
        /// What is logged: error, warn, info, debug or trace, for single modules too, as in
        /// info,frontgate=debug.
        log_level: String = "info,actix_server=warn",
        /// auto (pretty on a terminal, JSON otherwise), pretty or json.
        log_format: LogFormat = "auto",
    }
}
