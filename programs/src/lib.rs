//! Finds programs on this machine and runs them to their end, and keeps what they write to itself until it is whole: what an engine leaves to
//! the product's own tools.

mod find;
mod growing;
mod run;

pub use find::{Missing, Packages, Programs, find};
pub use growing::{Growing, PrivateFolder, failed, folder_of};
pub use run::{Watch, run, run_reading};
