//! The two cookies: reading, writing, deleting.

mod deleting;
mod reading;
mod writing;
