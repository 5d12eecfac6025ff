#![doc = include_str!("../README.md")]

mod connect;
mod decode;
mod dump;
mod encode;
mod error;
mod facts;
mod lease;
mod lock;
mod numeric;
mod position;
mod programs;
mod provision;
mod replica;
mod replicas;
mod report;
mod restore;
mod schema;
mod server;
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
