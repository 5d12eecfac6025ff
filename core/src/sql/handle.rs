//! What services hold: a database.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::contract::{SqlEngine, SqlLock};
use super::query::Query;
use super::report::Report;
use super::schema::Schema;
use super::tally::Tally;
use super::transaction::Transaction;
use super::types::{Begin, Dialect, Features, PoolStatus, Position, Progress};
use crate::error::{Error, ErrorKind, Result};
use crate::guard::{Guard, GuardOptions};

/// The longest name of a lock: an engine may have to make a file of it.
const MAX_LOCK_NAME_BYTES: usize = 64;

/// The longest wait for a lock or a position: clocks can't be added to without end.
const MAX_WAIT: Duration = Duration::from_secs(365 * 24 * 3600);

/// How long may take what grows with the database.
pub(super) const LONG: Duration = Duration::from_secs(7 * 24 * 3600);

/// A service's database. Cloning it is cheap and shares the pool.
#[derive(Clone)]
pub struct Sql {
    pub(super) engine: Arc<dyn SqlEngine>,
    pub(super) features: Features,
    pub(super) guard: Guard,
}

impl std::fmt::Debug for Sql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Sql").field(&self.guard.engine()).finish()
    }
}

impl Sql {
    /// A handle over an engine; `name` is the engine's.
    pub fn new(name: &'static str, engine: Arc<dyn SqlEngine>, options: GuardOptions) -> Self {
        Self { features: engine.features(), engine, guard: Guard::new(name, options) }
    }

    /// The same database, whose calls have other time limits and retries.
    #[must_use]
    pub fn guarded(&self, options: GuardOptions) -> Self {
        Self { guard: Guard::new(self.guard.engine(), options), ..self.clone() }
    }

    /// What the engine promises.
    pub fn features(&self) -> Features {
        self.features
    }

    /// What the engine speaks.
    pub fn dialect(&self) -> Dialect {
        self.engine.dialect()
    }

    /// A statement, with `$1`, `$2` ... for what is bound to it. Outside a transaction it is one of its own.
    pub fn query(&self, text: impl AsRef<str>) -> Query<'_> {
        Query::of_database(self, text)
    }

    /// Begins a transaction.
    pub async fn begin(&self, begin: Begin) -> Result<Transaction> {
        if begin.tenant.is_some() && !self.features.tenants.is_kept() {
            return Err(Error::unsupported("transactions that are bound to a tenant")
                .at(self.guard.engine(), "sql.begin"));
        }
        let inner = self.guard.once("sql.begin", String::new, self.engine.begin(begin)).await?;
        Ok(Transaction::new(inner, self.features, self.dialect(), self.guard))
    }

    /// Runs `work` in a transaction and commits it, or rolls it back where it fails. One that lost a race (`Conflict`)
    /// is run again from the start, `attempts` times in all. So `work` clones what it needs into each run, and does nothing outside the
    /// database; a refusal of its own is an [`Error`] of the kind that says it.
    ///
    /// ```
    /// # async fn example(sql: bedplate_core::sql::Sql, sku: String) -> bedplate_core::Result<()> {
    /// use bedplate_core::sql::Begin;
    /// let left: i64 = sql
    ///     .transaction(Begin::new(), 3, |tx| {
    ///         let sku = sku.clone();
    ///         Box::pin(async move {
    ///             tx.query("update stock set left_over = left_over - 1 where sku = $1").bind(&sku).execute().await?;
    ///             tx.query("select left_over from stock where sku = $1").bind(&sku).fetch_one().await
    ///         })
    ///     })
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub async fn transaction<T>(
        &self,
        begin: Begin,
        attempts: u32,
        mut work: impl for<'t> FnMut(&'t mut Transaction) -> futures_util::future::BoxFuture<'t, Result<T>>,
    ) -> Result<T> {
        let mut attempt = 1;
        loop {
            let result = self.attempt(begin.clone(), &mut work).await;
            match result {
                Err(error) if error.kind() == ErrorKind::Conflict && attempt < attempts => {
                    // Losers of the same race come back at different times.
                    let spread = u64::from(uuid::Uuid::new_v4().as_bytes()[0] % 8) + 1;
                    tokio::time::sleep(Duration::from_millis(spread * u64::from(attempt))).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt<T>(
        &self,
        begin: Begin,
        work: &mut impl for<'t> FnMut(&'t mut Transaction) -> futures_util::future::BoxFuture<'t, Result<T>>,
    ) -> Result<T> {
        let mut transaction = self.begin(begin).await?;
        match work(&mut transaction).await {
            Ok(value) => transaction.commit().await.map(|()| value),
            Err(error) => {
                // The work's own error says more than one of the rollback, which happens in any case.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }

    /// Takes a lock that no other process can hold at the same time, and waits for it no longer than `wait` (then: `TimedOut`).
    pub async fn lock(&self, name: &str, wait: Duration) -> Result<Box<dyn SqlLock>> {
        if name.is_empty() || name.len() > MAX_LOCK_NAME_BYTES {
            let message = format!("the name of a lock has 1 to {MAX_LOCK_NAME_BYTES} bytes");
            return Err(Error::invalid(message).with_subject(name).at(self.guard.engine(), "sql.lock"));
        }
        let wait = wait.min(MAX_WAIT);
        self.guard.waiting("sql.lock", wait, || name.to_string(), self.engine.lock(name, wait)).await
    }

    /// Reads the tables with their columns, keys and indexes.
    pub async fn schema(&self) -> Result<Schema> {
        self.guard.repeat("sql.schema", String::new, || self.engine.schema()).await
    }

    /// Whether the database answers: a round trip.
    pub async fn ping(&self) -> Result<()> {
        let one: i64 = self.query("select 1").fetch_one().await?;
        if one == 1 {
            Ok(())
        } else {
            Err(Error::new(ErrorKind::Internal, format!("`select 1` answered {one}")))
        }
    }

    /// What the pool of connections is doing.
    pub fn pool(&self) -> PoolStatus {
        self.engine.pool()
    }

    /// Counts the rows of every table and sums their checksums, in one snapshot.
    pub async fn tally(&self) -> Result<Tally> {
        self.guard.waiting("sql.tally", LONG, String::new, self.engine.tally()).await
    }

    /// Writes a consistent copy of the database to a new file while others go on writing, and tallies what is in the copy.
    /// `progress` is told how many bytes were written.
    pub async fn backup(&self, file: &Path, progress: Progress<'_>) -> Result<Tally> {
        let subject = || file.display().to_string();
        self.guard.waiting("sql.backup", LONG, subject, self.engine.backup(file, progress)).await
    }

    /// Fills this database from such a file. One that has a table already is a `Conflict`, and stays as it is.
    /// `progress` is told how many bytes were read.
    pub async fn restore(&self, file: &Path, progress: Progress<'_>) -> Result<()> {
        let subject = || file.display().to_string();
        self.guard.waiting("sql.restore", LONG, subject, self.engine.restore(file, progress)).await
    }

    /// What an operator wants to know: sizes, indexes, connections, replicas.
    pub async fn report(&self) -> Result<Report> {
        self.guard.repeat("sql.report", String::new, || self.engine.report()).await
    }

    /// The same database as its replicas have it: for reads only, and never behind what was written through this handle and its clones.
    pub fn replica(&self) -> Result<Self> {
        let engine = self.engine.replica().ok_or_else(|| {
            Error::unsupported("reading from replicas").at(self.guard.engine(), "sql.replica")
        })?;
        Ok(Self { features: engine.features(), engine, guard: self.guard })
    }

    /// How far the writes have come. Another process that reaches this position sees them all.
    pub async fn position(&self) -> Result<Position> {
        self.guard.repeat("sql.position", String::new, || self.engine.position()).await
    }

    /// Waits until the writes up to a position are seen here, no longer than `wait` (then: `TimedOut`).
    pub async fn reach(&self, position: &Position, wait: Duration) -> Result<()> {
        let wait = wait.min(MAX_WAIT);
        let subject = || position.as_str().to_string();
        self.guard.waiting("sql.reach", wait, subject, self.engine.reach(position, wait)).await
    }

    /// Closes every connection of every clone.
    pub async fn close(&self) {
        self.engine.close().await;
    }

    /// The client underneath, where it is a `T`.
    pub fn native<T: Any>(&self) -> Option<&T> {
        self.engine.native().downcast_ref()
    }
}
