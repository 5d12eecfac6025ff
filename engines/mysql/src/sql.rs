//! The sql contract on MySQL and MariaDB.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::Result;
use bedplate_core::sql::{
    Begin, Dialect, Features, PoolStatus, Progress, Report, RowStream, Schema, SqlEngine, SqlLock,
    SqlTransaction, Statement, Tally,
};
use futures_util::StreamExt;

use crate::connect::Link;
use crate::lock::NamedLock;
use crate::statement::{Rows, Task};
use crate::transaction::Transaction;
use crate::{backup, report, restore, schema, tally};

/// An open database of MySQL or MariaDB.
pub(crate) struct Mysql {
    pub(crate) link: Arc<Link>,
    pub(crate) features: Features,
}

#[async_trait]
impl SqlEngine for Mysql {
    fn features(&self) -> Features {
        self.features
    }

    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    async fn execute(&self, statement: Statement) -> Result<u64> {
        let task = Task::execute(&statement)?;
        Ok(self.link.lease().await?.run(task).await?.changed)
    }

    async fn query(&self, statement: Statement) -> Result<RowStream<'static>> {
        let task = Task::query(&statement)?;
        let mut lease = self.link.lease().await?;
        let done = lease.run(task).await?;
        Ok(Rows::new(&done, lease).boxed())
    }

    async fn begin(&self, begin: Begin) -> Result<Box<dyn SqlTransaction>> {
        Ok(Box::new(Transaction::begin(self.link.clone(), begin).await?))
    }

    async fn lock(&self, name: &str, wait: Duration) -> Result<Box<dyn SqlLock>> {
        Ok(Box::new(NamedLock::take(&self.link, name, wait).await?))
    }

    async fn schema(&self) -> Result<Schema> {
        schema::read(&mut self.link.lease().await?).await
    }

    fn pool(&self) -> PoolStatus {
        let open = self.link.pool.metrics().connection_count.load(Ordering::Relaxed);
        let used = self.link.limit.saturating_sub(self.link.free());
        PoolStatus {
            limit: self.link.limit,
            open,
            idle: open.saturating_sub(used),
            waiting: self.link.waiting(),
            acquire_timeout: self.link.pool_timeout,
        }
    }

    async fn tally(&self) -> Result<Tally> {
        let mut lease = self.link.lease().await?;
        tally::begin(&mut lease).await?;
        tally::finish(&mut lease).await
    }

    async fn backup(&self, file: &Path, progress: Progress<'_>) -> Result<Tally> {
        backup::write(&self.link, file, progress).await
    }

    async fn restore(&self, file: &Path, progress: Progress<'_>) -> Result<()> {
        restore::read(&self.link, file, progress).await
    }

    async fn report(&self) -> Result<Report> {
        report::read(&self.link).await
    }

    async fn close(&self) {
        self.link.close().await;
    }

    fn native(&self) -> &dyn Any {
        &self.link.pool
    }
}
