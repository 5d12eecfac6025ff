//! A thread that owns one connection and runs what it is given, one thing after another, so that no caller's thread waits for the disk.

use std::cell::RefCell;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bedplate_core::{Error, ErrorKind, Result};
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::budget::Budget;
use crate::error::{classify, closed};

/// How many steps of its machine a statement makes between two looks at whether anyone still wants it.
const STEPS_BETWEEN_LOOKS: i32 = 1_000;
/// How often a caller looks whether the thread has put the connection down: it does so right after the last rows that it sends.
const LOOKS: u32 = 100;

/// How long a caller waits for what is about to end, rather than to let another one wait.
const SOON: Duration = Duration::from_millis(1);

/// The connection, while somebody holds it.
type Held<'a> = MutexGuard<'a, Option<Connection>>;

type Job = Box<dyn FnOnce(Held<'_>) + Send>;

enum Message {
    Run(Job),
    Close,
}

/// One connection with its thread. Clones are the same connection.
#[derive(Clone)]
pub(crate) struct Worker(Arc<Shared>);

struct Shared {
    messages: mpsc::Sender<Message>,
    /// The connection while it is open. Whoever runs something holds it.
    connection: Arc<Mutex<Option<Connection>>>,
    /// Jobs that wait for the thread.
    waiting: Arc<AtomicUsize>,
    /// How many have asked it to stop and were not heard yet. Above 0, a running statement ends and what waits in the queue is not
    /// begun. Counted, so that hearing the first doesn't silence the second.
    stops: Arc<watch::Sender<usize>>,
    ended: watch::Receiver<bool>,
    budget: Arc<Budget>,
}

impl Worker {
    /// Starts the thread and opens the connection on it. Statements wait for other processes no longer than `busy_timeout`.
    pub(crate) async fn start(
        name: &str,
        busy_timeout: Duration,
        open: impl FnOnce() -> Result<Connection> + Send + 'static,
    ) -> Result<Self> {
        let (messages, inbox) = mpsc::channel();
        let (stops, _) = watch::channel(0);
        let (end, ended) = watch::channel(false);
        let (answer, answered) = oneshot::channel();
        let shared = Shared {
            messages,
            connection: Arc::default(),
            waiting: Arc::default(),
            stops: Arc::new(stops),
            ended,
            budget: Arc::default(),
        };
        let (stops, budget) = (shared.stops.subscribe(), shared.budget.clone());
        let (slot, waiting) = (shared.connection.clone(), shared.waiting.clone());
        let run = move || {
            WAIT.set(Some(Wait { limit: busy_timeout, since: Instant::now(), stops: stops.clone() }));
            match open().and_then(|connection| watch_over(connection, stops, budget)) {
                Ok(connection) => {
                    *lock(&slot) = Some(connection);
                    let _ = answer.send(Ok(()));
                    serve(&slot, &waiting, &inbox);
                }
                Err(error) => {
                    let _ = answer.send(Err(error));
                }
            }
            let _ = end.send(true);
        };
        thread::Builder::new().name(name.into()).spawn(run).map_err(|why| {
            Error::new(ErrorKind::Limited, "no thread could be started for a connection").with_source(why)
        })?;
        answered.await.map_err(|_| closed())??;
        Ok(Self(Arc::new(shared)))
    }

    /// Runs `work` on the connection. Where this future is dropped, the work is stopped or never begun.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let mut abandoned = Abandoned(Some(self));
        self.begin(work, |result| drop(answer.send(result)));
        let result = answered.await;
        abandoned.0 = None;
        result.map_err(|_| closed())?
    }

    /// Runs `work` on the caller's own thread, which saves the way to the connection's one and back, and ends its statement where it
    /// takes longer than `limit`. `None` where the connection is in use, closed, or about to stop something.
    pub(crate) fn here<T>(
        &self,
        limit: Duration,
        work: impl FnOnce(&mut Connection, &Budget) -> T,
    ) -> Option<T> {
        let shared = &self.0;
        if shared.waiting.load(Ordering::Acquire) > 0 || *shared.stops.borrow() > 0 {
            return None;
        }
        let mut held = (0..LOOKS).find_map(|_| {
            let held = shared.connection.try_lock().ok();
            if held.is_none() {
                spin_loop();
            }
            held
        })?;
        let connection = held.as_mut()?;
        let _running = shared.budget.begin(limit);
        Some(work(connection, &shared.budget))
    }

    /// Puts `work` into the queue, and gives what comes of it to `then`. Both are dropped without being run where the connection is closed before
    /// their turn.
    pub(crate) fn begin<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
        then: impl FnOnce(T) + Send + 'static,
    ) {
        let stops = self.0.stops.subscribe();
        self.send(move |mut held| {
            if *stops.borrow() > 0 {
                return;
            }
            let Some(connection) = held.as_mut() else { return };
            let result = work(connection);
            // Whoever hears of it may want the connection at once.
            drop(held);
            then(result);
        });
    }

    fn send(&self, job: impl FnOnce(Held<'_>) + Send + 'static) {
        self.0.waiting.fetch_add(1, Ordering::AcqRel);
        // Where the thread has ended the work is dropped, and whoever waits for it notices.
        let _ = self.0.messages.send(Message::Run(Box::new(job)));
    }

    /// Calls `work` when all that was begun before has ended: at once where nothing is under way, and in any case where the connection is closed.
    pub(crate) fn behind(&self, work: impl FnOnce() + Send + 'static) {
        let since = Instant::now();
        while since.elapsed() < SOON {
            let is_free = self.0.waiting.load(Ordering::Acquire) == 0 && self.0.connection.try_lock().is_ok();
            if is_free {
                return work();
            }
            thread::yield_now();
        }
        let late = Late(Some(work));
        self.send(move |_| drop(late));
    }

    /// Stops what runs and drops what waits; what is given to it afterwards runs again.
    pub(crate) fn abandon(&self) {
        self.0.stops.send_modify(|stops| *stops += 1);
        let stops = self.0.stops.clone();
        self.send(move |_| stops.send_modify(|stops| *stops -= 1));
    }

    /// Stops what runs, rolls back what is open, and then calls `clean`.
    pub(crate) fn settle(&self, clean: impl FnOnce() + Send + 'static) {
        self.abandon();
        self.send(move |held| {
            if let Some(connection) = held.as_ref().filter(|connection| !connection.is_autocommit()) {
                // It fails only where SQLite has rolled back by itself.
                let _ = connection.execute_batch("rollback");
            }
            drop(held);
            clean();
        });
    }

    /// How many asked it to stop; a job looks at this while it waits for something else than SQLite.
    pub(crate) fn stops(&self) -> watch::Receiver<usize> {
        self.0.stops.subscribe()
    }

    /// Stops what runs, rolls back what is open, closes the connection and waits until that is done.
    pub(crate) async fn close(&self) {
        self.0.stops.send_modify(|stops| *stops += 1);
        let _ = self.0.messages.send(Message::Close);
        let mut ended = self.0.ended.clone();
        // It fails where the thread has ended without a word, which is just as well.
        let _ = ended.wait_for(|ended| *ended).await;
    }
}

/// Work that is done when its job has run, and when it never will.
struct Late<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for Late<F> {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            work();
        }
    }
}

/// Stops the worker's job unless it was taken back.
struct Abandoned<'a>(Option<&'a Worker>);

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        if let Some(worker) = self.0 {
            worker.abandon();
        }
    }
}

fn watch_over(
    connection: Connection,
    stops: watch::Receiver<usize>,
    budget: Arc<Budget>,
) -> Result<Connection> {
    connection
        .progress_handler(STEPS_BETWEEN_LOOKS, Some(move || *stops.borrow() > 0 || budget.ends()))
        .and_then(|()| connection.busy_handler(Some(wait_for_others)))
        .map_err(classify)?;
    Ok(connection)
}

fn lock(slot: &Mutex<Option<Connection>>) -> Held<'_> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(slot: &Mutex<Option<Connection>>, waiting: &AtomicUsize, inbox: &mpsc::Receiver<Message>) {
    while let Ok(Message::Run(job)) = inbox.recv() {
        let held = lock(slot);
        waiting.fetch_sub(1, Ordering::AcqRel);
        job(held);
    }
    // The last connection that closes merges the write-ahead log into the file.
    if let Some(connection) = lock(slot).take() {
        let _ = connection.progress_handler(0, None::<fn() -> bool>);
    }
}

/// What a connection that finds the database busy knows about its waiting. SQLite calls back with a number and nothing else.
struct Wait {
    limit: Duration,
    since: Instant,
    stops: watch::Receiver<usize>,
}

thread_local! {
    static WAIT: RefCell<Option<Wait>> = const { RefCell::new(None) };
}

/// Waits a little for another process and tells whether to try again.
pub(crate) fn wait_for_others(tries: i32) -> bool {
    WAIT.with_borrow_mut(|wait| {
        let Some(wait) = wait else { return false };
        if tries == 0 {
            wait.since = Instant::now();
        }
        if *wait.stops.borrow() > 0 || wait.since.elapsed() >= wait.limit {
            return false;
        }
        thread::sleep(Duration::from_millis(1 << tries.clamp(0, 4)));
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts work into the queue of a worker that is busy until the sender is dropped, and returns how to see whether it ran.
    fn behind_a_busy_one(
        worker: &Worker,
        leave: impl FnOnce(&Worker),
    ) -> (mpsc::Sender<()>, mpsc::Receiver<()>) {
        let (busy, is_busy) = mpsc::channel::<()>();
        let (ran, has_run) = mpsc::channel();
        worker.begin(move |_| _ = is_busy.recv(), drop);
        leave(worker);
        worker.begin(move |_| _ = ran.send(()), drop);
        (busy, has_run)
    }

    async fn worker() -> Worker {
        let open = || Connection::open_in_memory().map_err(classify);
        Worker::start("test", Duration::from_secs(1), open).await.unwrap()
    }

    #[tokio::test]
    async fn a_second_caller_who_leaves_is_heard_behind_the_first() {
        let worker = worker().await;
        let (busy, has_run) = behind_a_busy_one(&worker, Worker::abandon);
        worker.abandon();
        drop(busy);
        worker.run(|_| Ok(())).await.unwrap();
        assert!(has_run.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_close_is_heard_behind_a_caller_who_left() {
        let worker = worker().await;
        let (busy, has_run) = behind_a_busy_one(&worker, Worker::abandon);
        let mut close = std::pin::pin!(worker.close());
        assert!(futures_util::poll!(&mut close).is_pending());
        drop(busy);
        close.await;
        assert!(has_run.try_recv().is_err());
    }
}
