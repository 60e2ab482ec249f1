//! Starting, stopping, and a database that goes away.

mod bad_input;
mod crash;
mod database_away;
mod keep_alive;
mod key_files;
mod one_file;
mod stop;
