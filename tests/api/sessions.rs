//! Sessions in the database: races, interleavings, bounded rows.

mod interleavings;
mod races;
mod rows;
