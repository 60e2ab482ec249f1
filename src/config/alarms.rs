//! Settings of the alarms.

use super::declare::settings;
use super::program::Program;

settings! {
    /// Who is told.
    pub struct AlarmSettings {
        /// The full path of a program, and its arguments: it gets each alarm as JSON on its
        /// standard input. No shell reads this. Empty: nobody is told.
        alarm_command: Option<Program> = "",
    }
}
