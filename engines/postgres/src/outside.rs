//! How many connections are outside of the pool, so that closing can wait until they are back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts the connections that are lent or being cleaned.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    count: AtomicUsize,
    nobody: Notify,
}

/// One of them, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Stay(Arc<Outside>);

impl Outside {
    /// One more.
    pub(crate) fn enter(self: &Arc<Self>) -> Stay {
        self.count.fetch_add(1, Ordering::AcqRel);
        Stay(self.clone())
    }

    /// Waits until there is none.
    pub(crate) async fn nobody(&self) {
        loop {
            let mut next = std::pin::pin!(self.nobody.notified());
            // From here on nobody leaves unnoticed.
            next.as_mut().enable();
            if self.count.load(Ordering::Acquire) == 0 {
                return;
            }
            next.await;
        }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.nobody.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn everyone_who_waits_is_told_when_the_last_one_leaves() {
        let outside = Arc::new(Outside::default());
        assert!(outside.nobody().now_or_never().is_some());
        let (first, second) = (outside.enter(), outside.enter());
        let (mut one, mut other) = (Box::pin(outside.nobody()), Box::pin(outside.nobody()));
        assert!((&mut one).now_or_never().is_none() && (&mut other).now_or_never().is_none());
        drop(first);
        assert!((&mut one).now_or_never().is_none());
        drop(second);
        assert!(one.now_or_never().is_some() && other.now_or_never().is_some());
    }
}
