//! A transaction as services hold it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::contract::SqlTransaction;
use super::control::Control;
use super::query::{Query, check, check_text, shorten};
use super::tokens::statements;
use super::types::{Dialect, Features, Statement};
use super::value::Value;
use crate::error::{Error, ErrorKind, Result};
use crate::guard::Guard;

/// Statements that are given to the engine at once.
const MAX_AT_ONCE: usize = 256;
/// About how many bytes of values are given to it at once.
const MAX_BYTES_AT_ONCE: usize = 1024 * 1024;

/// A transaction. Dropping it rolls it back.
///
/// Once a statement of it failed or was abandoned (its future dropped, its time over), every further one gets a `Conflict`
/// until the transaction goes back to a savepoint; a commit then rolls back and says so.
pub struct Transaction {
    pub(super) inner: Box<dyn SqlTransaction>,
    pub(super) features: Features,
    pub(super) dialect: Dialect,
    pub(super) guard: Guard,
    savepoints: u32,
    breaks: Breaks,
}

/// Whether a transaction is broken; clones are the same one's.
#[derive(Clone, Default)]
pub(super) struct Breaks(Arc<AtomicBool>);

impl Breaks {
    /// What breaks the transaction unless it is told that all went well.
    pub(super) fn unfinished(&self) -> Unfinished {
        Unfinished(Some(self.clone()))
    }
}

/// Breaks its transaction unless what it watches over succeeds.
pub(super) struct Unfinished(Option<Breaks>);

impl Unfinished {
    /// It succeeded.
    pub(super) fn succeed(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(breaks) = &self.0 {
            breaks.0.store(true, Ordering::Release);
        }
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Transaction").field(&self.guard.engine()).finish()
    }
}

impl Transaction {
    pub(super) fn new(
        inner: Box<dyn SqlTransaction>,
        features: Features,
        dialect: Dialect,
        guard: Guard,
    ) -> Self {
        Self { inner, features, dialect, guard, savepoints: 0, breaks: Breaks::default() }
    }

    /// A statement of this transaction.
    pub fn query(&mut self, text: impl AsRef<str>) -> Query<'_> {
        Query::of_transaction(self, text)
    }

    /// Runs a statement once for each set of values, some hundred at a time.
    pub(super) async fn execute_each(
        &mut self,
        statement: Statement,
        sets: impl IntoIterator<Item = Vec<Value>, IntoIter: Send> + Send,
    ) -> Result<u64> {
        let (mut sets, mut changed) = (sets.into_iter(), 0);
        let guard = self.guard;
        loop {
            let (mut some, mut bytes) = (Vec::new(), 0);
            while some.len() < MAX_AT_ONCE && bytes < MAX_BYTES_AT_ONCE {
                let Some(set) = sets.next() else { break };
                let mut statement = statement.clone();
                statement.values.extend(set);
                check(&statement, self.features, self.dialect, true, guard)?;
                bytes += statement.values.iter().map(Value::size).sum::<usize>();
                some.push(statement);
            }
            if some.is_empty() {
                return Ok(changed);
            }
            let unfinished =
                self.enter(Control::None).map_err(|error| error.at(guard.engine(), "sql.execute"))?;
            let subject = || shorten(&statement.text);
            let wait = Duration::from_secs(60);
            changed += guard.waiting("sql.execute", wait, subject, self.inner.execute_all(some)).await?;
            unfinished.succeed();
        }
    }

    /// Runs several statements without values, separated by `;`.
    pub async fn script(&mut self, text: &str) -> Result<()> {
        let guard = self.guard;
        // Nothing of it runs where one of its statements may not.
        let check = || {
            check_text(text)?;
            let mut parts = statements(text, self.dialect).into_iter();
            parts.try_for_each(|part| Control::of(&text[part], self.dialect).check(true))
        };
        let unfinished = self
            .enter(Control::None)
            .and_then(|unfinished| check().map(|()| unfinished))
            .map_err(|error| error.at(guard.engine(), "sql.script"))?;
        let wait = Duration::from_secs(3600);
        guard.waiting("sql.script", wait, || shorten(text), self.inner.script(text)).await?;
        unfinished.succeed();
        Ok(())
    }

    /// Begins a step that breaks the transaction unless it succeeds.
    pub(super) fn enter(&self, control: Control) -> Result<Unfinished> {
        if self.breaks.0.load(Ordering::Acquire) && control != Control::RollbackTo {
            return Err(Error::new(
                ErrorKind::Conflict,
                "an earlier statement of this transaction failed or was abandoned",
            )
            .with_help(
                "roll the transaction back; what may fail can be tried inside `Transaction::savepoint`",
            ));
        }
        Ok(self.breaks.unfinished())
    }

    /// What tells whether it is broken, for who outlives a borrow of it.
    pub(super) fn breaks(&self) -> Breaks {
        self.breaks.clone()
    }

    /// It is as it was at a savepoint: what broke it is undone.
    pub(super) fn mend(&self) {
        self.breaks.0.store(false, Ordering::Release);
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
        let unfinished = self.breaks.unfinished();
        let result = work(self).await;
        unfinished.succeed();
        if result.is_err() {
            self.query(format!("rollback to savepoint {name}")).execute().await?;
            self.mend();
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
