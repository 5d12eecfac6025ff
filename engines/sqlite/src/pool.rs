//! Connections that callers take, one caller each, and give back clean.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bedplate_core::{Error, ErrorKind, Result};
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::budget::{Budget, Long, Plans};
use crate::error::closed;
use crate::worker::Worker;

/// Connections of one sort.
pub(crate) struct Pool {
    all: Vec<Worker>,
    idle: Mutex<Vec<Worker>>,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    limit: Duration,
    setting: &'static str,
    long: Long,
    plans: Plans,
}

impl Pool {
    /// A pool whose callers wait no longer than `limit`, which the setting of this name says.
    pub(crate) fn new(all: Vec<Worker>, limit: Duration, setting: &'static str) -> Arc<Self> {
        Arc::new(Self {
            idle: Mutex::new(all.clone()),
            permits: Arc::new(Semaphore::new(all.len())),
            all,
            waiting: AtomicUsize::new(0),
            limit,
            setting,
            long: Long::default(),
            plans: Plans::default(),
        })
    }

    /// Takes a connection, in the order of asking.
    pub(crate) async fn lease(self: &Arc<Self>) -> Result<Lease> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => {
                tell_wait(Duration::ZERO);
                permit
            }
            Err(tokio::sync::TryAcquireError::Closed) => return Err(closed()),
            Err(tokio::sync::TryAcquireError::NoPermits) => self.wait().await?,
        };
        let worker = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let worker = worker.ok_or_else(closed)?;
        Ok(Lease { pool: self.clone(), worker, permit: Some(permit), clean: true })
    }

    async fn wait(&self) -> Result<OwnedSemaphorePermit> {
        let _waiting = Waiting::new(&self.waiting);
        let since = Instant::now();
        let permit = tokio::time::timeout(self.limit, self.permits.clone().acquire_owned()).await;
        tell_wait(since.elapsed());
        match permit {
            Ok(permit) => permit.map_err(|_| closed()),
            Err(_) => Err(Error::new(
                ErrorKind::TimedOut,
                format!("no connection was free for {:?}, which `{}` allows", self.limit, self.setting),
            )
            .with_help("keep transactions short, drop rows that nobody reads on, or raise the setting")),
        }
    }

    /// Calls `work` when all that was begun on the only connection before has ended, wanted or not.
    pub(crate) fn behind(&self, work: impl FnOnce() + Send + 'static) {
        match self.all.first() {
            Some(worker) => worker.behind(work),
            None => work(),
        }
    }

    /// How many connections there can be.
    pub(crate) fn size(&self) -> usize {
        self.all.len()
    }

    /// How many connections there are, how many of them nobody uses, and how many callers wait.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        let open = if self.permits.is_closed() { 0 } else { self.all.len() };
        (open, self.permits.available_permits().min(open), self.waiting.load(Ordering::Relaxed))
    }

    /// Closes every connection, those in use included.
    pub(crate) async fn close(&self) {
        self.permits.close();
        for worker in &self.all {
            worker.close().await;
        }
    }
}

fn tell_wait(waited: Duration) {
    metrics::histogram!("bedplate_pool_wait_seconds", "engine" => "sqlite").record(waited);
}

/// Counts one caller for as long as it lives.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection that one caller uses. When it is dropped, what runs is stopped, what is open is rolled back, and only then the next one gets it.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    worker: Worker,
    permit: Option<OwnedSemaphorePermit>,
    clean: bool,
}

impl Lease {
    /// Runs `work` on the connection.
    pub(crate) async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.clean = false;
        let (result, clean) = self
            .worker
            .run(|connection| {
                let result = work(connection);
                Ok((result, connection.is_autocommit()))
            })
            .await?;
        self.clean = clean;
        result
    }

    /// Runs `work` on the caller's own thread, where that is possible; see [`Worker::here`].
    pub(crate) fn here<T>(
        &mut self,
        limit: Duration,
        work: impl FnOnce(&mut Connection, &Budget) -> T,
    ) -> Option<T> {
        let (result, clean) = self.worker.here(limit, |connection, budget| {
            let result = work(connection, budget);
            (result, connection.is_autocommit())
        })?;
        self.clean = clean;
        Some(result)
    }

    /// The statements that took too long on their callers' threads.
    pub(crate) fn long(&self) -> &Long {
        &self.pool.long
    }

    /// What is known of the statements that change rows.
    pub(crate) fn plans(&self) -> &Plans {
        &self.pool.plans
    }

    /// The connection, for work that goes on while its caller does something else. [`Lease::finished`] tells that it has ended.
    pub(crate) fn begin_work(&mut self) -> &Worker {
        self.clean = false;
        &self.worker
    }

    /// What was begun has ended and no transaction is open.
    pub(crate) fn finished(&mut self) {
        self.clean = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (pool, worker, permit) = (self.pool.clone(), self.worker.clone(), self.permit.take());
        let give_back = move || {
            pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
            drop(permit);
        };
        if self.clean { give_back() } else { self.worker.settle(give_back) }
    }
}
