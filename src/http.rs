//! What a request brings and an answer takes along.

pub mod answers;
pub mod field_errors;
