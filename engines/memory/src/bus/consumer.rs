//! A member of a group, or a listener of a broadcast.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::Result;
use bedplate_core::bus::{BusConsumer, Received, Settlement, Token};

use super::queue::{End, Queue};
use super::routes::Routes;
use crate::error;

/// A member of a group, or a listener of a broadcast, whose queue ends with it.
pub(crate) struct MemoryConsumer {
    /// Which one it is.
    pub(crate) id: u64,
    /// What it consumes.
    pub(crate) queue: Arc<Queue>,
    /// How many deliveries it may hold.
    pub(crate) prefetch: usize,
    /// Whether it is a listener.
    pub(crate) listens: bool,
    /// Where a listener's queue is entered.
    pub(crate) routes: Arc<RwLock<Routes>>,
    /// Whether it has returned what it held.
    pub(crate) has_ended: AtomicBool,
}

impl MemoryConsumer {
    /// What it held when it ended is somebody else's now.
    fn check(&self) -> Result<()> {
        if self.has_ended.load(Ordering::Acquire) { Err(error::not_in_flight()) } else { Ok(()) }
    }

    fn end(&self) {
        if self.has_ended.swap(true, Ordering::AcqRel) {
            return;
        }
        if self.listens {
            let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
            routes.listeners.remove(&self.id);
            drop(routes);
            self.queue.end(End::Removed);
            return;
        }
        // A queue that has ended has nothing that could be given back.
        let _ = self.queue.with(|backlog, now| {
            backlog.give_back(self.id, now);
            Ok(())
        });
    }
}

impl Drop for MemoryConsumer {
    fn drop(&mut self) {
        self.end();
    }
}

#[async_trait]
impl BusConsumer for MemoryConsumer {
    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Received>> {
        self.queue.receive(self.id, &self.has_ended, (max, self.prefetch), wait).await
    }

    async fn settle(&self, token: &Token, how: Settlement) -> Result<()> {
        self.check()?;
        self.queue.with(|backlog, now| backlog.settle(token, how, now))
    }

    async fn extend(&self, token: &Token) -> Result<()> {
        self.check()?;
        self.queue.with(|backlog, now| backlog.extend(token, now))
    }

    async fn close(&self) -> Result<()> {
        self.end();
        Ok(())
    }
}
