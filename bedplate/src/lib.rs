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
//! Cargo features: `sqlite`, `memory` and `files` are on by default, `postgres` and `mysql` are not. What an engine promises is in its handle's `features()`, and what it
//! doesn't promise it refuses.
//!
//! # A service, from its start to its end
//!
//! Values cross the handles in the types of `bytes`, `jiff`, `rust_decimal`, `serde_json` and `uuid`: take them from here
//! (`bedplate::uuid::Uuid`), so that there is one version of each.
//!
//! ```
//! # use std::time::Duration;
//! # use bedplate::bus::{Pattern, Subscription, Topic};
//! # use bedplate::objects::ListOptions;
//! # use bedplate::rust_decimal::Decimal;
//! # use bedplate::sql::Begin;
//! # use bedplate::uuid::Uuid;
//! # use bedplate::{Error, Layer, Result};
//! # use serde::{Deserialize, Serialize};
//! #[derive(Debug, Clone, Serialize, Deserialize)]
//! struct Order {
//!     id: Uuid,
//!     total: Decimal,
//! }
//!
//! /// At the start: the tables, and the groups, which get what is published from now on.
//! async fn start() -> Result<Layer> {
//!     let layer = bedplate::open().await?;
//!     bedplate::migrations_from("migrations")?.apply(layer.sql()?).await?;
//!     layer.bus()?.declare(&invoices()?).await?;
//!     Ok(layer)
//! }
//!
//! /// A transaction is run again where it lost a race, so its work clones what it needs into each run.
//! async fn place(layer: &Layer, order: &Order, sku: &str) -> Result<()> {
//!     let work = layer.sql()?.transaction(Begin::new(), 5, |tx| {
//!         let (order, sku) = (order.clone(), sku.to_string());
//!         Box::pin(async move {
//!             let take = "update stock set pieces = pieces - 1 where sku = $1 and pieces > 0";
//!             if tx.query(take).bind(&sku).execute().await? == 0 {
//!                 return Err(Error::not_found(format!("a piece of `{sku}`")));
//!             }
//!             let insert = tx.query("insert into orders (id, total) values ($1, $2)");
//!             insert.bind(order.id).bind(order.total).execute().await
//!         })
//!     });
//!     work.await?;
//!     layer.bus()?.publish(&Topic::new("order.placed")?, order).await
//! }
//!
//! /// A row is read by the names of its columns.
//! async fn find(layer: &Layer, id: Uuid) -> Result<Order> {
//!     let sql = layer.sql()?;
//!     let load = || sql.query("select id, total from orders where id = $1").bind(id).fetch_one();
//!     layer.cache()?.get_or_load_json(&format!("order:{id}"), Duration::from_secs(60), load).await
//! }
//!
//! fn invoices() -> Result<Subscription> {
//!     Ok(Subscription::group("invoices", [Pattern::new("order.*")?]).max_attempts(3))
//! }
//!
//! /// Each delivery is settled: done, again later, or dead at once. After its last attempt it is a dead letter.
//! async fn write_invoices(layer: Layer) -> Result<()> {
//!     let mut subscriber = layer.bus()?.subscribe(invoices()?).await?;
//!     loop {
//!         let Some(delivery) = subscriber.next(Duration::from_secs(30)).await? else { continue };
//!         let order: Order = match delivery.event() {
//!             Ok(order) => order,
//!             Err(error) => {
//!                 delivery.dead(error.to_string()).await?;
//!                 continue;
//!             }
//!         };
//!         let key = format!("invoices/{}.txt", order.id);
//!         match layer.objects()?.put(&key, format!("{} to pay", order.total)).await {
//!             Ok(_) => delivery.done().await?,
//!             Err(error) => delivery.retry(Duration::from_secs(10), error.to_string()).await?,
//!         }
//!     }
//! }
//!
//! /// What nobody could handle goes back to its group, once its cause is gone.
//! async fn send_back(layer: &Layer) -> Result<u64> {
//!     let page = layer.bus()?.dead_letters("invoices", None, 100).await?;
//!     let ids: Vec<String> = page.letters.into_iter().map(|letter| letter.id).collect();
//!     layer.bus()?.redrive("invoices", &ids).await
//! }
//!
//! /// Lists come in pages.
//! async fn count_invoices(layer: &Layer) -> Result<usize> {
//!     let (mut options, mut count) = (ListOptions::prefix("invoices/"), 0);
//!     loop {
//!         let page = layer.objects()?.list(options.clone()).await?;
//!         count += page.objects.len();
//!         let Some(next) = page.next else { return Ok(count) };
//!         options = options.after(next);
//!     }
//! }
//! ```
//!
//! A migration is a file such as `migrations/0001_orders.sql`; one for PostgreSQL only is `0001_orders.postgres.sql`. Which column
//! keeps which value exactly is in [`sql::Dialect::column_type`]: on SQLite a decimal, a UUID, a time and JSON are `text`, and `numeric` makes a float of a decimal.
//!
//! # Errors
//!
//! Every failure is an [`Error`], and its [`kind`](Error::kind) is what to decide by; the message is for people, and
//! [`help`](Error::help) says what to do. Handles time every call and repeat those that are safe to repeat; `guarded` gives one other limits.
//!
//! ```
//! use bedplate::{Error, ErrorKind};
//!
//! fn status(error: &Error) -> u16 {
//!     match error.kind() {
//!         ErrorKind::InvalidInput => 400,
//!         ErrorKind::Denied => 403,
//!         ErrorKind::NotFound => 404,
//!         ErrorKind::Conflict => 409,
//!         _ if error.is_retryable() => 503,
//!         _ => 500,
//!     }
//! }
//! # assert_eq!(status(&Error::not_found("the order")), 404);
//! ```

mod drivers;
mod migrations;
mod open;

pub use bedplate_catalogue as catalogue;
pub use bedplate_core::*;
pub use drivers::{drivers, opens};
pub use migrations::migrations_from;
pub use open::{Layer, bus, cache, driver_for, objects, open, open_from, sql};
