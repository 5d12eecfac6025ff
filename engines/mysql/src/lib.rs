#![doc = include_str!("../README.md")]

mod connect;
mod error;
mod sql;

use bedplate_catalogue::MYSQL;
use bedplate_core::Driver;

/// Calls mysql.
pub const DRIVER: Driver = Driver { sql: Some(sql::open), ..Driver::new(&MYSQL) };
