//! What services hold: a database, its statements and its transactions.

use std::any::Any;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use serde::de::DeserializeOwned;

use super::contract::{SqlEngine, SqlLock, SqlTransaction};
use super::control::Control;
use super::decode::decode;
use super::schema::Schema;
use super::types::{Begin, Dialect, Features, PoolStatus, Row, RowStream, Statement};
use super::value::Value;
use crate::error::{Error, ErrorKind, Result};
use crate::features::within;
use crate::guard::{Guard, GuardOptions};

/// The longest name of a lock: an engine may have to make a file of it.
const MAX_LOCK_NAME_BYTES: usize = 64;

/// The longest wait for a lock: clocks can't be added to without end.
const MAX_LOCK_WAIT: Duration = Duration::from_secs(365 * 24 * 3600);

/// A service's database. Cloning it is cheap and shares the pool.
#[derive(Clone)]
pub struct Sql {
    engine: Arc<dyn SqlEngine>,
    features: Features,
    guard: Guard,
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
    pub fn query(&self, text: impl Into<String>) -> Query<'_> {
        Query { target: Target::Sql(self), statement: Statement::new(text) }
    }

    /// Begins a transaction.
    pub async fn begin(&self, begin: Begin) -> Result<Transaction> {
        if begin.tenant.is_some() && !self.features.tenants.is_kept() {
            return Err(Error::unsupported("transactions that are bound to a tenant")
                .at(self.guard.engine(), "sql.begin"));
        }
        let inner = self.guard.once("sql.begin", String::new, self.engine.begin(begin)).await?;
        let broken = Arc::new(AtomicBool::new(false));
        Ok(Transaction { inner, features: self.features, guard: self.guard, savepoints: 0, broken })
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
        let wait = wait.min(MAX_LOCK_WAIT);
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

    /// Writes a consistent copy of the database to a new file while others go on writing.
    pub async fn backup(&self, file: &Path) -> Result<()> {
        let subject = || file.display().to_string();
        // It takes as long as the database is large.
        self.guard
            .waiting("sql.backup", Duration::from_secs(24 * 3600), subject, self.engine.backup(file))
            .await
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

/// A transaction. Dropping it rolls it back.
///
/// Once a statement of it failed or was abandoned (its future dropped, its time over), every further one gets a `Conflict`
/// until the transaction goes back to a savepoint; a commit then rolls back and says so.
pub struct Transaction {
    inner: Box<dyn SqlTransaction>,
    features: Features,
    guard: Guard,
    savepoints: u32,
    broken: Arc<AtomicBool>,
}

/// Breaks its transaction unless what it watches over succeeds.
struct Unfinished(Option<Arc<AtomicBool>>);

impl Unfinished {
    /// It succeeded.
    fn succeed(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(broken) = &self.0 {
            broken.store(true, Ordering::Release);
        }
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Transaction").field(&self.guard.engine()).finish()
    }
}

impl Transaction {
    /// A statement of this transaction.
    pub fn query(&mut self, text: impl Into<String>) -> Query<'_> {
        Query { target: Target::Transaction(self), statement: Statement::new(text) }
    }

    /// Runs several statements without values, separated by `;`.
    pub async fn script(&mut self, text: &str) -> Result<()> {
        let guard = self.guard;
        let unfinished = check_text(text)
            .and_then(|()| self.enter(Control::None))
            .map_err(|error| error.at(guard.engine(), "sql.script"))?;
        let wait = Duration::from_secs(3600);
        guard.waiting("sql.script", wait, || shorten(text), self.inner.script(text)).await?;
        unfinished.succeed();
        Ok(())
    }

    /// Begins a step that breaks the transaction unless it succeeds.
    fn enter(&self, control: Control) -> Result<Unfinished> {
        if self.broken.load(Ordering::Acquire) && control != Control::RollbackTo {
            return Err(Error::new(
                ErrorKind::Conflict,
                "an earlier statement of this transaction failed or was abandoned",
            )
            .with_help(
                "roll the transaction back; what may fail can be tried inside `Transaction::savepoint`",
            ));
        }
        Ok(Unfinished(Some(self.broken.clone())))
    }

    /// Runs `work` so that a failure of it undoes what it did and nothing else.
    pub async fn savepoint<T>(
        &mut self,
        work: impl for<'t> FnOnce(&'t mut Transaction) -> futures_util::future::BoxFuture<'t, Result<T>>,
    ) -> Result<T> {
        self.savepoints += 1;
        let name = format!("bedplate_{}", self.savepoints);
        self.query(format!("savepoint {name}")).execute().await?;
        // Half of the work must not be committed where this future is dropped between two of its statements.
        let unfinished = Unfinished(Some(self.broken.clone()));
        let result = work(self).await;
        unfinished.succeed();
        if result.is_err() {
            self.query(format!("rollback to savepoint {name}")).execute().await?;
            self.broken.store(false, Ordering::Release);
        }
        self.query(format!("release savepoint {name}")).execute().await?;
        result
    }

    /// Makes it durable. After an error other than `Conflict` it is not known to be: read what it wrote.
    pub async fn commit(self) -> Result<()> {
        if let Err(error) = self.enter(Control::None).map(Unfinished::succeed) {
            let engine = self.guard.engine();
            self.rollback().await?;
            return Err(error.at(engine, "sql.commit"));
        }
        self.guard.once("sql.commit", String::new, self.inner.commit()).await
    }

    /// Undoes it.
    pub async fn rollback(self) -> Result<()> {
        self.guard.once("sql.rollback", String::new, self.inner.rollback()).await
    }
}

enum Target<'a> {
    Sql(&'a Sql),
    Transaction(&'a mut Transaction),
}

/// A statement that is about to run.
#[must_use = "a statement does nothing until it is executed or fetched"]
pub struct Query<'a> {
    target: Target<'a>,
    statement: Statement,
}

impl<'a> Query<'a> {
    /// Binds the next value.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.statement.values.push(value.into());
        self
    }

    /// Binds many values, one after another.
    pub fn bind_all<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.statement.values.extend(values.into_iter().map(Into::into));
        self
    }

    /// Runs it and tells how many rows it changed.
    pub async fn execute(self) -> Result<u64> {
        let (guard, subject) = self.check()?;
        let statement = self.statement;
        match self.target {
            Target::Sql(sql) => guard.once("sql.execute", || subject, sql.engine.execute(statement)).await,
            Target::Transaction(tx) => {
                let control = Control::of(&statement.text);
                let unfinished =
                    tx.enter(control).map_err(|error| error.at(guard.engine(), "sql.execute"))?;
                let changed = guard.once("sql.execute", || subject, tx.inner.execute(statement)).await?;
                unfinished.succeed();
                if control == Control::RollbackTo {
                    tx.broken.store(false, Ordering::Release);
                }
                Ok(changed)
            }
        }
    }

    /// Runs it and reads its rows one by one, in bounded memory.
    pub async fn stream<T: DeserializeOwned>(self) -> Result<Rows<'a, T>> {
        let (guard, subject) = self.check()?;
        let statement = self.statement;
        let (stream, broken): (RowStream<'a>, _) = match self.target {
            Target::Sql(sql) => {
                (guard.once("sql.query", || subject.clone(), sql.engine.query(statement)).await?, None)
            }
            Target::Transaction(tx) => {
                let unfinished =
                    tx.enter(Control::None).map_err(|error| error.at(guard.engine(), "sql.query"))?;
                let broken = tx.broken.clone();
                let stream = guard.once("sql.query", || subject.clone(), tx.inner.query(statement)).await?;
                unfinished.succeed();
                (stream, Some(broken))
            }
        };
        Ok(Rows { stream, guard, broken, subject, kind: PhantomData })
    }

    /// Reads all rows.
    pub async fn fetch_all<T: DeserializeOwned>(self) -> Result<Vec<T>> {
        let mut rows = self.stream().await?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().await? {
            all.push(row);
        }
        Ok(all)
    }

    /// Reads all rows as they are.
    pub async fn fetch_rows(self) -> Result<Vec<Row>> {
        let mut rows = self.stream::<()>().await?;
        let mut all = Vec::new();
        while let Some(row) = rows.next_row().await? {
            all.push(row);
        }
        Ok(all)
    }

    /// Reads the only row, where there is one. Two are an error.
    pub async fn fetch_optional<T: DeserializeOwned>(self) -> Result<Option<T>> {
        let mut rows = self.stream().await?;
        let first = rows.next().await?;
        if first.is_some() && rows.next_row().await?.is_some() {
            return Err(rows.named(Error::invalid("one row was expected and there are more")));
        }
        Ok(first)
    }

    /// Reads the only row. None is `NotFound`, two are an error.
    pub async fn fetch_one<T: DeserializeOwned>(self) -> Result<T> {
        let subject = shorten(&self.statement.text);
        let engine = self.guard().engine();
        let row = self.fetch_optional().await?;
        row.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "a row was expected and there is none")
                .with_subject(subject)
                .at(engine, "sql.query")
        })
    }

    fn guard(&self) -> Guard {
        match &self.target {
            Target::Sql(sql) => sql.guard,
            Target::Transaction(tx) => tx.guard,
        }
    }

    /// Checks the values against what every engine can store and what this one can take.
    fn check(&self) -> Result<(Guard, String)> {
        let features = match &self.target {
            Target::Sql(sql) => sql.features,
            Target::Transaction(tx) => tx.features,
        };
        let values = &self.statement.values;
        let control = check_text(&self.statement.text).and_then(|()| {
            Control::of(&self.statement.text).check(matches!(self.target, Target::Transaction(_)))
        });
        let checked = values.iter().enumerate().try_for_each(|(at, value)| {
            value.check(at + 1)?;
            let what = format!("the bytes of ${}", at + 1);
            within(value.size() as u64, features.max_value_bytes, &what, "max-value-bytes")
        });
        let counted =
            within(values.len() as u64, features.max_parameters, "the statement's values", "max-parameters")
                .map_err(|error| error.with_help("split it into several statements of one transaction"));
        let subject = shorten(&self.statement.text);
        let guard = self.guard();
        control
            .and(checked)
            .and(counted)
            .map_err(|error: Error| error.with_subject(subject.clone()).at(guard.engine(), "sql.query"))?;
        Ok((guard, subject))
    }
}

/// Rows that are read one by one. Dropping it ends the statement.
pub struct Rows<'a, T> {
    stream: RowStream<'a>,
    guard: Guard,
    broken: Option<Arc<AtomicBool>>,
    subject: String,
    kind: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Rows<'_, T> {
    /// The next row; `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<T>> {
        let row = self.next_row().await?;
        row.as_ref().map(decode).transpose().map_err(|error| self.named(error))
    }
}

impl<T> Rows<'_, T> {
    /// The next row as it is.
    async fn next_row(&mut self) -> Result<Option<Row>> {
        let unfinished = Unfinished(self.broken.clone());
        // Most rows are there already, and need no timer.
        let row = match self.stream.next().now_or_never() {
            Some(row) => row.transpose(),
            None => {
                let next = async { self.stream.next().await.transpose() };
                self.guard.once("sql.query", || self.subject.clone(), next).await
            }
        };
        if row.is_ok() {
            unfinished.succeed();
        }
        row.map_err(|error| self.named(error))
    }

    fn named(&self, error: Error) -> Error {
        error.with_subject(&self.subject).at(self.guard.engine(), "sql.query")
    }
}

/// Engines would cut a text at its first NUL, or lose their connection over it.
fn check_text(text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid("the text of a statement has a NUL in it"));
    }
    Ok(())
}

/// The beginning of a statement's text, without its values, as errors and traces show it.
fn shorten(text: &str) -> String {
    const SHOWN: usize = 80;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        line
    } else {
        line.chars().take(SHOWN).chain(['.', '.', '.']).collect()
    }
}
