//! `cargo xtask tidy`: the rules of this repository that no compiler knows.
//!
//! A rule is a pure function from a [`tree::Tree`] to its breaches; [`rules::RULES`] lists them all. Add one by adding
//! a file to `rules/`, with a tree that breaks it as its test, and a line to that list.

mod breach;
mod crates;
mod markdown;
mod rules;
mod run;
mod rust;
mod tree;

pub(crate) use run::{HELP, check, run};
pub(crate) use rust::{Rust, closing, words};
