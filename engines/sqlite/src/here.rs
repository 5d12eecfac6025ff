//! Runs what is short on its caller's own thread: the way to the connection's thread and back takes longer than such a statement.
//!
//! What can take long never runs here: what commits, what waits for another process, and what writes, but for rows that stand in the statement and
//! the one row that it finds by its key. Such a write is never ended, because SQLite would end its transaction with it.
//! A read that takes longer than it looked is ended and begins again on the connection's thread; nothing of it was handed over.

use std::time::Duration;

use bedplate_core::sql::{Batch, Statement, Value};
use bedplate_core::{Error, Result};
use rusqlite::{Connection, ErrorCode};

use crate::budget::Budget;
use crate::plan;
use crate::pool::Lease;
use crate::rows::{Begun, OnWrite, Reader, reads_only};
use crate::statement::{execute, prepare};
use crate::transaction::check_open;

/// How long a caller's thread may be kept. An asynchronous one that is kept for longer keeps others waiting.
pub(crate) const PATIENCE: Duration = Duration::from_millis(1);
/// The longest text and the largest values that are looked at here.
const MAX_BYTES: usize = 16 * 1024;
/// Values above which even an `insert` is not short.
const MAX_VALUES: usize = 256;
/// Rows above which a result is not short.
const MAX_ROWS: usize = 4_096;
/// Rows that are gathered between two looks at the time.
const BATCH_ROWS: usize = 256;
/// Bytes of a result above which it is not short.
const MAX_RESULT_BYTES: usize = 256 * 1024;

/// Tries to run a query here; `None` where it belongs on the connection's thread.
pub(crate) fn query(
    lease: &mut Lease,
    statement: &Statement,
    on_write: &OnWrite,
    inside: bool,
) -> Option<Result<Begun>> {
    attempt(lease, statement, |connection, budget| {
        if let Err(error) = check_open(connection, inside) {
            return Some(Err(error));
        }
        let mut prepared = match prepare(connection, statement) {
            Ok(prepared) => prepared,
            Err(error) => return settled(error),
        };
        if !prepared.readonly() {
            return match on_write {
                OnWrite::Refuse => Some(Err(reads_only())),
                OnWrite::Return => Some(Ok(Begun::Returned)),
                OnWrite::Run | OnWrite::Ask(_) => None,
            };
        }
        if prepared.column_count() == 0 {
            return None;
        }
        let mut reader = Reader::new(prepared.raw_query());
        match collect(&mut reader, budget) {
            Ok(rows) => rows.map(|rows| Ok(Begun::All(rows))),
            Err(error) => settled(error),
        }
    })
}

/// Tries to run a statement for its effect here; `None` where it belongs on the connection's thread.
pub(crate) fn change(lease: &mut Lease, statement: &Statement, on_write: &OnWrite) -> Option<Result<u64>> {
    let known = lease.plans().of(&statement.text);
    let mut found = None;
    let changed = attempt(lease, statement, |connection, budget| {
        if let Err(error) = check_open(connection, true) {
            return Some(Err(error));
        }
        let mut prepared = match prepare(connection, statement) {
            Ok(prepared) => prepared,
            Err(error) => return settled(error),
        };
        if !prepared.readonly() {
            match on_write {
                OnWrite::Refuse => return Some(Err(reads_only())),
                OnWrite::Ask(_) => return None,
                OnWrite::Run | OnWrite::Return => {}
            }
            let is_short = known.unwrap_or_else(|| {
                // Another sort of statement is looked at on the connection's thread, where it runs the first time.
                found = plan::inserts_its_rows(connection, &statement.text).then_some(true);
                found.is_some()
            });
            if !is_short {
                return None;
            }
        }
        // Ended after its last step it would have happened all the same, and would happen again; so would a `savepoint`, which only gives no rows.
        if !prepared.readonly() || prepared.column_count() == 0 {
            budget.lift();
            return Some(execute(connection, &mut prepared));
        }
        execute(connection, &mut prepared).map_or_else(settled, |changed| Some(Ok(changed)))
    });
    if let Some(is_short) = found {
        lease.plans().add(&statement.text, is_short);
    }
    changed
}

/// Runs a word of transaction control here; `None` where another process is in the way.
pub(crate) fn control(lease: &mut Lease, text: &'static str) -> Option<Result<()>> {
    control_within(lease, PATIENCE, text)
}

fn control_within(lease: &mut Lease, limit: Duration, text: &'static str) -> Option<Result<()>> {
    lease.here(limit, |connection, budget| {
        // It is over at once, as nobody waits for another process here; ended after its last step it would have happened.
        budget.lift();
        let done = connection.prepare_cached(text).and_then(|mut prepared| prepared.raw_execute());
        match done {
            Ok(_) => Some(Ok(())),
            Err(error) => settled(crate::error::classify(error)),
        }
    })?
}

fn attempt<T>(
    lease: &mut Lease,
    statement: &Statement,
    work: impl FnOnce(&mut Connection, &Budget) -> Option<T>,
) -> Option<T> {
    if !is_small(statement) || lease.long().has(&statement.text) {
        return None;
    }
    let (result, over) = lease.here(PATIENCE, |connection, budget| {
        let result = work(connection, budget);
        (result, budget.is_over())
    })?;
    if over {
        lease.long().add(&statement.text);
    }
    result
}

fn is_small(statement: &Statement) -> bool {
    let size = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        // How large it is would have to be found out by writing it.
        Value::Json(_) => MAX_BYTES / 4,
        _ => 0,
    };
    statement.values.len() <= MAX_VALUES
        && statement.text.len() + statement.values.iter().map(size).sum::<usize>() <= MAX_BYTES
}

/// All rows of a short result; `None` where it isn't one.
fn collect(reader: &mut Reader<'_>, budget: &Budget) -> Result<Option<Vec<Batch>>> {
    let (mut all, mut rows, mut bytes) = (Vec::new(), 0, 0);
    loop {
        let (batch, last) = reader.batch(BATCH_ROWS)?;
        if let Some(batch) = batch {
            rows += batch.len();
            bytes += batch.bytes();
            all.push(batch);
        }
        match last {
            true => return Ok(Some(all)),
            false if rows > MAX_ROWS || bytes > MAX_RESULT_BYTES || budget.is_over() => return Ok(None),
            false => {}
        }
    }
}

/// The error of a statement that has failed; `None` where it was only ended, or stands in another one's way.
fn settled<T>(error: Error) -> Option<Result<T>> {
    let code = std::error::Error::source(&error)
        .and_then(|source| source.downcast_ref::<rusqlite::Error>())
        .and_then(rusqlite::Error::sqlite_error_code);
    match code {
        Some(ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy) => None,
        _ => Some(Err(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::classify;
    use crate::pool::Pool;
    use crate::worker::Worker;

    #[tokio::test]
    async fn a_word_of_control_that_has_happened_is_not_said_again() {
        let open = || Connection::open_in_memory().map_err(classify);
        let worker = Worker::start("test", Duration::from_secs(1), open).await.unwrap();
        let pool = Pool::new(vec![worker], Duration::from_secs(1), "test");
        let mut lease = pool.lease().await.unwrap();
        // Between two looks at the time there are more steps than one of these makes, and all times are counted together.
        for _ in 0..1_000 {
            for text in ["begin immediate", "commit"] {
                control_within(&mut lease, Duration::ZERO, text).unwrap().unwrap();
            }
        }
    }
}
