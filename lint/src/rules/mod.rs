//! The rules: one file for each thing that they look at.
//!
//! A rule sees a statement or one change with the schema before it, a script with the schema after it, or the schema that is left at the
//! end. What a later migration puts right is found by the rules that look at the end only.

mod audit;
mod columns;
mod engine;
mod foreign;
mod judge;
mod keys;
mod locks;
mod mysql_keys;
mod narrowing;
mod outside;
mod removals;
mod rows;
mod transactions;
mod types;
mod unfinished;

pub(crate) use judge::{at_the_end, change, is_risky, script, statement};
