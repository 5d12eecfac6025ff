//! The suite of the sql contract.

mod constraints;
mod identifiers;
mod isolation;
mod locks;
mod migrations;
mod parameters;
mod pool;
mod promises;
mod rows;
mod scene;
mod schema;
mod suite;
mod tenants;
mod times;
mod transactions;
mod values;

pub use bedplate_core::sql::Sql;
