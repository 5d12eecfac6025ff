//! A SQL database for one service and no other.
//!
//! - A **statement** is text with `$1`, `$2` ... and as many values. The same text runs on every engine as far as its SQL
//!   does; [`Dialect`] tells what to write where it doesn't.
//! - **Values** come back exactly as they went in, or reading them is an error: no float for a decimal, no lost
//!   microseconds. A row becomes the caller's type by column name (a struct) or by position (a tuple). What serde reads without saying
//!   what it expects (`flatten`, `untagged`) gets what the engine stores, and that differs: SQLite keeps a boolean as a number.
//! - A **transaction** is serializable or as weak as was asked for, never weaker. One that is dropped is rolled back. After a
//!   statement of it failed or was abandoned it can only be rolled back, as a whole or to a savepoint, on every engine.
//! - A statement that writes is finished even where its rows are dropped; one that only reads ends with its rows.
//! - **Migrations** are numbered, checksummed, applied once however many processes start at the same time.
//! - The **schema** can be read: tables, columns, keys, indexes.
//!
//! Every engine guarantees that. What differs is in [`Features`].

mod contract;
mod control;
mod decode;
mod handle;
mod migrations;
mod provision;
mod query;
mod report;
mod rows;
mod schema;
mod session;
mod tally;
mod tenancy;
mod tokens;
mod transaction;
mod types;
mod upsert;
mod value;

pub use contract::{SqlEngine, SqlLock, SqlTransaction};
pub use handle::Sql;
pub use migrations::{
    Migration, MigrationEvent, MigrationState, MigrationStatus, Migrations, RESTORING, Undo,
};
pub use provision::{Made, NewDatabase, Provision};
pub use query::{Query, Rows};
pub use report::{ConnectionCount, IndexReport, ReplicaReport, Report, TableReport};
pub use rows::{Batch, Gather, Row, RowStream};
pub use schema::{Column, ForeignKey, Index, Schema, Table};
pub use tally::{RowSum, TableTally, Tally};
pub use tokens::{Token, TokenKind, statements, tokens};
pub use transaction::Transaction;
pub use types::{Access, Begin, Dialect, Features, Isolation, PoolStatus, Position, Progress, Statement};
pub use value::{Value, ValueKind};
