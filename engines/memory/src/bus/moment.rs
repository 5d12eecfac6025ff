//! A moment on both clocks: the one that only runs forward, and the one on the wall.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// The end of a wait that nobody lives to see; an `Instant` can't be added to without end.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3_600);

/// A moment on both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// What durations are measured by.
    pub(crate) at: Instant,
    /// What people and messages say.
    pub(crate) time: Timestamp,
}

impl Moment {
    /// Now.
    pub(crate) fn now() -> Self {
        Self { at: Instant::now(), time: Timestamp::now() }
    }

    /// This long after it.
    pub(crate) fn after(&self, wait: Duration) -> Instant {
        self.at + wait.min(FAR)
    }

    /// When a time on the wall comes; `None` where it has come already.
    pub(crate) fn until(&self, time: Timestamp) -> Option<Instant> {
        let wait = Duration::try_from(time.duration_since(self.time)).ok()?;
        (!wait.is_zero()).then(|| self.after(wait))
    }

    /// The time on the wall at an instant that has passed.
    pub(crate) fn time_at(&self, past: Instant) -> Timestamp {
        let ago = self.at.saturating_duration_since(past);
        self.time.checked_sub(ago).unwrap_or(self.time)
    }
}
