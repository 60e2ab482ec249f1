//! Sessions in the database: races, interleavings, bounded rows.

mod consequences;
mod events;
mod everything;
mod follower;
mod hang_ups;
mod interleavings;
mod learning;
mod outlived;
mod presented;
mod races;
mod rows;
mod users;
