//! A SQL engine that lies: an honest one beneath, and one thing that it says and doesn't do.

use std::any::Any;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::sql::{
    Access, Batch, Begin, Dialect, Features, PoolStatus, Position, Progress, Report, RowStream, Schema,
    SqlEngine, SqlLock, SqlTransaction, Statement, Tally, Value,
};
use bedplate_core::{Promise, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::Mutex;

use super::bend::is_about_tenants;
use super::lie::Lie;
use super::replica::Replica;
use super::transaction::LyingTransaction;

/// The honest engine and the lie.
pub(crate) struct Liar {
    pub(super) honest: Arc<dyn SqlEngine>,
    pub(super) lie: Lie,
    seen: Mutex<HashMap<Arc<str>, Vec<Batch>>>,
}

impl Liar {
    pub(crate) fn over(honest: Arc<dyn SqlEngine>, lie: Lie) -> Arc<dyn SqlEngine> {
        Arc::new(Self { honest, lie, seen: Mutex::default() })
    }
}

struct NoLock;

impl SqlLock for NoLock {}

#[async_trait]
impl SqlEngine for Liar {
    fn features(&self) -> Features {
        let honest = self.honest.features();
        match self.lie {
            Lie::Declares(name, promise) => honest.with_promise(name, promise).expect("a promise"),
            Lie::ForgetsTenants => Features { tenants: Promise::Native, ..honest },
            Lie::HasReplicas | Lie::HasStaleReplicas | Lie::WritesToReplicas => {
                Features { replicas: Promise::Native, ..honest }
            }
            _ => honest,
        }
    }

    fn dialect(&self) -> Dialect {
        self.honest.dialect()
    }

    async fn execute(&self, statement: Statement) -> Result<u64> {
        if self.lie == Lie::ForgetsTenants && is_about_tenants(&statement.text) {
            return Ok(0);
        }
        if self.lie == Lie::RunsSeveral && statement.values.is_empty() {
            let mut changed = 0;
            for text in statement.text.split(';').filter(|text| !text.trim().is_empty()) {
                changed += self.honest.execute(Statement::new(text)).await?;
            }
            return Ok(changed);
        }
        let changed = self.lie.blur(self.honest.execute(self.lie.bend(statement)).await)?;
        Ok(if self.lie == Lie::GuessesCounts { 1 } else { changed })
    }

    async fn query(&self, statement: Statement) -> Result<RowStream<'static>> {
        if self.lie == Lie::ForgetsTenants && statement.text.contains("pg_roles") {
            let mut row = Batch::new(["above".to_string()].into());
            row.push([Ok(Value::Bool(true))])?;
            return Ok(stream::iter([Ok(row)]).boxed());
        }
        let text = statement.text.clone();
        if self.lie == Lie::RepeatsRows && statement.values.is_empty() {
            let mut seen = self.seen.lock().await;
            if !seen.contains_key(&text) {
                let rows = self.honest.query(statement).await?.try_collect().await?;
                seen.insert(text.clone(), rows);
            }
            return Ok(stream::iter(seen[&text].clone().into_iter().map(Ok)).boxed());
        }
        let rows = self.lie.blur(self.honest.query(self.lie.bend(statement)).await)?;
        Ok(self.lie.bend_rows(&text, rows))
    }

    async fn begin(&self, begin: Begin) -> Result<Box<dyn SqlTransaction>> {
        let mut honest = Begin::new().isolation(begin.isolation);
        if begin.access == Access::Read && self.lie != Lie::WritesInReads {
            honest = honest.read_only();
        }
        let apart = match self.lie {
            Lie::HasNoTransactions | Lie::WritesLate => true,
            Lie::HasNoSnapshots => begin.access == Access::Read,
            _ => false,
        };
        let inner = if apart { None } else { Some(self.honest.begin(honest).await?) };
        Ok(Box::new(LyingTransaction { engine: self.honest.clone(), inner, lie: self.lie, late: Vec::new() }))
    }

    async fn lock(&self, name: &str, wait: Duration) -> Result<Box<dyn SqlLock>> {
        match self.lie {
            Lie::LocksNothing => Ok(Box::new(NoLock)),
            Lie::WaitsForNoLock => self.honest.lock(name, Duration::ZERO).await,
            _ => self.honest.lock(name, wait).await,
        }
    }

    async fn schema(&self) -> Result<Schema> {
        let mut schema = self.honest.schema().await?;
        if self.lie == Lie::ForgetsIndexes {
            schema.tables.iter_mut().for_each(|table| table.indexes.clear());
        }
        Ok(schema)
    }

    fn pool(&self) -> PoolStatus {
        self.honest.pool()
    }

    async fn tally(&self) -> Result<Tally> {
        self.bent_tally().await
    }

    async fn backup(&self, file: &Path, progress: Progress<'_>) -> Result<Tally> {
        self.bent_backup(file, progress).await
    }

    async fn restore(&self, file: &Path, progress: Progress<'_>) -> Result<()> {
        self.bent_restore(file, progress).await
    }

    async fn report(&self) -> Result<Report> {
        self.bent_report().await
    }

    fn replica(&self) -> Option<Arc<dyn SqlEngine>> {
        let (is_stale, takes_writes) = (self.lie == Lie::HasStaleReplicas, self.lie == Lie::WritesToReplicas);
        let has_others = matches!(self.lie, Lie::HasReplicas | Lie::HidesReplicas);
        let has_some = is_stale || takes_writes || has_others;
        has_some.then(|| -> Arc<dyn SqlEngine> {
            Arc::new(Replica::of(self.honest.clone(), is_stale, takes_writes))
        })
    }

    async fn position(&self) -> Result<Position> {
        if self.lie == Lie::StandsStill { Ok(Position::new("1")) } else { self.honest.position().await }
    }

    async fn reach(&self, position: &Position, wait: Duration) -> Result<()> {
        if self.lie == Lie::StandsStill { Ok(()) } else { self.honest.reach(position, wait).await }
    }

    async fn close(&self) {
        if self.lie != Lie::NeverCloses {
            self.honest.close().await;
        }
    }

    fn native(&self) -> &dyn Any {
        self
    }
}
