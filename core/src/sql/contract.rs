//! What a SQL engine implements.

use std::any::Any;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;

use super::schema::Schema;
use super::types::{Begin, Dialect, Features, PoolStatus, RowStream, Statement};
use crate::error::{Error, Result};

/// A SQL engine. Everything that can be written once is in [`Sql`](super::Sql), not here.
#[async_trait]
pub trait SqlEngine: Send + Sync + 'static {
    /// What it promises. The same as its descriptor says, unless the server that answered can do less.
    fn features(&self) -> Features;

    /// What it speaks.
    fn dialect(&self) -> Dialect;

    /// Runs one statement in a transaction of its own and tells how many rows it changed.
    async fn execute(&self, statement: Statement) -> Result<u64>;

    /// Runs one statement in a transaction of its own and returns its rows.
    async fn query(&self, statement: Statement) -> Result<RowStream<'static>>;

    /// Begins a transaction.
    async fn begin(&self, begin: Begin) -> Result<Box<dyn SqlTransaction>>;

    /// Takes a lock that no other process can hold at the same time, and waits for it no longer than `wait`
    /// (then: `TimedOut`). It is released when it is dropped and when the process dies.
    async fn lock(&self, name: &str, wait: Duration) -> Result<Box<dyn SqlLock>>;

    /// Reads what tables there are, this service's own ones only.
    async fn schema(&self) -> Result<Schema>;

    /// What the pool of connections is doing.
    fn pool(&self) -> PoolStatus;

    /// Writes a consistent copy of the database to a new file while others go on writing.
    async fn backup(&self, _file: &Path) -> Result<()> {
        Err(Error::unsupported("a backup into a file"))
    }

    /// Closes every connection. Whoever calls afterwards gets `Unavailable`.
    async fn close(&self);

    /// The client underneath.
    fn native(&self) -> &dyn Any;
}

/// A transaction. Dropping it rolls it back.
#[async_trait]
pub trait SqlTransaction: Send {
    /// Runs one statement and tells how many rows it changed.
    async fn execute(&mut self, statement: Statement) -> Result<u64>;

    /// Runs one statement and returns its rows.
    async fn query(&mut self, statement: Statement) -> Result<RowStream<'_>>;

    /// Runs several statements without values, separated by `;`.
    async fn script(&mut self, text: &str) -> Result<()>;

    /// Makes it durable.
    async fn commit(self: Box<Self>) -> Result<()>;

    /// Undoes it.
    async fn rollback(self: Box<Self>) -> Result<()>;
}

/// A lock that is held until it is dropped.
pub trait SqlLock: Send + Sync {}
