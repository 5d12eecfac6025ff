//! A connection that one caller uses, and that goes back to the pool only when nothing is left open on it.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Object};
use tokio::runtime::Handle;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::writes::Writes;

/// How long a connection may take to become clean; one that takes longer is closed.
const SETTLE: Duration = Duration::from_secs(5);

/// A connection of the pool.
pub(crate) struct Lease {
    object: Option<Object>,
    tls: MakeRustlsConnect,
    /// A statement was begun, and its end was not seen.
    pub(crate) running: bool,
    /// A transaction was begun, and its end was not seen.
    pub(crate) open: bool,
    /// It can't have written anything.
    pub(crate) reads: bool,
    writes: Arc<Writes>,
}

impl Lease {
    pub(crate) fn new(object: Object, tls: MakeRustlsConnect, writes: Arc<Writes>) -> Self {
        Self { object: Some(object), tls, running: false, open: false, reads: false, writes }
    }

    /// The client. It is there until the lease is dropped.
    pub(crate) fn client(&self) -> bedplate_core::Result<&ClientWrapper> {
        self.object.as_deref().ok_or_else(crate::error::closed)
    }

    /// What ran has ended: whatever it wrote, it has written.
    pub(crate) fn ended(&mut self) {
        self.running = false;
        if !self.reads {
            self.writes.mark();
        }
    }

    /// Stops what an earlier caller has begun and abandoned.
    pub(crate) async fn stop_abandoned(&mut self) {
        if std::mem::take(&mut self.running)
            && let Some(object) = &self.object
        {
            cancel(object, &self.tls).await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(object) = self.object.take() else { return };
        if !self.reads {
            self.writes.mark();
        }
        if !self.running && !self.open {
            return;
        }
        let (running, tls) = (self.running, self.tls.clone());
        let marked = (!self.reads).then(|| self.writes.clone());
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(settle(object, tls, running, marked))),
            // Nobody is there to ask the server; closing the connection rolls back too.
            Err(_) => drop(Object::take(object)),
        }
    }
}

/// Asks the server to stop what runs on a connection.
async fn cancel(object: &Object, tls: &MakeRustlsConnect) {
    // It goes over a connection of its own. Where it fails, the statement ends by itself, or the connection is given up.
    let _ = tokio::time::timeout(SETTLE, object.cancel_token().cancel_query(tls.clone())).await;
}

async fn settle(object: Object, tls: MakeRustlsConnect, running: bool, marked: Option<Arc<Writes>>) {
    if running {
        cancel(&object, &tls).await;
    }
    let rolled_back = tokio::time::timeout(SETTLE, object.batch_execute("rollback")).await;
    if !matches!(rolled_back, Ok(Ok(()))) {
        drop(Object::take(object));
    }
    // What was abandoned may have been done all the same, until now.
    if let Some(writes) = marked {
        writes.mark();
    }
}
