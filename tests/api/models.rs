//! Model functions that no view's tests exercise as a whole.

mod alarm;
mod listing;
mod lives;
mod session_count;
mod user;
