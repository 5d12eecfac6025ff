//! A SQL engine that lies: an honest one beneath, and one thing that it says and doesn't do.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::sql::{
    Access, Begin, Dialect, Features, PoolStatus, Progress, Report, Row, RowStream, Schema, SqlEngine,
    SqlLock, SqlTransaction, Statement, Tally, Value,
};
use bedplate_core::{Error, ErrorKind, Promise, Result};
use futures_util::{StreamExt, stream};
use rust_decimal::Decimal;

/// What it lies about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    /// It declares a promise in another way than the honest engine, and changes nothing else.
    Declares(&'static str, Promise),
    /// It declares `tenants`, takes every policy, and forgets the tenant.
    ForgetsTenants,
    /// A `create table` commits what came before it, though `transactional-ddl` is declared.
    CommitsTables,
    /// What an update returns gets lost, though `update-returning` is declared.
    LosesReturnedRows,
    /// Sums are read as decimals, though nothing is promised about them.
    GuessesDecimals,
    /// A commit does nothing.
    ForgetsCommits,
    /// A rollback commits.
    CommitsRollbacks,
    /// A dropped transaction commits.
    CommitsDropped,
    /// A transaction is none: each statement stands alone.
    HasNoTransactions,
    /// Reads look at what is there now, and writes happen at the commit.
    WritesLate,
    /// A transaction that only reads may write too.
    WritesInReads,
    /// Each read of a transaction that only reads sees the newest state.
    HasNoSnapshots,
    /// Decimals become floats.
    RoundsDecimals,
    /// An empty text becomes NULL.
    TakesEmptyForNull,
    /// Times are kept to the second.
    CutsTimes,
    /// Values are written into the text.
    InlinesValues,
    /// Values that the statement doesn't need are ignored.
    IgnoresValues,
    /// Every statement of several is run.
    RunsSeveral,
    /// A long result ends early.
    CutsResults,
    /// An error in the middle of a result looks like its end.
    HidesErrors,
    /// Every execution says that it changed one row.
    GuessesCounts,
    /// Its errors are all of one kind.
    KnowsOneError,
    /// A lock excludes nobody.
    LocksNothing,
    /// A lock is not waited for.
    WaitsForNoLock,
    /// Indexes are not read.
    ForgetsIndexes,
    /// It goes on after it was closed.
    NeverCloses,
}

/// The honest engine and the lie.
pub(crate) struct Liar {
    pub(crate) honest: Arc<dyn SqlEngine>,
    pub(crate) lie: Lie,
}

struct NoLock;

impl SqlLock for NoLock {}

/// Statements about tenants that SQLite doesn't know, and that a liar takes with a nod.
fn is_about_tenants(text: &str) -> bool {
    ["create policy", "create role", "grant ", "set local role", "drop owned", "drop role"]
        .iter()
        .any(|word| text.starts_with(word))
        || text.contains("row level security")
}

impl Lie {
    fn bend(self, mut statement: Statement) -> Statement {
        for value in &mut statement.values {
            *value = match (self, &*value) {
                (Self::RoundsDecimals, Value::Decimal(decimal)) => {
                    Value::Float(decimal.to_string().parse().unwrap())
                }
                (Self::TakesEmptyForNull, Value::Text(text)) if text.is_empty() => Value::Null,
                (Self::CutsTimes, Value::Timestamp(time)) => {
                    Value::Timestamp(jiff::Timestamp::from_second(time.as_second()).unwrap())
                }
                (_, value) => value.clone(),
            };
        }
        if self == Self::InlinesValues {
            for (at, value) in statement.values.drain(..).enumerate().collect::<Vec<_>>().into_iter().rev() {
                let text = match value {
                    Value::Int(int) => int.to_string(),
                    Value::Null => "null".into(),
                    other => format!("'{}'", other.as_text().unwrap_or_default()),
                };
                statement.text = statement.text.replace(&format!("${}", at + 1), &text);
            }
        }
        if self == Self::IgnoresValues {
            let needed = (1..=statement.values.len())
                .take_while(|at| statement.text.contains(&format!("${at}")))
                .count();
            statement.values.truncate(needed);
        }
        statement
    }

    fn blur<T>(self, result: Result<T>) -> Result<T> {
        match result {
            Err(error) if self == Self::KnowsOneError => {
                Err(Error::new(ErrorKind::Internal, error.message()))
            }
            result => result,
        }
    }

    fn bend_rows<'a>(self, text: &str, rows: RowStream<'a>) -> RowStream<'a> {
        let updates = text.starts_with("update") || text.starts_with("delete");
        match self {
            Self::LosesReturnedRows if updates => rows.take(0).boxed(),
            Self::CutsResults => rows.take(10_000).boxed(),
            Self::HidesErrors => rows.take_while(|row| std::future::ready(row.is_ok())).boxed(),
            Self::GuessesDecimals => rows
                .map(|row| {
                    row.map(|row| {
                        let values = row.values().iter().map(|value| match value {
                            Value::Float(float) => {
                                Value::Decimal(Decimal::try_from(*float).unwrap_or_default())
                            }
                            value => value.clone(),
                        });
                        Row::new(row.columns().into(), values.collect())
                    })
                })
                .boxed(),
            _ => rows,
        }
    }
}

#[async_trait]
impl SqlEngine for Liar {
    fn features(&self) -> Features {
        let honest = self.honest.features();
        match self.lie {
            Lie::Declares(name, promise) => honest.with_promise(name, promise).expect("a promise"),
            Lie::ForgetsTenants => Features { tenants: Promise::Native, ..honest },
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
            let row = Row::new(["above".to_string()].into(), vec![Value::Bool(true)]);
            return Ok(stream::iter([Ok(row)]).boxed());
        }
        let text = statement.text.clone();
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
        self.honest.tally().await
    }

    async fn backup(&self, file: &Path, progress: Progress<'_>) -> Result<Tally> {
        self.honest.backup(file, progress).await
    }

    async fn restore(&self, file: &Path, progress: Progress<'_>) -> Result<()> {
        self.honest.restore(file, progress).await
    }

    async fn report(&self) -> Result<Report> {
        self.honest.report().await
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

/// A transaction over the honest one; without one where the lie is that there is any.
struct LyingTransaction {
    engine: Arc<dyn SqlEngine>,
    inner: Option<Box<dyn SqlTransaction>>,
    lie: Lie,
    late: Vec<Statement>,
}

#[async_trait]
impl SqlTransaction for LyingTransaction {
    async fn execute(&mut self, statement: Statement) -> Result<u64> {
        if self.lie == Lie::ForgetsTenants && is_about_tenants(&statement.text) {
            return Ok(0);
        }
        if self.lie == Lie::CommitsTables && statement.text.starts_with("create table") {
            if let Some(inner) = self.inner.take() {
                inner.commit().await?;
            }
            self.engine.execute(statement).await?;
            self.inner = Some(self.engine.begin(Begin::new()).await?);
            return Ok(0);
        }
        if self.lie == Lie::WritesLate {
            self.late.push(statement);
            return Ok(1);
        }
        match &mut self.inner {
            Some(inner) => self.lie.blur(inner.execute(self.lie.bend(statement)).await),
            None => self.engine.execute(statement).await,
        }
    }

    async fn query(&mut self, statement: Statement) -> Result<RowStream<'_>> {
        let text = statement.text.clone();
        let rows = match &mut self.inner {
            Some(inner) => inner.query(self.lie.bend(statement)).await?,
            None => self.engine.query(statement).await?,
        };
        Ok(self.lie.bend_rows(&text, rows))
    }

    async fn script(&mut self, text: &str) -> Result<()> {
        match &mut self.inner {
            Some(inner) => inner.script(text).await,
            None => {
                for text in text.split(';').filter(|text| !text.trim().is_empty()) {
                    self.engine.execute(Statement::new(text)).await?;
                }
                Ok(())
            }
        }
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        if !self.late.is_empty() {
            let mut tx = self.engine.begin(Begin::new()).await?;
            for statement in self.late.drain(..) {
                tx.execute(statement).await?;
            }
            return tx.commit().await;
        }
        match self.inner.take() {
            Some(inner) if self.lie == Lie::ForgetsCommits => inner.rollback().await,
            Some(inner) => inner.commit().await,
            None => Ok(()),
        }
    }

    async fn rollback(mut self: Box<Self>) -> Result<()> {
        match self.inner.take() {
            Some(inner) if self.lie == Lie::CommitsRollbacks => inner.commit().await,
            Some(inner) => inner.rollback().await,
            None => Ok(()),
        }
    }
}

impl Drop for LyingTransaction {
    fn drop(&mut self) {
        if self.lie == Lie::CommitsDropped
            && let Some(inner) = self.inner.take()
        {
            tokio::spawn(inner.commit());
        }
    }
}
