#![doc = include_str!("../README.md")]

mod backup;
mod connect;
mod contents;
mod decode;
mod definer;
mod encode;
mod error;
mod lease;
mod lines;
mod lock;
mod place;
mod product;
mod programs;
mod provision;
mod report;
mod restore;
mod schema;
mod server;
mod sql;
mod statement;
mod tally;
mod tls;
mod transaction;

use bedplate_core::Driver;

pub use error::Refusal;
pub use mysql_async;

/// What this build can do with MySQL and MariaDB.
pub const DRIVER: Driver = Driver {
    sql: Some(connect::open),
    server: Some(&server::SERVER),
    provision: Some(provision::PROVISION),
    ..Driver::new(&bedplate_catalogue::MYSQL)
};
