//! One suite per contract: what every engine must do, and what it must refuse.
//!
//! A [`Case`] is named after the promise that it checks. Cases are picked by the features that an engine declares, from both sides: an engine
//! that declares a promise is shown to keep it, one that doesn't is shown to refuse it. [`harness::main`] runs them as an engine's tests, against a server that it starts
//! itself; [`run`](run::run) runs them against any [`Target`].

pub mod bus;
pub mod cache;
mod case;
mod fresh;
pub mod harness;
pub mod objects;
pub mod run;
pub mod sql;
mod target;

pub use case::{Case, Contract, Failure, Subject, Verdict, When};
pub use fresh::{Fresh, Maker};
pub use target::{Opener, Target, fresh_place};
