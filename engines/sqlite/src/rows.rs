//! Rows on their way from a connection's thread to whoever reads them, in bounded memory.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::vec;

use bedplate_core::sql::{Batch, Statement};
use bedplate_core::{Error, Result};
use futures_util::Stream;
use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

use crate::error::{classify, closed};
use crate::here;
use crate::litefs::Mount;
use crate::pool::Lease;
use crate::statement::{columns, execute, prepare, read};
use crate::transaction::check_open;
use crate::worker::Worker;

/// Rows that travel together: few at first, so that the first ones come soon, and then more, so that the way costs less.
const FIRST_BATCH_ROWS: usize = 128;
const BATCH_ROWS: usize = 2_048;
/// About how many bytes travel together, unless one row alone is larger.
const BATCH_BYTES: usize = 256 * 1024;
/// Batches that may wait for their reader.
const BATCHES_AHEAD: usize = 2;

/// What a connection does with a statement that writes.
#[derive(Debug, Clone)]
pub(crate) enum OnWrite {
    /// It runs it to its end and only then hands over its rows, so that they are never seen before they are durable.
    Run,
    /// It refuses it: the transaction only reads.
    Refuse,
    /// It gives it back, because another connection writes.
    Return,
    /// It runs it, unless another machine writes at that moment. Asking reads a file of the mount, which only the connection's thread may do.
    Ask(Arc<Mount>),
}

impl OnWrite {
    /// Runs it, on whichever machine writes the database.
    pub(crate) fn run(mount: Option<&Arc<Mount>>) -> Self {
        mount.map_or(Self::Run, |mount| Self::Ask(mount.clone()))
    }
}

/// How a query has begun.
pub(crate) enum Begun {
    /// With these rows, and more of them come in the channel.
    More(Batch, mpsc::Receiver<Sent>),
    /// With all of its rows.
    All(Vec<Batch>),
    /// It was given back.
    Returned,
}

/// Rows on their way, and whether they are the last ones.
pub(crate) struct Sent {
    rows: Result<Option<Batch>>,
    last: bool,
}

/// Begins a query on a connection that nobody else uses. `inside` says that a transaction must be open.
pub(crate) async fn begin(
    lease: &mut Lease,
    statement: &Statement,
    on_write: &OnWrite,
    inside: bool,
) -> Result<Begun> {
    if let Some(begun) = here::query(lease, statement, on_write, inside) {
        return begun;
    }
    let worker = lease.begin_work();
    let (statement, on_write) = (statement.clone(), on_write.clone());
    let (answer, answered) = oneshot::channel();
    let (stops, handle) = (worker.stops(), Handle::current());
    worker.begin(
        move |connection| match check_open(connection, inside) {
            Ok(()) => run(connection, &statement, &on_write, answer, &handle, stops),
            Err(error) => Some((answer, Err(error))),
        },
        |unanswered| {
            if let Some((answer, begun)) = unanswered {
                drop(answer.send(begun));
            }
        },
    );
    let mut unread = Unread(Some(worker));
    let begun = answered.await;
    unread.0 = None;
    begun.map_err(|_| closed())?
}

/// Stops the query whose beginning nobody waits for any more.
struct Unread<'a>(Option<&'a Worker>);

impl Drop for Unread<'_> {
    fn drop(&mut self) {
        if let Some(worker) = self.0 {
            worker.abandon();
        }
    }
}

/// Who waits for the beginning of a query, and what it is.
type Unanswered = (oneshot::Sender<Result<Begun>>, Result<Begun>);

/// Runs a query, and returns its beginning unless there was more of it.
fn run(
    connection: &mut Connection,
    statement: &Statement,
    on_write: &OnWrite,
    answer: oneshot::Sender<Result<Begun>>,
    handle: &Handle,
    mut stops: watch::Receiver<usize>,
) -> Option<Unanswered> {
    let mut prepared = match prepare(connection, statement) {
        Ok(prepared) => prepared,
        Err(error) => return Some((answer, Err(error))),
    };
    if !prepared.readonly() {
        let begun = match on_write {
            OnWrite::Refuse => Err(reads_only()),
            OnWrite::Return => Ok(Begun::Returned),
            OnWrite::Ask(mount) => {
                mount.check_primary().and_then(|()| collect(prepared.raw_query()).map(Begun::All))
            }
            OnWrite::Run => collect(prepared.raw_query()).map(Begun::All),
        };
        return Some((answer, begun));
    }
    let mut reader = Reader::new(prepared.raw_query());
    let rows = match reader.batch(FIRST_BATCH_ROWS) {
        Ok((Some(rows), false)) => rows,
        Ok((rows, _)) => return Some((answer, Ok(Begun::All(rows.into_iter().collect())))),
        Err(error) => return Some((answer, Err(error))),
    };
    let (batches, receiver) = mpsc::channel(BATCHES_AHEAD);
    if answer.send(Ok(Begun::More(rows, receiver))).is_err() {
        return None;
    }
    loop {
        let batch = match reader.batch(BATCH_ROWS) {
            Ok((rows, last)) => Sent { rows: Ok(rows), last },
            Err(error) => Sent { rows: Err(error), last: true },
        };
        let last = batch.last;
        let sent = handle.block_on(async {
            tokio::select! {
                sent = batches.send(batch) => sent.is_ok(),
                _ = stops.wait_for(|stops| *stops > 0) => false,
            }
        });
        if !sent || last {
            return None;
        }
    }
}

/// The error for a statement that writes in a transaction that only reads.
pub(crate) fn reads_only() -> Error {
    Error::invalid("the statement writes, and its transaction only reads")
        .with_help("begin a transaction that writes")
}

fn collect(rows: rusqlite::Rows<'_>) -> Result<Vec<Batch>> {
    let (mut reader, mut all) = (Reader::new(rows), Vec::new());
    while let (Some(batch), last) = reader.batch(BATCH_ROWS)? {
        all.push(batch);
        if last {
            break;
        }
    }
    Ok(all)
}

/// Reads rows into batches.
pub(crate) struct Reader<'s> {
    rows: rusqlite::Rows<'s>,
    columns: Option<Arc<[String]>>,
}

impl<'s> Reader<'s> {
    /// A reader of what a statement gives.
    pub(crate) fn new(rows: rusqlite::Rows<'s>) -> Self {
        Self { rows, columns: None }
    }

    /// Puts the next row into a batch, which begins with the first one; `false` after the last one.
    fn next(&mut self, batch: &mut Option<Batch>) -> Result<bool> {
        let Some(row) = self.rows.next().map_err(classify)? else { return Ok(false) };
        let columns = &*self.columns.get_or_insert_with(|| columns(row));
        read(row, columns, batch.get_or_insert_with(|| Batch::new(columns.clone())))?;
        Ok(true)
    }

    /// The next rows, and whether they are the last ones.
    pub(crate) fn batch(&mut self, limit: usize) -> Result<(Option<Batch>, bool)> {
        let mut batch = None;
        while batch.as_ref().is_none_or(|batch: &Batch| batch.len() < limit && batch.bytes() < BATCH_BYTES) {
            if !self.next(&mut batch)? {
                return Ok((batch, true));
            }
        }
        Ok((batch, false))
    }
}

/// What a stream holds for as long as its query runs.
pub(crate) trait Held: Send + Unpin {
    /// The query has ended by itself.
    fn finished(&mut self);
}

impl Held for Lease {
    fn finished(&mut self) {
        Lease::finished(self);
    }
}

/// A query inside of a transaction: it is stopped where nobody reads it to its end, and the transaction goes on.
pub(crate) struct InTransaction<'t>(pub(crate) Option<&'t Worker>);

impl Held for InTransaction<'_> {
    fn finished(&mut self) {
        self.0 = None;
    }
}

impl Drop for InTransaction<'_> {
    fn drop(&mut self) {
        if let Some(worker) = self.0 {
            worker.abandon();
        }
    }
}

/// The rows of a query, as a stream that holds its connection until it has ended.
pub(crate) struct Rows<H> {
    ready: vec::IntoIter<Batch>,
    coming: Option<mpsc::Receiver<Sent>>,
    held: Option<H>,
}

impl<H: Held> Rows<H> {
    /// Rows that are all there.
    pub(crate) fn all(rows: Vec<Batch>) -> Self {
        Self { ready: rows.into_iter(), coming: None, held: None }
    }

    /// Rows of which more are coming.
    pub(crate) fn more(first: Batch, coming: mpsc::Receiver<Sent>, held: H) -> Self {
        Self { ready: vec![first].into_iter(), coming: Some(coming), held: Some(held) }
    }

    fn end(&mut self) {
        self.coming = None;
        if let Some(mut held) = self.held.take() {
            held.finished();
        }
    }
}

impl<H: Held> Stream for Rows<H> {
    type Item = Result<Batch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(batch) = self.ready.next() {
                return Poll::Ready(Some(Ok(batch)));
            }
            let Some(coming) = &mut self.coming else { return Poll::Ready(None) };
            match ready!(coming.poll_recv(context)) {
                Some(Sent { rows, last }) => {
                    if last {
                        self.end();
                    }
                    match rows {
                        Ok(rows) => self.ready = rows.into_iter().collect::<Vec<_>>().into_iter(),
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                }
                // Without its last batch a result is not complete, and must not look as if it were.
                None => {
                    self.coming = None;
                    return Poll::Ready(Some(Err(closed())));
                }
            }
        }
    }
}

/// Runs a statement for its effect.
pub(crate) fn change(connection: &Connection, statement: &Statement, on_write: &OnWrite) -> Result<u64> {
    let mut prepared = prepare(connection, statement)?;
    check_write(&prepared, on_write)?;
    execute(connection, &mut prepared)
}

/// Refuses a statement that writes where none may.
pub(crate) fn check_write(prepared: &rusqlite::Statement<'_>, on_write: &OnWrite) -> Result<()> {
    match on_write {
        _ if prepared.readonly() => Ok(()),
        OnWrite::Refuse => Err(reads_only()),
        OnWrite::Ask(mount) => mount.check_primary(),
        OnWrite::Run | OnWrite::Return => Ok(()),
    }
}
