#![doc = include_str!("../README.md")]

mod backup;
mod connect;
mod error;
mod lock;
mod pool;
mod rows;
mod schema;
mod sql;
mod statement;
mod transaction;
mod worker;

use bedplate_core::Driver;

pub use rusqlite;
pub use sql::Sqlite;

/// What this build can do with SQLite.
pub const DRIVER: Driver = Driver { sql: Some(connect::open), ..Driver::new(&bedplate_catalogue::SQLITE) };
