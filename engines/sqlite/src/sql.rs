//! The sql contract on SQLite: one connection writes, others read beside it.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::sql::{
    Access, Begin, Dialect, Features, PoolStatus, Progress, Report, RowStream, Schema, SqlEngine, SqlLock,
    SqlTransaction, Statement, Tally,
};
use bedplate_core::{Error, Result};
use futures_util::StreamExt;
use rusqlite::Connection;

use crate::error::{classify, closed};
use crate::lock::FileLock;
use crate::pool::{Lease, Pool};
use crate::rows::{Begun, OnWrite, Rows, begin, change};
use crate::transaction::Transaction;
use crate::{backup, schema};

/// An open SQLite database; also what `Sql::native` gives.
pub struct Sqlite {
    pub(crate) path: PathBuf,
    pub(crate) writer: Arc<Pool>,
    pub(crate) readers: Arc<Pool>,
    pub(crate) features: Features,
    pub(crate) pool_timeout: Duration,
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

    async fn query_on(&self, pool: &Arc<Pool>, statement: Statement, on_write: OnWrite) -> Result<Answer> {
        let mut lease = pool.lease().await?;
        let begun = begin(lease.begin_work(), statement, on_write).await;
        Ok(match begun {
            Ok(Begun::More(first, coming)) => Answer::Rows(Rows::more(first, coming, lease).boxed()),
            Ok(Begun::All(rows)) => {
                lease.finished();
                Answer::Rows(Rows::<Lease>::all(rows).boxed())
            }
            Ok(Begun::Returned(statement)) => {
                lease.finished();
                Answer::Returned(statement)
            }
            // The lease makes sure that nothing is left open.
            Err(error) => return Err(error),
        })
    }
}

enum Answer {
    Rows(RowStream<'static>),
    Returned(Statement),
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
        let mut lease = self.writer.lease().await?;
        lease.run(move |connection| change(connection, &statement, OnWrite::Run)).await
    }

    async fn query(&self, mut statement: Statement) -> Result<RowStream<'static>> {
        if may_read(&statement.text) {
            match self.query_on(&self.readers, statement, OnWrite::Return).await? {
                Answer::Rows(rows) => return Ok(rows),
                Answer::Returned(given_back) => statement = given_back,
            }
        }
        match self.query_on(&self.writer, statement, OnWrite::Run).await? {
            Answer::Rows(rows) => Ok(rows),
            Answer::Returned(_) => Err(closed()),
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
        Ok(Box::new(Transaction::begin(pool, begin.access).await?))
    }

    async fn lock(&self, name: &str, wait: Duration) -> Result<Box<dyn SqlLock>> {
        if self.writer.counts().0 == 0 {
            return Err(closed());
        }
        Ok(Box::new(FileLock::take(&self.path, name, wait).await?))
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
        Err(Error::unsupported("a tally"))
    }

    async fn backup(&self, file: &Path, _progress: Progress<'_>) -> Result<Tally> {
        if self.writer.counts().0 == 0 {
            return Err(closed());
        }
        backup::write(self.path.clone(), file.to_path_buf()).await?;
        Ok(Tally::default())
    }

    async fn restore(&self, _file: &Path, _progress: Progress<'_>) -> Result<()> {
        Err(Error::unsupported("a restore"))
    }

    async fn report(&self) -> Result<Report> {
        Err(Error::unsupported("a report"))
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    fn native(&self) -> &dyn Any {
        self
    }
}
