//! A transaction: a connection that one caller holds between `begin` and the end.

use std::sync::Arc;

use async_trait::async_trait;
use bedplate_core::sql::{Access, RowStream, SqlTransaction, Statement};
use bedplate_core::{Error, Result};
use futures_util::StreamExt;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection};

use crate::error::classify;
use crate::litefs::Mount;
use crate::pool::{Lease, Pool};
use crate::rows::{Begun, InTransaction, OnWrite, Rows, begin, change, check_write, reads_only};
use crate::{here, plan};

/// A transaction of SQLite. The lease rolls it back where it is dropped.
pub(crate) struct Transaction {
    lease: Lease,
    access: Access,
    mount: Option<Arc<Mount>>,
}

impl Transaction {
    /// Begins one. A writer takes the database's write lock at once: one that took it at its first write could lose what it
    /// has read to another process by then.
    pub(crate) async fn begin(pool: &Arc<Pool>, access: Access, mount: Option<Arc<Mount>>) -> Result<Self> {
        let mut lease = pool.lease().await?;
        // What only reads has no business with the primary.
        let mount = mount.filter(|_| access == Access::Write);
        let text = match access {
            Access::Read => "begin",
            Access::Write => "begin immediate",
        };
        let begun = match mount {
            Some(_) => None,
            None => here::control(&mut lease, text),
        };
        match (begun, mount.clone()) {
            (Some(begun), _) => begun?,
            (None, mount) => {
                let begin = move |connection: &mut Connection| {
                    mount.map_or(Ok(()), |mount| mount.check_primary())?;
                    connection.execute_batch(text).map_err(classify)
                };
                lease.run(begin).await?;
            }
        }
        Ok(Self { lease, access, mount })
    }

    fn on_write(&self) -> OnWrite {
        match self.access {
            Access::Read => OnWrite::Refuse,
            // The primary can become a replica in the middle of a transaction.
            Access::Write => OnWrite::run(self.mount.as_ref()),
        }
    }

    /// Runs a statement on the connection's thread, and finds out whether it could run here the next time.
    async fn change_there(&mut self, statement: Statement, on_write: OnWrite) -> Result<u64> {
        let text = statement.text.clone();
        let is_new = self.lease.plans().of(&text).is_none();
        let work = move |connection: &mut Connection| {
            inside(connection, |connection| {
                let changed = change(connection, &statement, &on_write)?;
                Ok((changed, is_new && plan::changes_one_row(connection, &statement.text)))
            })
        };
        let (changed, changes_one_row) = self.lease.run(work).await?;
        if is_new {
            self.lease.plans().add(&text, changes_one_row);
        }
        Ok(changed)
    }

    async fn explained<T>(&self, result: Result<T>) -> Result<T> {
        match (result, &self.mount) {
            (Err(error), Some(mount)) => Err(mount.explain(error).await),
            (result, _) => result,
        }
    }
}

/// Where `inside` says so, refuses to go on outside of a transaction that was rolled back.
pub(crate) fn check_open(connection: &Connection, inside: bool) -> Result<()> {
    if inside && connection.is_autocommit() {
        return Err(Error::new(
            bedplate_core::ErrorKind::Conflict,
            "the transaction was rolled back by an earlier failure",
        ));
    }
    Ok(())
}

/// Runs `work` inside of a transaction that must be there before it and after it.
fn inside<T>(connection: &mut Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    check_open(connection, true)?;
    work(connection)
}

#[async_trait]
impl SqlTransaction for Transaction {
    async fn execute(&mut self, statement: Statement) -> Result<u64> {
        tokio::task::consume_budget().await;
        let on_write = self.on_write();
        let changed = match here::change(&mut self.lease, &statement, &on_write) {
            Some(changed) => changed,
            None => self.change_there(statement, on_write).await,
        };
        self.explained(changed).await
    }

    async fn query(&mut self, statement: Statement) -> Result<RowStream<'_>> {
        tokio::task::consume_budget().await;
        let on_write = self.on_write();
        let begun = begin(&mut self.lease, &statement, &on_write, true).await;
        Ok(match self.explained(begun).await? {
            Begun::More(first, coming) => {
                Rows::more(first, coming, InTransaction(Some(self.lease.begin_work()))).boxed()
            }
            Begun::All(rows) => Rows::<InTransaction<'_>>::all(rows).boxed(),
            Begun::Returned => return Err(reads_only()),
        })
    }

    async fn script(&mut self, text: &str) -> Result<()> {
        let (text, on_write) = (text.to_string(), self.on_write());
        let run = self
            .lease
            .run(move |connection| inside(connection, |connection| script(connection, &text, &on_write)))
            .await;
        self.explained(run).await
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        // What only reads has nothing to bring to the disk.
        if self.access == Access::Read
            && let Some(done) = here::control(&mut self.lease, "commit")
        {
            return done;
        }
        let mount = self.mount.clone();
        let commit = move |connection: &mut Connection| {
            inside(connection, |connection| {
                mount.map_or(Ok(()), |mount| mount.check_primary())?;
                connection.execute_batch("commit").map_err(classify)
            })
        };
        let committed = self.lease.run(commit).await;
        self.explained(committed).await
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
fn script(connection: &Connection, text: &str, on_write: &OnWrite) -> Result<()> {
    let mut batch = Batch::new(connection, text);
    while let Some(mut prepared) = batch.next().map_err(classify)? {
        if prepared.parameter_count() > 0 {
            return Err(Error::invalid(
                "a script takes no values, and one of its statements has a parameter",
            ));
        }
        check_write(&prepared, on_write)?;
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
