//! A transaction: a connection that one caller holds between `begin` and the end.

use std::sync::Arc;

use async_trait::async_trait;
use bedplate_core::sql::{Access, Begin, Isolation, RowStream, SqlTransaction, Statement};
use bedplate_core::{Error, Result};
use futures_util::StreamExt;
use futures_util::future::try_join_all;
use tokio_postgres::error::SqlState;

use crate::connect::Link;
use crate::error::classify;
use crate::lease::Lease;
use crate::statement::{OnStale, Rows, begin, execute};

/// Marks the transaction in which a script began.
const SCRIPT: &str = "bedplate_script";

/// A transaction of PostgreSQL. The lease rolls it back where it is dropped.
pub(crate) struct Transaction {
    link: Arc<Link>,
    lease: Lease,
}

impl Transaction {
    pub(crate) async fn begin(link: Arc<Link>, begin: Begin) -> Result<Self> {
        let lease = link.lease().await?;
        Self::on(link, lease, begin).await
    }

    /// Begins it on a connection that was taken already.
    pub(crate) async fn on(link: Arc<Link>, mut lease: Lease, begin: Begin) -> Result<Self> {
        lease.reads = begin.access == Access::Read;
        let isolation = match begin.isolation {
            Isolation::ReadCommitted => "read committed",
            Isolation::RepeatableRead => "repeatable read",
            Isolation::Serializable => "serializable",
        };
        let access = match begin.access {
            Access::Read => "read only",
            Access::Write => "read write",
        };
        (lease.open, lease.running) = (true, true);
        let client = lease.client()?;
        client
            .batch_execute(&format!("begin isolation level {isolation} {access}"))
            .await
            .map_err(classify)?;
        if let Some(tenant) = &begin.tenant {
            let statement = Statement::new("select set_config('bedplate.tenant', $1, true)").bind(tenant);
            execute(client, &statement, link.statement_cache, OnStale::Fail).await?;
        }
        lease.running = false;
        Ok(Self { link, lease })
    }

    /// Gets ready for the next statement.
    async fn enter(&mut self, text: &str) -> Result<()> {
        self.link.check_open()?;
        self.lease.stop_abandoned().await;
        self.lease.begins(text);
        Ok(())
    }

    async fn run(&mut self, text: &str) -> Result<()> {
        self.enter(text).await?;
        let result = self.lease.client()?.batch_execute(text).await;
        self.lease.running = false;
        result.map_err(classify)
    }

    /// Ends it with `commit` or `rollback`.
    async fn end(mut self, text: &str) -> Result<()> {
        self.run(text).await?;
        self.lease.open = false;
        Ok(())
    }
}

#[async_trait]
impl SqlTransaction for Transaction {
    async fn execute(&mut self, statement: Statement) -> Result<u64> {
        self.enter(&statement.text).await?;
        let result =
            execute(self.lease.client()?, &statement, self.link.statement_cache, OnStale::Fail).await;
        self.lease.running = false;
        result
    }

    async fn query(&mut self, statement: Statement) -> Result<RowStream<'_>> {
        self.enter(&statement.text).await?;
        let begun = begin(self.lease.client()?, &statement, self.link.statement_cache, OnStale::Fail).await;
        self.lease.running = false;
        Ok(Rows::new(begun?, &mut self.lease).boxed())
    }

    /// The first one alone, so that it is prepared once; the others without waiting for each.
    async fn execute_all(&mut self, statements: Vec<Statement>) -> Result<u64> {
        let Some((first, others)) = statements.split_first() else { return Ok(0) };
        let mut changed = self.execute(first.clone()).await?;
        self.enter(&first.text).await?;
        let (client, keep) = (self.lease.client()?, self.link.statement_cache);
        let all = others.iter().map(|statement| execute(client, statement, keep, OnStale::Fail));
        let result = try_join_all(all).await;
        self.lease.running = false;
        changed += result?.into_iter().sum::<u64>();
        Ok(changed)
    }

    async fn script(&mut self, text: &str) -> Result<()> {
        self.run(&format!("savepoint {SCRIPT}")).await?;
        self.lease.alter();
        self.run(text).await?;
        let release = format!("release savepoint {SCRIPT}");
        self.enter(&release).await?;
        let released = self.lease.client()?.batch_execute(&release).await;
        self.lease.running = false;
        released.map_err(|error| match error.code() {
            Some(&SqlState::S_E_INVALID_SPECIFICATION | &SqlState::NO_ACTIVE_SQL_TRANSACTION) => {
                Error::invalid("the script ended the transaction that it runs in")
                    .with_help("leave `commit` and `rollback` out of it")
            }
            _ => classify(error),
        })
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        self.end("commit").await
    }

    async fn rollback(self: Box<Self>) -> Result<()> {
        self.end("rollback").await
    }
}
