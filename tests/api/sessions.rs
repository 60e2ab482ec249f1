//! Sessions in the database: races, interleavings, bounded rows.

mod hang_ups;
mod interleavings;
mod races;
mod rows;
