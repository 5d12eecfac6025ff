#![doc = include_str!("../README.md")]

mod aside;
mod backup;
mod budget;
mod connect;
mod error;
mod here;
mod litefs;
mod lock;
mod place;
mod plan;
mod pool;
mod report;
mod restore;
mod rows;
mod schema;
mod sql;
mod statement;
mod tally;
mod transaction;
mod worker;

use bedplate_core::Driver;

pub use rusqlite;
pub use sql::Sqlite;

/// What this build can do with SQLite.
pub const DRIVER: Driver = Driver { sql: Some(connect::open), ..Driver::new(&bedplate_catalogue::SQLITE) };
