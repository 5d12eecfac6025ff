//! The infrastructure layer of a microservice platform as one crate.
//!
//! A service says what it needs by URLs, and its code stays the same from the pilot (SQLite, memory, files) to production (PostgreSQL and more):
//!
//! ```
//! # async fn example() -> bedplate::Result<()> {
//! use std::time::Duration;
//!
//! let sql = bedplate::sql("sqlite:./.bedplate/orders.db").await?;
//! let cache = bedplate::cache("memory:").await?;
//!
//! sql.query("create table if not exists orders (id integer primary key, total text not null)").execute().await?;
//! sql.query("insert into orders (total) values ($1)").bind("10.50").execute().await?;
//! let totals: Vec<String> = sql.query("select total from orders").fetch_all().await?;
//!
//! cache.set_json("orders:totals", &totals, Some(Duration::from_secs(600))).await?;
//! # Ok(()) }
//! ```
//!
//! [`open`] reads the URLs from `DATABASE_URL`, `CACHE_URL`, `BUS_URL` and `OBJECTS_URL`. Which engines there are is a matter of
//! Cargo features: `sqlite`, `memory` and `files` are on by default, `postgres` is not. What an engine promises is in its handle's `features()`, and what it
//! doesn't promise it refuses.

mod drivers;
mod open;

pub use bedplate_catalogue as catalogue;
pub use bedplate_core::*;
pub use drivers::{drivers, opens};
pub use open::{Layer, bus, cache, driver_for, objects, open, open_from, sql};
