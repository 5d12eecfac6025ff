//! `cargo xtask new-engine`: the folder of a new engine, with a driver that refuses every call of its contract.
//!
//! The driver's methods are read from the contract itself, so that a new engine starts from the contract of today.

mod contract;
mod edit;
mod files;
mod name;
mod run;

pub(crate) use run::{HELP, run};
