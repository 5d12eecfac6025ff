//! What a SQL engine implements.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::report::Report;
use super::rows::RowStream;
use super::schema::Schema;
use super::tally::Tally;
use super::types::{Begin, Dialect, Features, PoolStatus, Position, Progress, Statement};
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

    /// Counts the rows of this service's tables and sums their checksums, in one snapshot.
    async fn tally(&self) -> Result<Tally>;

    /// Writes a consistent copy of the database to a new file while others go on writing, and tallies what is in the copy.
    async fn backup(&self, file: &Path, progress: Progress<'_>) -> Result<Tally>;

    /// Fills this database from such a file. One that has a table already is a `Conflict`, and stays as it is. A restore
    /// that fails leaves no half of it behind, or says that it does.
    async fn restore(&self, file: &Path, progress: Progress<'_>) -> Result<()>;

    /// What an operator wants to know: sizes, indexes, connections, replicas.
    async fn report(&self) -> Result<Report>;

    /// The same database as its replicas have it: for reads only, and never behind what was written through this engine before.
    /// `None` where it has none.
    fn replica(&self) -> Option<Arc<dyn SqlEngine>> {
        None
    }

    /// How far its writes have come; on a replica, how far they have arrived.
    async fn position(&self) -> Result<Position> {
        Err(Error::unsupported("positions"))
    }

    /// Waits until the writes up to a position have arrived here, no longer than `wait` (then: `TimedOut`).
    async fn reach(&self, _position: &Position, _wait: Duration) -> Result<()> {
        Err(Error::unsupported("positions"))
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

    /// Runs statements one after another, and tells how many rows they changed in all. One that fails is the last one that has an effect.
    async fn execute_all(&mut self, statements: Vec<Statement>) -> Result<u64> {
        let mut changed = 0;
        for statement in statements {
            changed += self.execute(statement).await?;
        }
        Ok(changed)
    }

    /// Runs several statements without values, separated by `;`.
    async fn script(&mut self, text: &str) -> Result<()>;

    /// Makes it durable.
    async fn commit(self: Box<Self>) -> Result<()>;

    /// Undoes it.
    async fn rollback(self: Box<Self>) -> Result<()>;
}

/// A lock that is held until it is dropped.
pub trait SqlLock: Send + Sync {}
