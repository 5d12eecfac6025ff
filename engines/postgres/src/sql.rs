//! The sql contract on PostgreSQL.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::sql::{
    Begin, Dialect, Features, PoolStatus, Progress, Report, RowStream, Schema, SqlEngine, SqlLock,
    SqlTransaction, Statement, Tally,
};
use bedplate_core::{Error, Result};
use futures_util::StreamExt;

use crate::connect::Link;
use crate::lock::AdvisoryLock;
use crate::schema;
use crate::statement::{OnStale, Rows, begin, execute};
use crate::transaction::Transaction;

/// An open PostgreSQL database.
pub(crate) struct Postgres {
    pub(crate) link: Arc<Link>,
    pub(crate) features: Features,
}

#[async_trait]
impl SqlEngine for Postgres {
    fn features(&self) -> Features {
        self.features
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    async fn execute(&self, statement: Statement) -> Result<u64> {
        let mut lease = self.link.lease().await?;
        lease.running = true;
        let result = execute(lease.client()?, &statement, self.link.statement_cache, OnStale::Again).await;
        lease.running = false;
        result
    }

    async fn query(&self, statement: Statement) -> Result<RowStream<'static>> {
        let mut lease = self.link.lease().await?;
        lease.running = true;
        let begun = begin(lease.client()?, &statement, self.link.statement_cache, OnStale::Again).await;
        lease.running = false;
        Ok(Rows::new(begun?, lease).boxed())
    }

    async fn begin(&self, begin: Begin) -> Result<Box<dyn SqlTransaction>> {
        Ok(Box::new(Transaction::begin(self.link.clone(), begin).await?))
    }

    async fn lock(&self, name: &str, wait: Duration) -> Result<Box<dyn SqlLock>> {
        Ok(Box::new(AdvisoryLock::take(&self.link, name, wait).await?))
    }

    async fn schema(&self) -> Result<Schema> {
        let mut lease = self.link.lease().await?;
        (lease.running, lease.open) = (true, true);
        let client = lease.client()?;
        let schema = schema::read(client).await?;
        (lease.running, lease.open) = (false, false);
        Ok(schema)
    }

    fn pool(&self) -> PoolStatus {
        let status = self.link.pool.status();
        PoolStatus {
            limit: status.max_size,
            open: status.size,
            idle: status.available,
            waiting: status.waiting,
            acquire_timeout: self.link.pool_timeout,
        }
    }

    async fn tally(&self) -> Result<Tally> {
        Err(Error::unsupported("a tally"))
    }

    async fn backup(&self, _file: &Path, _progress: Progress<'_>) -> Result<Tally> {
        Err(Error::unsupported("a backup"))
    }

    async fn restore(&self, _file: &Path, _progress: Progress<'_>) -> Result<()> {
        Err(Error::unsupported("a restore"))
    }

    async fn report(&self) -> Result<Report> {
        Err(Error::unsupported("a report"))
    }

    async fn close(&self) {
        self.link.pool.close();
    }

    fn native(&self) -> &dyn Any {
        &self.link.pool
    }
}
