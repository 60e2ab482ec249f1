//! Model functions that no view's tests exercise as a whole.

mod listing;
