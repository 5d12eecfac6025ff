//! A transaction: a connection that one caller holds between `begin` and the end.

use std::sync::Arc;

use async_trait::async_trait;
use bedplate_core::sql::{Access, Begin, Dialect, RowStream, SqlTransaction, Statement, statements};
use bedplate_core::{Error, Result};
use futures_util::StreamExt;

use crate::connect::Link;
use crate::error::closed;
use crate::lease::Lease;
use crate::statement::{Done, Rows, Task, first_word};

/// The first words of statements that commit by themselves:
/// <https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/>.
const COMMITTING: &[&str] = &[
    "alter",
    "analyze",
    "create",
    "drop",
    "flush",
    "grant",
    "install",
    "optimize",
    "rename",
    "repair",
    "revoke",
    "truncate",
    "uninstall",
];
/// The first words of statements that begin or end a transaction, or bring the connection out of one.
const BOUNDS: &[&str] = &["begin", "commit", "end", "lock", "rollback", "start", "unlock", "xa"];

/// A transaction of MySQL or MariaDB. The lease rolls it back where it is dropped.
pub(crate) struct Transaction {
    link: Arc<Link>,
    lease: Lease,
    /// What begins it; also again, after a statement has ended it by committing.
    begin: String,
    reads_only: bool,
    /// A statement has committed by itself: the next one begins anew.
    committed: bool,
}

impl Transaction {
    pub(crate) async fn begin(link: Arc<Link>, begin: Begin) -> Result<Self> {
        let mut lease = link.lease().await?;
        let reads_only = begin.access == Access::Read;
        let level = link.product.level(begin.isolation, reads_only);
        let access = if reads_only { "read only" } else { "read write" };
        let text = format!("set transaction isolation level {level}; start transaction {access}");
        lease.open = true;
        lease.run(Task::Text(text.clone())).await?;
        Ok(Self { link, lease, begin: text, reads_only, committed: false })
    }

    /// Gets ready for the next statement.
    async fn enter(&mut self, text: &str) -> Result<()> {
        // The server would commit first, and then write.
        if self.reads_only && COMMITTING.contains(&first_word(text).as_str()) {
            return Err(Error::invalid("a transaction that only reads can't change tables"));
        }
        if self.link.is_closed() {
            return Err(closed());
        }
        if self.committed {
            self.lease.run(Task::Text(self.begin.clone())).await?;
            self.committed = false;
        }
        Ok(())
    }

    /// Notices that a statement has ended the transaction.
    fn look(&mut self, done: &Done, text: &str) -> Result<()> {
        if done.in_transaction != Some(false) {
            return Ok(());
        }
        self.committed = true;
        if COMMITTING.contains(&first_word(text).as_str()) {
            return Ok(());
        }
        Err(Error::invalid("the statement ended the transaction that it runs in")
            .with_help("a transaction is ended by `Transaction::commit` and `rollback` only"))
    }

    async fn run(&mut self, task: Task, text: &str) -> Result<Done> {
        self.enter(text).await?;
        let done = self.lease.run(task).await?;
        self.look(&done, text)?;
        Ok(done)
    }

    /// Ends it with `commit` or `rollback`.
    async fn end(mut self, text: &str) -> Result<()> {
        if self.link.is_closed() {
            return Err(closed());
        }
        self.lease.run(Task::Text(text.into())).await?;
        self.lease.open = false;
        Ok(())
    }
}

#[async_trait]
impl SqlTransaction for Transaction {
    async fn execute(&mut self, statement: Statement) -> Result<u64> {
        let done = self.run(Task::execute(&statement)?, &statement.text).await?;
        Ok(done.changed)
    }

    async fn query(&mut self, statement: Statement) -> Result<RowStream<'_>> {
        let done = self.run(Task::query(&statement)?, &statement.text).await?;
        Ok(Rows::new(&done, &mut self.lease).boxed())
    }

    async fn script(&mut self, text: &str) -> Result<()> {
        let parts: Vec<&str> =
            statements(text, Dialect::Mysql).into_iter().map(|range| &text[range]).collect();
        if let Some(bound) =
            parts.iter().map(|part| first_word(part)).find(|word| BOUNDS.contains(&word.as_str()))
        {
            return Err(Error::invalid(format!(
                "the script ends the transaction that it runs in, by `{bound}`"
            ))
            .with_help("leave `begin`, `commit`, `rollback` and `lock tables` out of it"));
        }
        for part in parts {
            self.run(Task::part(part)?, part).await?;
        }
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        self.end("commit").await
    }

    async fn rollback(mut self: Box<Self>) -> Result<()> {
        // What can't be stopped is given up with its connection, and the server rolls back.
        let stopped = self.lease.stop_abandoned().await;
        if stopped.is_err() && self.lease.is_gone() {
            return Ok(());
        }
        self.end("rollback").await
    }
}
