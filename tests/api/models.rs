//! Model functions that no view's tests exercise as a whole.

mod alarm;
mod listing;
mod session_count;
mod user;
