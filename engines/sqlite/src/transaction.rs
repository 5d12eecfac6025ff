//! A transaction: a connection that one caller holds between `begin` and the end.

use async_trait::async_trait;
use bedplate_core::sql::{Access, RowStream, SqlTransaction, Statement};
use bedplate_core::{Error, Result};
use futures_util::StreamExt;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection};

use crate::error::classify;
use crate::pool::{Lease, Pool};
use crate::rows::{Begun, InTransaction, OnWrite, Rows, begin, change, reads_only};

/// A transaction of SQLite. The lease rolls it back where it is dropped.
pub(crate) struct Transaction {
    lease: Lease,
    access: Access,
}

impl Transaction {
    /// Begins one. A writer takes the database's write lock at once: one that took it at its first write could lose what it
    /// has read to another process by then.
    pub(crate) async fn begin(pool: &std::sync::Arc<Pool>, access: Access) -> Result<Self> {
        let mut lease = pool.lease().await?;
        let text = match access {
            Access::Read => "begin",
            Access::Write => "begin immediate",
        };
        lease.run(move |connection| connection.execute_batch(text).map_err(classify)).await?;
        Ok(Self { lease, access })
    }

    fn on_write(&self) -> OnWrite {
        match self.access {
            Access::Read => OnWrite::Refuse,
            Access::Write => OnWrite::Run,
        }
    }
}

/// Runs `work` inside of a transaction that must be there before it and after it.
fn inside<T>(connection: &mut Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    if connection.is_autocommit() {
        return Err(Error::new(
            bedplate_core::ErrorKind::Conflict,
            "the transaction was rolled back by an earlier failure",
        ));
    }
    work(connection)
}

#[async_trait]
impl SqlTransaction for Transaction {
    async fn execute(&mut self, statement: Statement) -> Result<u64> {
        let on_write = self.on_write();
        self.lease
            .run(move |connection| inside(connection, |connection| change(connection, &statement, on_write)))
            .await
    }

    async fn query(&mut self, statement: Statement) -> Result<RowStream<'_>> {
        let on_write = self.on_write();
        self.lease.run(|connection| inside(connection, |_| Ok(()))).await?;
        let worker = self.lease.begin_work();
        Ok(match begin(worker, statement, on_write).await? {
            Begun::More(first, coming) => Rows::more(first, coming, InTransaction(Some(worker))).boxed(),
            Begun::All(rows) => Rows::<InTransaction<'_>>::all(rows).boxed(),
            Begun::Returned(_) => return Err(reads_only()),
        })
    }

    async fn script(&mut self, text: &str) -> Result<()> {
        let (text, on_write) = (text.to_string(), self.on_write());
        self.lease
            .run(move |connection| inside(connection, |connection| script(connection, &text, on_write)))
            .await
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        self.lease
            .run(|connection| {
                inside(connection, |connection| connection.execute_batch("commit").map_err(classify))
            })
            .await
    }

    async fn rollback(mut self: Box<Self>) -> Result<()> {
        self.lease
            .run(|connection| {
                if connection.is_autocommit() {
                    return Ok(());
                }
                connection.execute_batch("rollback").map_err(classify)
            })
            .await
    }
}

/// Runs several statements. One that ends the transaction is refused after the fact: the rest of it doesn't run.
fn script(connection: &Connection, text: &str, on_write: OnWrite) -> Result<()> {
    let mut batch = Batch::new(connection, text);
    while let Some(mut prepared) = batch.next().map_err(classify)? {
        if prepared.parameter_count() > 0 {
            return Err(Error::invalid(
                "a script takes no values, and one of its statements has a parameter",
            ));
        }
        if on_write == OnWrite::Refuse && !prepared.readonly() {
            return Err(reads_only());
        }
        let mut rows = prepared.raw_query();
        while rows.next().map_err(classify)?.is_some() {}
        drop(rows);
        if connection.is_autocommit() {
            return Err(Error::invalid("the script ended the transaction that it runs in")
                .with_help("leave `commit` and `rollback` out of it"));
        }
    }
    Ok(())
}
