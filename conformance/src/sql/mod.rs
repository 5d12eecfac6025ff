//! The suite of the sql contract.

mod constraints;
mod copies;
mod identifiers;
mod isolation;
mod locks;
mod migrations;
mod parameters;
mod pool;
mod promises;
mod queries;
mod reports;
mod resuming;
mod rows;
mod scene;
mod schema;
mod sessions;
mod statements;
mod suite;
mod tallies;
mod tenants;
mod texts;
mod times;
mod transactions;
mod typing;
mod undoing;
mod values;
mod writing;

pub use bedplate_core::sql::Sql;
