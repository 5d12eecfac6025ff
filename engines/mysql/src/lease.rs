//! A connection that one caller uses, and that goes back to the pool only when nothing is left open on it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bedplate_core::{BoxFuture, Result};
use mysql_async::{BinaryProtocol, Conn, QueryResult};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::connect::Link;
use crate::error::{classify, given_up};
use crate::statement::{Done, Task, perform};

/// How long a connection may take to become clean; one that takes longer is closed.
const SETTLE: Duration = Duration::from_secs(5);
/// How long what is left of a result is read over before the server is asked to stop it.
const REST: Duration = Duration::from_millis(20);

/// A connection of the pool.
pub(crate) struct Lease {
    state: State,
    id: u32,
    /// Rows of a result may be left.
    pub(crate) reading: bool,
    /// A transaction was begun, and its end was not seen.
    pub(crate) open: bool,
    /// How long what is left of the result is read over.
    rest: Duration,
    /// It is being made clean: whoever drops it now can't do so again.
    settling: bool,
    link: Arc<Link>,
    /// Given back after the connection.
    slot: Option<OwnedSemaphorePermit>,
}

/// The client can't go on after a call that was dropped half way. So calls live here, and whoever waits for one may go away.
enum State {
    Free(Conn),
    Busy(BoxFuture<(Conn, mysql_async::Result<Done>)>),
    Gone,
}

impl Lease {
    pub(crate) fn new(conn: Conn, link: Arc<Link>, slot: OwnedSemaphorePermit) -> Self {
        let id = conn.id();
        Self {
            state: State::Free(conn),
            id,
            reading: false,
            open: false,
            rest: REST,
            settling: false,
            link,
            slot: Some(slot),
        }
    }

    /// Runs a task to its end. What an earlier caller has abandoned is stopped first.
    pub(crate) async fn run(&mut self, task: Task) -> Result<Done> {
        self.stop_abandoned().await?;
        // What a writing statement returns comes before its end: stopped, it would not have happened.
        self.rest = if task.writes() { SETTLE } else { REST };
        self.start(|conn| Box::pin(perform(conn, task)))?;
        let done = self.drive().await.map_err(classify)?;
        self.reading = done.has_rows();
        Ok(done)
    }

    fn start(
        &mut self,
        work: impl FnOnce(Conn) -> BoxFuture<(Conn, mysql_async::Result<Done>)>,
    ) -> Result<()> {
        match std::mem::replace(&mut self.state, State::Gone) {
            State::Free(conn) => {
                self.state = State::Busy(work(conn));
                Ok(())
            }
            other => {
                self.state = other;
                Err(given_up())
            }
        }
    }

    /// Waits for what was started.
    async fn drive(&mut self) -> mysql_async::Result<Done> {
        poll_fn(|context| {
            let State::Busy(work) = &mut self.state else {
                return Poll::Ready(Err(mysql_async::DriverError::ConnectionClosed.into()));
            };
            let (conn, result) = ready!(work.as_mut().poll(context));
            self.state = State::Free(conn);
            Poll::Ready(result)
        })
        .await
    }

    /// The next row of the result that was begun. The client keeps what it has read of a row where nobody waits for it any more.
    pub(crate) fn poll_row(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<mysql_async::Result<Option<mysql_async::Row>>> {
        let State::Free(conn) = &mut self.state else {
            return Poll::Ready(Err(mysql_async::DriverError::ConnectionClosed.into()));
        };
        let mut result = QueryResult::<BinaryProtocol>::new(conn);
        let next = ready!(pin!(result.next()).poll(context));
        self.reading = matches!(next, Ok(Some(_)));
        Poll::Ready(next)
    }

    /// Whether the connection was given up, and with it what was open on it.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.state, State::Gone)
    }

    /// Stops what an earlier caller has begun and abandoned.
    pub(crate) async fn stop_abandoned(&mut self) -> Result<()> {
        if self.reading {
            self.start(|conn| Box::pin(read_over(conn)))?;
            self.reading = false;
            if timeout(self.rest, self.drive()).await.is_ok() {
                return Ok(());
            }
        }
        if !matches!(self.state, State::Busy(_)) {
            return Ok(());
        }
        let killed = timeout(SETTLE, self.link.kill("query", self.id)).await;
        if matches!(killed, Ok(Ok(()))) && timeout(SETTLE, self.drive()).await.is_ok() {
            // A statement that had just ended leaves the request to the next one.
            self.start(|conn| Box::pin(perform(conn, Task::Text("do 0".into()))))?;
            let _ = timeout(SETTLE, self.drive()).await;
        }
        if matches!(self.state, State::Free(_)) {
            return Ok(());
        }
        self.state = State::Gone;
        // The server rolls back where a connection ends.
        let _ = timeout(SETTLE, self.link.kill("connection", self.id)).await;
        Err(given_up())
    }

    /// Makes it clean, or gives it up.
    async fn settle(mut self) {
        let stopped = self.stop_abandoned().await;
        if stopped.is_ok() && self.open {
            let rollback = self.run(Task::Text("rollback".into()));
            if !matches!(timeout(SETTLE, rollback).await, Ok(Ok(_))) {
                self.state = State::Gone;
            }
        }
        self.open = false;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let busy = self.reading || self.open || matches!(self.state, State::Busy(_));
        // Where the runtime has ended, its connections have too, and the server rolls back.
        if !busy || self.is_gone() || self.settling {
            return;
        }
        let lease = Self {
            state: std::mem::replace(&mut self.state, State::Gone),
            id: self.id,
            reading: self.reading,
            open: self.open,
            rest: self.rest,
            settling: true,
            link: self.link.clone(),
            slot: self.slot.take(),
        };
        self.link.runtime.spawn(lease.settle());
    }
}

/// Reads what is left of a result.
async fn read_over(mut conn: Conn) -> (Conn, mysql_async::Result<Done>) {
    let result = QueryResult::<BinaryProtocol>::new(&mut conn).drop_result().await;
    (conn, result.map(|()| Done::default()))
}
