//! What was written over the connections of one pool, so that a replica is never read behind it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Counts what may have been written, and keeps how far the log had come at some count.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    count: AtomicU64,
    known: Mutex<Known>,
    /// On a replica: how much of the log had arrived at least.
    arrived: AtomicU64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Known {
    count: u64,
    position: u64,
}

impl Writes {
    /// Something may have been written before now.
    pub(crate) fn mark(&self) {
        self.count.fetch_add(1, Ordering::Release);
    }

    /// How often something may have been written, and the position in the log behind all of it, where that is known. Where nothing was
    /// written, the position is zero.
    pub(crate) fn known(&self) -> (u64, Option<u64>) {
        let count = self.count.load(Ordering::Acquire);
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        (count, (known.count >= count).then_some(known.position))
    }

    /// Notes that the log was at `position` after `count` was read.
    pub(crate) fn learn(&self, count: u64, position: u64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Known { count: known.count.max(count), position: known.position.max(position) };
    }

    /// How much of the log has arrived at least, while no connection was lost.
    pub(crate) fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Acquire)
    }

    /// Notes how much has arrived.
    pub(crate) fn arrive(&self, position: u64) {
        self.arrived.fetch_max(position, Ordering::AcqRel);
    }

    /// A new connection may be to a server that was restarted, and such a one may be behind where it was.
    pub(crate) fn forget_arrived(&self) {
        self.arrived.store(0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_known_until_something_is_written_again() {
        let writes = Writes::default();
        assert_eq!(writes.known(), (0, Some(0)));
        writes.mark();
        let (count, position) = writes.known();
        assert_eq!((count, position), (1, None));
        writes.mark();
        writes.learn(count, 7);
        assert_eq!(
            writes.known(),
            (2, None),
            "what was written while someone asked isn't covered by the answer"
        );
        writes.learn(2, 9);
        writes.learn(1, 7);
        assert_eq!(writes.known(), (2, Some(9)), "a late answer doesn't take anything back");
    }
}
