#![doc = include_str!("../README.md")]

mod backup;
mod connect;
mod decode;
mod encode;
mod error;
mod lease;
mod lock;
mod numeric;
mod outside;
mod position;
mod product;
mod programs;
mod provision;
mod replica;
mod replicas;
mod report;
mod restore;
mod schema;
mod server;
mod session;
mod sql;
mod statement;
mod tally;
mod tls;
mod transaction;
mod writes;

use bedplate_core::Driver;

pub use deadpool_postgres;
pub use error::Refusal;

/// What this build can do with PostgreSQL.
pub const DRIVER: Driver = Driver {
    sql: Some(connect::open),
    provision: Some(provision::PROVISION),
    server: Some(&server::SERVER),
    ..Driver::new(&bedplate_catalogue::POSTGRES)
};
