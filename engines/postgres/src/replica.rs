//! The sql contract on the replicas of a PostgreSQL database: what only reads.

use std::any::Any;
use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::sql::{
    Access, Begin, Dialect, Features, Isolation, PoolStatus, Position, Progress, Report, RowStream, Schema,
    SqlEngine, SqlLock, SqlTransaction, Statement, Tally,
};
use bedplate_core::{Error, ErrorKind, Promise, Result};
use futures_util::StreamExt;
use tokio::time::{Instant, sleep};

use crate::connect::Link;
use crate::error::Refusal;
use crate::position::{self, FIRST_PAUSE, LONGEST_PAUSE};
use crate::replicas::{Reader, Replicas};
use crate::statement::{OnStale, Rows, begin, execute};
use crate::transaction::Transaction;
use crate::{backup, report, schema, tally};

/// A database as its replicas have it.
pub(crate) struct Readable {
    replicas: Arc<Replicas>,
    features: Features,
}

impl Readable {
    pub(crate) fn new(replicas: Arc<Replicas>, features: Features) -> Self {
        Self { replicas, features: Features { replicas: Promise::Refused, ..features } }
    }

    /// The server that would answer a read now.
    async fn server(&self) -> Result<Arc<Link>> {
        let chosen = self.replicas.choose().await?;
        Ok(chosen.map_or_else(|| self.replicas.primary.clone(), |reader| reader.link))
    }
}

async fn execute_on(mut reader: Reader, statement: &Statement) -> Result<u64> {
    reader.lease.begins(&statement.text);
    let keep = reader.link.statement_cache;
    let result = execute(reader.lease.client()?, statement, keep, OnStale::Again).await;
    reader.lease.running = false;
    result
}

async fn query_on(mut reader: Reader, statement: &Statement) -> Result<RowStream<'static>> {
    reader.lease.begins(&statement.text);
    let keep = reader.link.statement_cache;
    let begun = begin(reader.lease.client()?, statement, keep, OnStale::Again).await;
    reader.lease.running = false;
    let rows = Rows::new(begun?, reader.lease);
    Ok(rows.map(|row| row.map_err(only_read)).boxed())
}

#[async_trait]
impl SqlEngine for Readable {
    fn features(&self) -> Features {
        self.features
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    async fn execute(&self, statement: Statement) -> Result<u64> {
        let mut reader = self.replicas.reader().await?;
        loop {
            let asked = reader.replica.clone();
            match execute_on(reader, &statement).await.map_err(only_read) {
                Ok(changed) => return Ok(changed),
                Err(error) => reader = self.replicas.instead(asked, error).await?,
            }
        }
    }

    async fn query(&self, statement: Statement) -> Result<RowStream<'static>> {
        let mut reader = self.replicas.reader().await?;
        loop {
            let asked = reader.replica.clone();
            match query_on(reader, &statement).await.map_err(only_read) {
                Ok(rows) => return Ok(rows),
                Err(error) => reader = self.replicas.instead(asked, error).await?,
            }
        }
    }

    /// A serializable one is the primary's: a standby has none.
    async fn begin(&self, begin: Begin) -> Result<Box<dyn SqlTransaction>> {
        if begin.access == Access::Write {
            let help = "begin it with `Begin::read_only`, or write through the database's own handle";
            return Err(refused().with_help(help));
        }
        if begin.isolation < Isolation::Serializable
            && let Some(reader) = self.replicas.choose().await?
        {
            return Ok(Box::new(Transaction::on(reader.link, reader.lease, begin).await?));
        }
        Ok(Box::new(Transaction::begin(self.replicas.primary.clone(), begin).await?))
    }

    async fn lock(&self, _name: &str, _wait: Duration) -> Result<Box<dyn SqlLock>> {
        Err(Error::new(ErrorKind::Denied, "a lock can't be taken through a replica")
            .with_help("take it through the database's own handle"))
    }

    async fn schema(&self) -> Result<Schema> {
        schema::of(&*self.server().await?).await
    }

    fn pool(&self) -> PoolStatus {
        let mut sum =
            PoolStatus { acquire_timeout: self.replicas.primary.pool_timeout, ..PoolStatus::default() };
        for replica in self.replicas.all() {
            let status = replica.link.pool.status();
            sum.limit += status.max_size;
            sum.open += status.size;
            sum.idle += status.available;
            sum.waiting += status.waiting;
        }
        sum
    }

    async fn tally(&self) -> Result<Tally> {
        tally::of(&*self.server().await?).await
    }

    async fn backup(&self, file: &Path, progress: Progress<'_>) -> Result<Tally> {
        backup::write(&*self.server().await?, file, progress).await
    }

    async fn restore(&self, _file: &Path, _progress: Progress<'_>) -> Result<()> {
        Err(refused().with_help("restore through the database's own handle"))
    }

    async fn report(&self) -> Result<Report> {
        report::of(&*self.server().await?, None).await
    }

    async fn position(&self) -> Result<Position> {
        Ok(position::write(position::ask(&*self.server().await?).await?))
    }

    /// From then on no read is behind it, whichever server answers.
    async fn reach(&self, position: &Position, wait: Duration) -> Result<()> {
        let (wanted, deadline, mut pause) = (position::read(position)?, Instant::now() + wait, FIRST_PAUSE);
        self.replicas.raise(wanted);
        loop {
            if self.replicas.choose().await?.is_some()
                || position::ask(&self.replicas.primary).await? >= wanted
            {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(position::late(position, wait));
            }
            sleep(pause.min(deadline - Instant::now())).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn close(&self) {
        self.replicas.close().await;
    }

    /// The pool of the first replica.
    fn native(&self) -> &dyn Any {
        match self.replicas.all().first() {
            Some(replica) => &replica.link.pool,
            None => &self.replicas.primary.pool,
        }
    }
}

fn refused() -> Error {
    Error::new(ErrorKind::Denied, "a replica is only read")
}

/// Says it in the same words on a standby and on the primary that stands in for one.
fn only_read(error: Error) -> Error {
    let code =
        error.source().and_then(|source| source.downcast_ref::<Refusal>()).map(|refusal| &refusal.code);
    if code.is_some_and(|code| code == "25006") {
        return refused().with_help("write through the database's own handle").with_source(error);
    }
    error
}
