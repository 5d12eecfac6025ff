//! The suite of the cache contract.

mod atomicity;
mod conditions;
mod counters;
mod hashes;
mod lifetimes;
mod limits;
mod lists;
mod loading;
mod own;
mod scan;
mod sharing;
mod sorted_sets;
mod suite;
mod values;

pub use bedplate_core::cache::Cache;
