#![doc = include_str!("../README.md")]

mod connect;
mod decode;
mod encode;
mod error;
mod lease;
mod lock;
mod numeric;
mod schema;
mod server;
mod sql;
mod statement;
mod tls;
mod transaction;

use bedplate_core::Driver;

pub use deadpool_postgres;
pub use error::Refusal;

/// What this build can do with PostgreSQL.
pub const DRIVER: Driver = Driver {
    sql: Some(connect::open),
    server: Some(&server::SERVER),
    ..Driver::new(&bedplate_catalogue::POSTGRES)
};
