//! Long work that survives a restart: a job is a row, done a batch at a time by whichever
//! server has taken it up, each batch in one transaction with where it goes on.

mod bell;
mod cursor;
mod end_many;
mod log;
mod matching;
mod parameters;
mod preview;

pub use bell::Bell;
pub use end_many::{
    Batch, KIND, by, carry_out, give_up, in_words, look, queue, queued_after, retry,
};
pub use parameters::{EndMany, Unreadable};
pub use preview::{COUNTED, Preview, preview};
