//! Values with a time to live.
//!
//! - A **key** is text; every handle may have a **namespace**, so that services share a server and no keys.
//! - A value that has outlived its time to live is gone. It may go earlier: a cache forgets under pressure, and a program
//!   that can't bear that needs another capability.
//! - One key holds one **kind** of value: bytes, a map, a list or a sorted set. Asking for another kind is `Conflict`, but
//!   setting bytes replaces whatever is there, deleting removes it, and no map, list or set ever equals bytes.
//! - **Conditions** (`if absent`, `if present`, `if it still equals`) and counters are atomic among all who share the state.
//! - [`Cache::get_or_load`] loads a missing value once, however many of this process ask for it at the same time.
//! - **Who shares it** is the reach in [`Features`]. Where it is the process, whatever is opened is a cache of its own, shared by
//!   its clones. What must be shared between processes is refused on a private cache.

mod contract;
mod handle;
mod types;

pub use contract::{CacheEngine, Hashes, Lists, SortedSets};
pub use handle::Cache;
pub use types::{Condition, End, Features, Lifetime, Page, SetOptions};
