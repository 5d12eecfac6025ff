//! Finds programs on this machine and runs them to their end: what an engine leaves to the product's own tools.

mod find;
mod run;

pub use find::{Missing, Packages, Programs, find};
pub use run::{Watch, run, run_reading};
