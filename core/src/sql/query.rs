//! Statements and their rows as services hold them.

use std::marker::PhantomData;
use std::sync::Arc;

use futures_util::{FutureExt, StreamExt};
use serde::de::DeserializeOwned;

use super::control::Control;
use super::decode::decode;
use super::handle::Sql;
use super::rows::{Batch, Row, RowStream};
use super::transaction::{Breaks, Transaction};
use super::types::{Begin, Dialect, Features, Isolation, Statement};
use super::value::Value;
use crate::error::{Error, ErrorKind, Result};
use crate::features::within;
use crate::guard::Guard;

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
    pub(super) fn of_database(sql: &'a Sql, text: impl AsRef<str>) -> Self {
        Self { target: Target::Sql(sql), statement: Statement::new(text) }
    }

    pub(super) fn of_transaction(transaction: &'a mut Transaction, text: impl AsRef<str>) -> Self {
        Self { target: Target::Transaction(transaction), statement: Statement::new(text) }
    }

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
        let (guard, control) = self.check()?;
        let statement = self.statement;
        let text = statement.text.clone();
        let subject = || shorten(&text);
        match self.target {
            Target::Sql(sql) => guard.once("sql.execute", subject, sql.engine.execute(statement)).await,
            Target::Transaction(tx) => {
                let unfinished =
                    tx.enter(control).map_err(|error| error.at(guard.engine(), "sql.execute"))?;
                let changed = guard.once("sql.execute", subject, tx.inner.execute(statement)).await?;
                unfinished.succeed();
                if control == Control::RollbackTo {
                    tx.mend();
                }
                Ok(changed)
            }
        }
    }

    /// Runs it once for each set of values, and tells how many rows that changed in all. Outside a transaction all of it is one of its own,
    /// read committed. What is bound already comes before each set.
    ///
    /// Engines behind a network send many at once and don't wait for each.
    ///
    /// ```
    /// # async fn example(sql: bedplate_core::sql::Sql) -> bedplate_core::Result<()> {
    /// let lines = [("a", 2), ("b", 5)];
    /// let sets = lines.map(|(sku, count)| vec![sku.into(), count.into()]);
    /// sql.query("insert into lines (sku, count) values ($1, $2)").execute_each(sets).await?;
    /// # Ok(()) }
    /// ```
    pub async fn execute_each(
        self,
        sets: impl IntoIterator<Item = Vec<Value>, IntoIter: Send> + Send,
    ) -> Result<u64> {
        match self.target {
            Target::Transaction(tx) => tx.execute_each(self.statement, sets).await,
            Target::Sql(sql) => {
                let mut tx = sql.begin(Begin::new().isolation(Isolation::ReadCommitted)).await?;
                match tx.execute_each(self.statement, sets).await {
                    Ok(changed) => tx.commit().await.map(|()| changed),
                    Err(error) => {
                        // The statement's own error says more than one of the rollback, which happens in any case.
                        let _ = tx.rollback().await;
                        Err(error)
                    }
                }
            }
        }
    }

    /// Runs it and reads its rows one by one, in bounded memory.
    pub async fn stream<T: DeserializeOwned>(self) -> Result<Rows<'a, T>> {
        let (guard, _) = self.check()?;
        let statement = self.statement;
        let text = statement.text.clone();
        let subject = || shorten(&text);
        let (stream, breaks): (RowStream<'a>, _) = match self.target {
            Target::Sql(sql) => (guard.once("sql.query", subject, sql.engine.query(statement)).await?, None),
            Target::Transaction(tx) => {
                let unfinished =
                    tx.enter(Control::None).map_err(|error| error.at(guard.engine(), "sql.query"))?;
                let breaks = tx.breaks();
                let stream = guard.once("sql.query", subject, tx.inner.query(statement)).await?;
                unfinished.succeed();
                (stream, Some(breaks))
            }
        };
        Ok(Rows { stream, batch: None, guard, breaks, text, kind: PhantomData })
    }

    /// Reads all rows.
    pub async fn fetch_all<T: DeserializeOwned>(self) -> Result<Vec<T>> {
        let mut rows = self.stream::<T>().await?;
        let mut all = Vec::new();
        while let Some((mut batch, first)) = rows.next_batch().await? {
            all.reserve(batch.len() - first);
            for at in first..batch.len() {
                all.push(decode(&mut batch, at).map_err(|error| rows.named(error))?);
            }
        }
        Ok(all)
    }

    /// Reads all rows as they are.
    pub async fn fetch_rows(self) -> Result<Vec<Row>> {
        let mut rows = self.stream::<()>().await?;
        let mut all = Vec::new();
        while let Some((mut batch, first)) = rows.next_batch().await? {
            all.extend((first..batch.len()).map(|at| batch.take_row(at)));
        }
        Ok(all)
    }

    /// Reads the only row, where there is one. Two are an error.
    pub async fn fetch_optional<T: DeserializeOwned>(self) -> Result<Option<T>> {
        let mut rows = self.stream().await?;
        let first = rows.next().await?;
        if first.is_some() && rows.next_batch().await?.is_some() {
            return Err(rows.named(Error::invalid("one row was expected and there are more")));
        }
        Ok(first)
    }

    /// Reads the only row. None is `NotFound`, two are an error.
    pub async fn fetch_one<T: DeserializeOwned>(self) -> Result<T> {
        let text = self.statement.text.clone();
        let engine = self.guard().engine();
        let row = self.fetch_optional().await?;
        row.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "a row was expected and there is none")
                .with_subject(shorten(&text))
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
    fn check(&self) -> Result<(Guard, Control)> {
        let guard = self.guard();
        let control = match &self.target {
            Target::Sql(sql) => check(&self.statement, sql.features, sql.engine.dialect(), false, guard),
            Target::Transaction(tx) => check(&self.statement, tx.features, tx.dialect, true, guard),
        };
        Ok((guard, control?))
    }
}

/// Checks a statement's values against what every engine can store and what this one can take, and tells what it has to do with its transaction.
pub(super) fn check(
    statement: &Statement,
    features: Features,
    dialect: Dialect,
    in_transaction: bool,
    guard: Guard,
) -> Result<Control> {
    let values = &statement.values;
    let control = Control::of(&statement.text, dialect);
    let allowed = check_text(&statement.text).and_then(|()| control.check(in_transaction));
    let checked = values.iter().enumerate().try_for_each(|(at, value)| {
        value.check(at + 1)?;
        let what = format_args!("the bytes of ${}", at + 1);
        within(value.size() as u64, features.max_value_bytes, what, "max-value-bytes")
    });
    let counted =
        within(values.len() as u64, features.max_parameters, "the statement's values", "max-parameters")
            .map_err(|error| error.with_help("split it into several statements of one transaction"));
    allowed.and(checked).and(counted).map_err(|error: Error| {
        error.with_subject(shorten(&statement.text)).at(guard.engine(), "sql.query")
    })?;
    Ok(control)
}

/// Rows that are read one by one. Dropping it ends the statement.
pub struct Rows<'a, T> {
    stream: RowStream<'a>,
    /// The batch that came last, with the first row of it that nobody has read.
    batch: Option<(Batch, usize)>,
    guard: Guard,
    breaks: Option<Breaks>,
    text: Arc<str>,
    kind: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Rows<'_, T> {
    /// The next row; `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<T>> {
        let Some((mut batch, at)) = self.next_batch().await? else { return Ok(None) };
        let row = decode(&mut batch, at).map_err(|error| self.named(error));
        self.batch = Some((batch, at + 1)).filter(|(batch, next)| *next < batch.len());
        row.map(Some)
    }
}

impl<T> Rows<'_, T> {
    /// The rows that come next, from the given one on; `None` after the last one.
    async fn next_batch(&mut self) -> Result<Option<(Batch, usize)>> {
        if let Some(rest) = self.batch.take() {
            return Ok(Some(rest));
        }
        let unfinished = self.breaks.as_ref().map(Breaks::unfinished);
        // Many batches are there already, and need no timer.
        let batch = match self.stream.next().now_or_never() {
            Some(batch) => batch.transpose(),
            None => {
                let next = async { self.stream.next().await.transpose() };
                self.guard.once("sql.query", || shorten(&self.text), next).await
            }
        };
        if let (Ok(_), Some(unfinished)) = (&batch, unfinished) {
            unfinished.succeed();
        }
        batch.map(|batch| batch.map(|batch| (batch, 0))).map_err(|error| self.named(error))
    }

    fn named(&self, error: Error) -> Error {
        error.with_subject(shorten(&self.text)).at(self.guard.engine(), "sql.query")
    }
}

/// Engines would cut a text at its first NUL, or lose their connection over it.
pub(super) fn check_text(text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid("the text of a statement has a NUL in it"));
    }
    Ok(())
}

/// The beginning of a statement's text, without its values, as errors and traces show it.
pub(super) fn shorten(text: &str) -> String {
    const SHOWN: usize = 80;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        line
    } else {
        line.chars().take(SHOWN).chain(['.', '.', '.']).collect()
    }
}
