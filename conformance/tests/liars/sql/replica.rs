//! Replicas: the same database for reads only, or what a liar calls so.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::sql::{
    Begin, Dialect, Features, PoolStatus, Progress, Report, RowStream, Schema, SqlEngine, SqlLock,
    SqlTransaction, Statement, Tally,
};
use bedplate_core::{Error, ErrorKind, Result};
use futures_util::{StreamExt, stream};
use tokio::sync::Mutex;

/// Reads from an engine, through a snapshot that never moves where it is stale.
pub(super) struct Replica {
    primary: Arc<dyn SqlEngine>,
    is_stale: bool,
    takes_writes: bool,
    snapshot: Mutex<Option<Box<dyn SqlTransaction>>>,
}

impl Replica {
    pub(super) fn of(primary: Arc<dyn SqlEngine>, is_stale: bool, takes_writes: bool) -> Self {
        Self { primary, is_stale, takes_writes, snapshot: Mutex::default() }
    }
}

fn denied() -> Error {
    Error::new(ErrorKind::Denied, "this is a replica, and nobody writes to it")
}

#[async_trait]
impl SqlEngine for Replica {
    fn features(&self) -> Features {
        self.primary.features()
    }

    fn dialect(&self) -> Dialect {
        self.primary.dialect()
    }

    async fn execute(&self, statement: Statement) -> Result<u64> {
        if self.takes_writes { self.primary.execute(statement).await } else { Err(denied()) }
    }

    async fn query(&self, statement: Statement) -> Result<RowStream<'static>> {
        if !self.is_stale {
            return self.primary.query(statement).await;
        }
        let mut snapshot = self.snapshot.lock().await;
        if snapshot.is_none() {
            *snapshot = Some(self.primary.begin(Begin::new().read_only()).await?);
        }
        let rows = snapshot.as_mut().unwrap().query(statement).await?.collect::<Vec<_>>().await;
        Ok(stream::iter(rows).boxed())
    }

    async fn begin(&self, begin: Begin) -> Result<Box<dyn SqlTransaction>> {
        self.primary.begin(begin.read_only()).await
    }

    async fn lock(&self, _: &str, _: Duration) -> Result<Box<dyn SqlLock>> {
        Err(denied())
    }

    async fn schema(&self) -> Result<Schema> {
        self.primary.schema().await
    }

    fn pool(&self) -> PoolStatus {
        self.primary.pool()
    }

    async fn tally(&self) -> Result<Tally> {
        self.primary.tally().await
    }

    async fn backup(&self, file: &Path, progress: Progress<'_>) -> Result<Tally> {
        self.primary.backup(file, progress).await
    }

    async fn restore(&self, _: &Path, _: Progress<'_>) -> Result<()> {
        Err(denied())
    }

    async fn report(&self) -> Result<Report> {
        self.primary.report().await
    }

    async fn close(&self) {}

    fn native(&self) -> &dyn Any {
        self
    }
}
