//! The cache: shards behind locks, each with its keys in order, and limits over all of them.
//!
//! - It is written here and not taken from a caching crate: a counter, a condition or a push must read and write one entry in one step,
//!   a new value must never be turned away by an admission policy (a lock would be lost at once), and pages of keys need their order.
//! - Two numbers say how full it is. Whoever writes beyond a limit forgets, before the write returns, the entries that were used longest ago
//!   among some that are looked at in every shard; up to eight entries a shard that is all of them.
//! - An entry that has outlived its time is gone for everyone at once; its memory is freed by whoever meets it, or by a sweep that
//!   sleeps until one is due.

mod counter;
mod engine;
mod hash;
mod kind;
mod list;
mod shard;
mod sorted;
mod store;
mod structures;
mod sweep;

pub use engine::MemoryCache;
