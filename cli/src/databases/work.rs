//! Runs the work on databases: on a runtime, watched, and ended cleanly when the person interrupts it.

use std::future::Future;
use std::time::Duration;

use bedplate_core::sql::Sql;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::progress::Progress;
use crate::exit::Failure;
use crate::shell::Shell;

/// Between two looks at how far something has come.
const LOOK: Duration = Duration::from_millis(100);

/// How long a failure waits for the word that it was an interruption.
const WORD: Duration = Duration::from_millis(50);

/// Why the work ended when the person interrupted it.
pub(super) const INTERRUPTED: &str = "interrupted";

/// The code of a process that ended by a signal is its number above this one, as shells have it.
const SIGNALLED: i32 = 128;

/// The work of one command. From the moment in which this is made it can be interrupted by SIGINT, SIGTERM and SIGHUP: once, and it clears
/// up behind itself; twice, and the process ends at once.
pub(crate) struct Work {
    runtime: Runtime,
    interrupted: watch::Receiver<bool>,
}

impl Work {
    /// Begins to listen.
    pub(crate) fn new() -> Result<Self, Failure> {
        let failed = |error| Failure::new(format!("the runtime could not start: {error}"));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
        let (tell, interrupted) = watch::channel(false);
        let _inside = runtime.enter();
        for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
            // Who started it with `nohup` wants it to go on.
            if kind != SignalKind::hangup() || !ignores_hangup() {
                runtime.spawn(listen(signal(kind).map_err(failed)?, kind, tell.clone()));
            }
        }
        Ok(Self { runtime, interrupted })
    }

    /// Does what an interruption must not cut in two, such as making and removing.
    pub(crate) fn finish<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Waits for the work and shows how far it has come. An interruption drops it, also one from before it began.
    pub(crate) fn watch<T>(
        &self,
        shell: &mut Shell,
        progress: &Progress,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let mut interrupted = self.interrupted.clone();
        let done = self.runtime.block_on(async {
            let mut work = std::pin::pin!(work);
            let mut interrupted = std::pin::pin!(interrupted.wait_for(|told| *told));
            let mut look = tokio::time::interval(LOOK);
            loop {
                tokio::select! {
                    biased;
                    _ = &mut interrupted => break Err(Failure::new(INTERRUPTED)),
                    done = &mut work => {
                        // Ctrl-C reaches the programs of a product too, and theirs may be the first word of it.
                        let told = done.is_err() && tokio::time::timeout(WORD, &mut interrupted).await.is_ok();
                        break if told { Err(Failure::new(INTERRUPTED)) } else { done };
                    }
                    _ = look.tick() => shell.progress(&progress.get()),
                }
            }
        });
        shell.progress("");
        done
    }

    /// Opens a database, works with it and closes it in any case. It outlives the work, so that the server is told to stop what was interrupted.
    pub(crate) fn with<T>(
        &self,
        shell: &mut Shell,
        progress: &Progress,
        open: impl Future<Output = Result<Sql, Failure>>,
        work: impl AsyncFnOnce(&Sql) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let sql = self.watch(shell, progress, open)?;
        let done = self.watch(shell, progress, work(&sql));
        self.finish(sql.close());
        done
    }
}

async fn listen(mut signal: Signal, kind: SignalKind, tell: watch::Sender<bool>) {
    while signal.recv().await.is_some() {
        if tell.send_replace(true) {
            std::process::exit(SIGNALLED + kind.as_raw_value());
        }
    }
}

/// Whether a hangup of the terminal was to be ignored when this process began. Where the system doesn't tell, it is left to the system.
fn ignores_hangup() -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return true };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask >> (SignalKind::hangup().as_raw_value() - 1) & 1 == 1)
}
