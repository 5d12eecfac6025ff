//! The sql contract on PostgreSQL.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::Result;
use bedplate_core::sql::{
    Begin, Dialect, Features, PoolStatus, Position, Progress, Report, RowStream, Schema, SqlEngine, SqlLock,
    SqlTransaction, Statement, Tally,
};
use futures_util::StreamExt;

use crate::connect::Link;
use crate::lock::AdvisoryLock;
use crate::replica::Readable;
use crate::replicas::Replicas;
use crate::statement::{OnStale, Rows, begin, execute};
use crate::transaction::Transaction;
use crate::{backup, position, report, restore, schema, tally};

/// An open PostgreSQL database.
pub(crate) struct Postgres {
    pub(crate) link: Arc<Link>,
    pub(crate) features: Features,
    pub(crate) replicas: Option<Arc<Replicas>>,
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
        lease.begins(&statement.text);
        let result = execute(lease.client()?, &statement, self.link.statement_cache, OnStale::Again).await;
        lease.running = false;
        result
    }

    async fn query(&self, statement: Statement) -> Result<RowStream<'static>> {
        let mut lease = self.link.lease().await?;
        lease.begins(&statement.text);
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
        schema::of(&self.link).await
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
        tally::of(&self.link).await
    }

    async fn backup(&self, file: &Path, progress: Progress<'_>) -> Result<Tally> {
        backup::write(&self.link, file, progress).await
    }

    async fn restore(&self, file: &Path, progress: Progress<'_>) -> Result<()> {
        let result = restore::read(&self.link, file, progress).await;
        self.link.writes.mark();
        result
    }

    async fn report(&self) -> Result<Report> {
        report::of(&self.link, self.replicas.as_deref()).await
    }

    fn replica(&self) -> Option<Arc<dyn SqlEngine>> {
        let replicas = self.replicas.clone()?;
        Some(Arc::new(Readable::new(replicas, self.features)))
    }

    async fn position(&self) -> Result<Position> {
        Ok(position::write(position::ask(&self.link).await?))
    }

    async fn reach(&self, position: &Position, wait: Duration) -> Result<()> {
        position::reach(&self.link, position, wait).await
    }

    async fn close(&self) {
        let replicas = async {
            if let Some(replicas) = &self.replicas {
                replicas.close().await;
            }
        };
        tokio::join!(self.link.close(), replicas);
    }

    fn native(&self) -> &dyn Any {
        &self.link.pool
    }
}
