//! The sweep: frees what has outlived its time, and sleeps while there is nothing to free.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::store::Store;

/// The most entries of a shard that are freed at once, so that nobody waits long for its lock.
const AT_ONCE: usize = 256;
/// The rest between two sweeps, however much is due.
const REST: Duration = Duration::from_millis(100);

/// Starts to sweep, until the task is aborted. `None` outside a runtime: then only those who meet an entry free it.
pub(crate) fn start(store: &Arc<Store>) -> Option<AbortHandle> {
    let runtime = tokio::runtime::Handle::try_current().ok()?;
    Some(runtime.spawn(run(store.clone())).abort_handle())
}

async fn run(store: Arc<Store>) {
    loop {
        let due = store.sweep(AT_ONCE);
        let rested = Instant::now() + REST;
        match due {
            Some(due) => {
                // Either has come: the moment, or an entry that is due before it.
                let _ = tokio::time::timeout_at(due.max(rested), store.sooner.notified()).await;
            }
            None => store.sooner.notified().await,
        }
        tokio::time::sleep_until(rested).await;
    }
}
