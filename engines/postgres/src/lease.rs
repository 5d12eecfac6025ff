//! A connection that one caller uses, and that goes back to the pool only when nothing is left open on it.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Object};
use tokio::runtime::Handle;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::outside::{Outside, Stay};
use crate::session;
use crate::writes::Writes;

/// How long a connection may take to become clean; one that takes longer is closed.
pub(crate) const SETTLE: Duration = Duration::from_secs(5);

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
    /// What ran may have left something with the session.
    altered: bool,
    writes: Arc<Writes>,
    /// Ends behind the object, which is given back when the lease is dropped.
    stay: Option<Stay>,
}

impl Lease {
    pub(crate) fn new(
        object: Object,
        tls: MakeRustlsConnect,
        writes: Arc<Writes>,
        outside: &Arc<Outside>,
    ) -> Self {
        let stay = Some(outside.enter());
        let (running, open, reads, altered) = (false, false, false, false);
        Self { object: Some(object), tls, running, open, reads, altered, writes, stay }
    }

    /// The client. It is there until the lease is dropped.
    pub(crate) fn client(&self) -> bedplate_core::Result<&ClientWrapper> {
        self.object.as_deref().ok_or_else(crate::error::closed)
    }

    /// A statement or a script begins.
    pub(crate) fn begins(&mut self, text: &str) {
        self.running = true;
        self.altered = self.altered || session::may_alter(text);
    }

    /// Anything may be left with the session.
    pub(crate) fn alter(&mut self) {
        self.altered = true;
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
        if !self.running && !self.open && !self.altered {
            return;
        }
        let left = Left {
            object,
            tls: self.tls.clone(),
            running: self.running,
            altered: self.altered,
            writes: (!self.reads).then(|| self.writes.clone()),
            stay: self.stay.take(),
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(left.settle())),
            // Nobody is there to ask the server; closing the connection rolls back too.
            Err(_) => drop(Object::take(left.object)),
        }
    }
}

/// Asks the server to stop what runs on a connection.
async fn cancel(object: &Object, tls: &MakeRustlsConnect) {
    // It goes over a connection of its own. Where it fails, the statement ends by itself, or the connection is given up.
    let _ = tokio::time::timeout(SETTLE, object.cancel_token().cancel_query(tls.clone())).await;
}

/// A connection on which something was left.
struct Left {
    object: Object,
    tls: MakeRustlsConnect,
    running: bool,
    altered: bool,
    writes: Option<Arc<Writes>>,
    stay: Option<Stay>,
}

impl Left {
    async fn settle(self) {
        if self.running {
            cancel(&self.object, &self.tls).await;
        }
        let clean = async {
            self.object.batch_execute("rollback").await?;
            match self.altered {
                true => self.object.batch_execute(session::RESTORE).await,
                false => Ok(()),
            }
        };
        match tokio::time::timeout(SETTLE, clean).await {
            Ok(Ok(())) => drop(self.object),
            _ => drop(Object::take(self.object)),
        }
        // What was abandoned may have been done all the same, until now.
        if let Some(writes) = self.writes {
            writes.mark();
        }
        drop(self.stay);
    }
}
