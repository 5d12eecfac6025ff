//! How many messages the whole bus holds, and that it never holds more than it may.

use std::sync::atomic::{AtomicUsize, Ordering};

use bedplate_catalogue::engines::memory::MAX_MESSAGES;
use bedplate_core::Result;

use crate::error;

/// A count with a limit.
#[derive(Debug)]
pub(crate) struct Room {
    limit: usize,
    used: AtomicUsize,
}

impl Room {
    /// Room for so many messages.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, used: AtomicUsize::new(0) }
    }

    /// Takes room for all of them, or for none.
    pub(crate) fn take(&self, count: usize) -> Result<()> {
        let enough = |used: usize| used.checked_add(count).filter(|used| *used <= self.limit);
        match self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, enough) {
            Ok(_) => Ok(()),
            Err(_) => Err(error::full("the bus is full", MAX_MESSAGES.name, self.limit)),
        }
    }

    /// Gives room back.
    pub(crate) fn give_back(&self, count: usize) {
        self.used.fetch_sub(count, Ordering::AcqRel);
    }

    /// How many messages there are.
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }
}
