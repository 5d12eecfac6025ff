//! The sql contract on SQLite: one connection writes, others read beside it.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::sql::{
    Access, Begin, Dialect, Features, PoolStatus, Position, Progress, Report, RowStream, Schema, SqlEngine,
    SqlLock, SqlTransaction, Statement, Tally,
};
use bedplate_core::{Error, Result};
use bedplate_programs::Growing;
use futures_util::StreamExt;
use rusqlite::Connection;

use crate::error::{classify, closed};
use crate::litefs::Mount;
use crate::lock::FileLock;
use crate::pool::{Lease, Pool};
use crate::rows::{Begun, OnWrite, Rows, begin, change};
use crate::transaction::Transaction;
use crate::{aside, backup, place, report, restore, schema, tally};

/// An open SQLite database; also what `Sql::native` gives.
pub struct Sqlite {
    pub(crate) path: PathBuf,
    pub(crate) writer: Arc<Pool>,
    pub(crate) readers: Arc<Pool>,
    pub(crate) features: Features,
    pub(crate) pool_timeout: Duration,
    pub(crate) busy_timeout: Duration,
    pub(crate) mount: Option<Arc<Mount>>,
}

impl Sqlite {
    /// The database's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` on the connection that writes, on its own thread. A transaction that it leaves open is rolled back.
    pub async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut lease = self.writer.lease().await?;
        lease.run(|connection| work(connection).map_err(classify)).await
    }

    async fn query_on(&self, pool: &Arc<Pool>, statement: &Statement, on_write: &OnWrite) -> Result<Answer> {
        let mut lease = pool.lease().await?;
        // The lease makes sure that nothing is left open after an error.
        Ok(match begin(&mut lease, statement, on_write, false).await? {
            Begun::More(first, coming) => Answer::Rows(Rows::more(first, coming, lease).boxed()),
            Begun::All(rows) => {
                lease.finished();
                Answer::Rows(Rows::<Lease>::all(rows).boxed())
            }
            Begun::Returned => {
                lease.finished();
                Answer::Returned
            }
        })
    }

    async fn explained<T>(&self, result: Result<T>) -> Result<T> {
        match (result, &self.mount) {
            (Err(error), Some(mount)) => Err(mount.explain(error).await),
            (result, _) => result,
        }
    }

    fn mount(&self) -> Result<&Arc<Mount>> {
        self.mount.as_ref().ok_or_else(|| {
            Error::unsupported("positions of a database that has no replicas")
                .with_help("only a database on a LiteFS mount has them")
        })
    }

    fn check_open(&self) -> Result<()> {
        if self.writer.counts().0 == 0 { Err(closed()) } else { Ok(()) }
    }
}

enum Answer {
    Rows(RowStream<'static>),
    Returned,
}

/// Whether a statement may be one that only reads. What is guessed wrong costs a detour and nothing else.
fn may_read(text: &str) -> bool {
    let text = text.trim_start();
    ["select", "with", "values", "explain", "pragma", "--", "/*"]
        .iter()
        .any(|word| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word)))
}

#[async_trait]
impl SqlEngine for Sqlite {
    fn features(&self) -> Features {
        self.features
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn execute(&self, statement: Statement) -> Result<u64> {
        let on_write = OnWrite::run(self.mount.as_ref());
        let mut lease = self.writer.lease().await?;
        let changed = lease.run(move |connection| change(connection, &statement, &on_write)).await;
        self.explained(changed).await
    }

    async fn query(&self, statement: Statement) -> Result<RowStream<'static>> {
        // What is read here one after another without ever waiting would keep the other tasks of its thread from running.
        tokio::task::consume_budget().await;
        if may_read(&statement.text)
            && let Answer::Rows(rows) = self.query_on(&self.readers, &statement, &OnWrite::Return).await?
        {
            return Ok(rows);
        }
        let answer = self.query_on(&self.writer, &statement, &OnWrite::run(self.mount.as_ref())).await;
        match self.explained(answer).await? {
            Answer::Rows(rows) => Ok(rows),
            Answer::Returned => Err(closed()),
        }
    }

    async fn begin(&self, begin: Begin) -> Result<Box<dyn SqlTransaction>> {
        if begin.tenant.is_some() {
            return Err(Error::unsupported("transactions that are bound to a tenant"));
        }
        // Whatever was asked for, SQLite's transactions are serializable.
        let pool = match begin.access {
            Access::Read => &self.readers,
            Access::Write => &self.writer,
        };
        Ok(Box::new(Transaction::begin(pool, begin.access, self.mount.clone()).await?))
    }

    async fn lock(&self, name: &str, wait: Duration) -> Result<Box<dyn SqlLock>> {
        self.check_open()?;
        let Some(mount) = &self.mount else {
            return Ok(Box::new(FileLock::take(&self.path, name, wait, &self.writer).await?));
        };
        // Whoever holds a lock is about to write, and only processes of one machine can share its locks.
        let database = self.path.clone();
        let place = mount.look(move |mount| mount.check_primary().and_then(|()| place::make(&database)));
        Ok(Box::new(FileLock::take(&place.await??, name, wait, &self.writer).await?))
    }

    async fn schema(&self) -> Result<Schema> {
        let mut lease = self.readers.lease().await?;
        lease.run(|connection| schema::read(connection)).await
    }

    fn pool(&self) -> PoolStatus {
        let (writer, readers) = (self.writer.counts(), self.readers.counts());
        PoolStatus {
            limit: self.writer.size() + self.readers.size(),
            open: writer.0 + readers.0,
            idle: writer.1 + readers.1,
            waiting: writer.2 + readers.2,
            acquire_timeout: self.pool_timeout,
        }
    }

    async fn tally(&self) -> Result<Tally> {
        self.check_open()?;
        let database = self.path.clone();
        let count = move |caller: &aside::Caller| {
            let connection = aside::open(&database)?;
            caller.watch(&connection)?;
            tally::read(&connection)
        };
        aside::run(&|_| (), count).await
    }

    async fn backup(&self, file: &Path, progress: Progress<'_>) -> Result<Tally> {
        self.check_open()?;
        let (database, growing) = (self.path.clone(), Growing::beside(file)?);
        let (tally, growing) =
            aside::run(progress, move |caller| backup::write(&database, growing, caller)).await?;
        growing.finish().await?;
        Ok(tally)
    }

    async fn restore(&self, file: &Path, progress: Progress<'_>) -> Result<()> {
        let (database, file, busy_timeout) = (self.path.clone(), file.to_path_buf(), self.busy_timeout);
        let mount = self.mount.clone();
        // Whoever writes through this handle waits in the queue meanwhile.
        let _lease = self.writer.lease().await?;
        let restore = move |caller: &aside::Caller| {
            restore::run(&database, &file, mount.as_deref(), busy_timeout, caller)
        };
        let restored = aside::run(progress, restore).await;
        self.explained(restored).await
    }

    async fn report(&self) -> Result<Report> {
        self.check_open()?;
        let (database, mount) = (self.path.clone(), self.mount.clone());
        let read = move |caller: &aside::Caller| {
            let connection = aside::open(&database)?;
            caller.watch(&connection)?;
            let mut report = report::read(&connection, report::log_bytes(&database))?;
            report.replicas = mount.map(|mount| mount.lag()).transpose()?.flatten().into_iter().collect();
            Ok(report)
        };
        aside::run(&|_| (), read).await
    }

    async fn position(&self) -> Result<Position> {
        self.mount()?.look(Mount::position).await?
    }

    async fn reach(&self, position: &Position, wait: Duration) -> Result<()> {
        self.mount()?.reach(position, wait).await
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    fn native(&self) -> &dyn Any {
        self
    }
}
