//! Rows on their way from an engine to its caller, some of them at a time.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::BoxStream;

use super::value::Value;
use crate::error::{Error, Result};

/// About how many values travel together.
const BATCH_VALUES: usize = 1_024;
/// About how many bytes travel together, unless one row alone is larger.
const BATCH_BYTES: usize = 256 * 1024;

/// Rows as an engine produces them, in bounded memory: each batch has a row at least. Dropping it ends the statement.
pub type RowStream<'a> = BoxStream<'a, Result<Batch>>;

/// One row: its columns' names, shared by all rows of a result, and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// A row. There are as many columns as values.
    pub fn new(columns: Arc<[String]>, values: Vec<Value>) -> Self {
        debug_assert_eq!(columns.len(), values.len());
        Self { columns, values }
    }

    /// The columns' names, in their order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The values, in the columns' order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The value of a column by its name; the first one where two have the same name.
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.columns.iter().position(|name| name == column).map(|at| &self.values[at])
    }
}

/// Some rows of one result, in one piece of memory: the values of the first one, then those of the second.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    columns: Arc<[String]>,
    values: Vec<Value>,
    rows: usize,
    bytes: usize,
    utc: bool,
}

impl Batch {
    /// No rows yet, of a result with these columns.
    pub fn new(columns: Arc<[String]>) -> Self {
        Self { columns, values: Vec::new(), rows: 0, bytes: 0, utc: false }
    }

    /// Its dates with a time and without a zone are in UTC, because the engine has no type that keeps a zone: such a value is
    /// read as a point in time too.
    #[must_use]
    pub fn in_utc(self) -> Self {
        Self { utc: true, ..self }
    }

    /// Adds a row, one value for each column. Where one of them can't be read there is no such row.
    pub fn push(&mut self, values: impl IntoIterator<Item = Result<Value>>) -> Result<()> {
        let before = self.values.len();
        for value in values {
            match value {
                Ok(value) => {
                    self.bytes += value.size();
                    self.values.push(value);
                }
                Err(error) => {
                    self.values.truncate(before);
                    return Err(error);
                }
            }
        }
        debug_assert_eq!(self.values.len() - before, self.columns.len());
        self.rows += 1;
        Ok(())
    }

    /// The columns' names, in their order.
    pub fn columns(&self) -> &Arc<[String]> {
        &self.columns
    }

    /// The values of all rows.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The values of all rows, to be changed in their places.
    pub fn values_mut(&mut self) -> &mut [Value] {
        &mut self.values
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// About how many bytes its values take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether it should travel before it grows any further.
    pub fn is_full(&self) -> bool {
        self.values.len() >= BATCH_VALUES || self.bytes >= BATCH_BYTES || self.rows >= BATCH_VALUES
    }

    /// Leaves the first rows only.
    pub fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows.saturating_mul(self.columns.len()));
        self.rows = self.rows.min(rows);
    }

    /// The columns' names and the values of one row, to be taken; and whether a date and time without a zone is a point in time.
    pub(super) fn row(&mut self, at: usize) -> (&[String], &mut [Value], bool) {
        let width = self.columns.len();
        (&self.columns, &mut self.values[at * width..(at + 1) * width], self.utc)
    }

    /// One row by itself. Its values are NULL in the batch afterwards.
    pub(super) fn take_row(&mut self, at: usize) -> Row {
        let values = self.row(at).1.iter_mut().map(|value| std::mem::replace(value, Value::Null)).collect();
        Row::new(self.columns.clone(), values)
    }
}

/// Gathers what an engine has ready into batches, for clients that give one row at a time.
#[derive(Debug)]
pub struct Gather {
    empty: Batch,
    failed: Option<Error>,
    ended: bool,
}

impl Gather {
    /// Gathers rows like those of a batch without any.
    pub fn new(empty: Batch) -> Self {
        Self { empty, failed: None, ended: false }
    }

    /// Whether the client has no more rows, though those that were gathered may still have to be told.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The next batch. `next` puts the next row into a batch, or tells that there is none.
    pub fn poll(
        &mut self,
        context: &mut Context<'_>,
        mut next: impl FnMut(&mut Context<'_>, &mut Batch) -> Poll<Option<Result<()>>>,
    ) -> Poll<Option<Result<Batch>>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let mut batch = self.empty.clone();
        while !self.ended && !batch.is_full() {
            match next(context, &mut batch) {
                Poll::Ready(Some(Ok(()))) => {}
                Poll::Ready(None) => self.ended = true,
                Poll::Ready(Some(Err(error))) => {
                    self.ended = true;
                    // Rows that came before an error are told before it.
                    match batch.is_empty() {
                        true => return Poll::Ready(Some(Err(error))),
                        false => self.failed = Some(error),
                    }
                }
                Poll::Pending if batch.is_empty() => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        Poll::Ready(Some(batch).filter(|batch| !batch.is_empty()).map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn batch() -> Batch {
        Batch::new(["a".to_string(), "b".to_string()].into())
    }

    fn push(batch: &mut Batch, int: i64) -> Result<()> {
        batch.push([Ok(Value::Int(int)), Ok(Value::Null)])
    }

    #[test]
    fn a_row_that_can_not_be_read_is_not_there_in_part() {
        let mut batch = batch();
        push(&mut batch, 1).unwrap();
        assert!(batch.push([Ok(Value::Int(2)), Err(Error::invalid("no"))]).is_err());
        push(&mut batch, 3).unwrap();
        assert_eq!((batch.len(), batch.row(1).1[0].clone(), batch.values().len()), (2, Value::Int(3), 4));
        batch.truncate(1);
        assert_eq!((batch.len(), batch.values().len()), (1, 2));
    }

    #[test]
    fn what_is_ready_travels_together_and_an_error_comes_behind_it() {
        let mut context = Context::from_waker(Waker::noop());
        let mut script = vec![
            Poll::Ready(Some(Err(Error::invalid("late")))),
            Poll::Ready(Some(Ok(3))),
            Poll::Pending,
            Poll::Pending,
            Poll::Ready(Some(Ok(2))),
            Poll::Ready(Some(Ok(1))),
        ];
        let mut gather = Gather::new(batch());
        let mut poll = || {
            gather.poll(&mut context, |_, batch| match script.pop() {
                None => Poll::Ready(None),
                Some(Poll::Pending) => Poll::Pending,
                Some(Poll::Ready(step)) => {
                    Poll::Ready(step.map(|step| step.and_then(|int| push(batch, int))))
                }
            })
        };
        let mut told = Vec::new();
        for _ in 0..6 {
            told.push(match poll() {
                Poll::Pending => "pending".to_string(),
                Poll::Ready(None) => "end".to_string(),
                Poll::Ready(Some(Ok(batch))) => format!("{} rows", batch.len()),
                Poll::Ready(Some(Err(error))) => error.message().to_string(),
            });
        }
        assert_eq!(told, ["2 rows", "pending", "1 rows", "late", "end", "end"]);
    }

    #[test]
    fn a_batch_is_bounded_whatever_its_rows_are() {
        let mut context = Context::from_waker(Waker::noop());
        for (columns, value, expected) in
            [(0, Value::Null, 1_024), (4, Value::Null, 256), (1, Value::Text("x".repeat(1 << 20)), 1)]
        {
            let empty = Batch::new((0..columns).map(|n| n.to_string()).collect());
            let mut gather = Gather::new(empty);
            let filled = gather.poll(&mut context, |_, batch| {
                Poll::Ready(Some(batch.push((0..columns).map(|_| Ok(value.clone())))))
            });
            let Poll::Ready(Some(Ok(batch))) = filled else { panic!("nothing came") };
            assert_eq!(batch.len(), expected, "{columns} columns");
        }
    }
}
