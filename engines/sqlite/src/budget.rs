//! How long a statement may keep its caller's own thread, and which statements took longer before.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Statements that are remembered as long; where there are more, all of them are forgotten.
const MAX_REMEMBERED: usize = 1_024;
/// How often a statement that took too long isn't tried on the caller's thread, the first time; this doubles with each further one.
const FIRST_PENALTY: u32 = 16;
const MAX_PENALTY: u32 = 4_096;

/// The end of a caller's patience, which the connection looks at while it runs a statement.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    /// Nanoseconds since the start of the process's clock; 0 for no end.
    until: AtomicU64,
    /// Whether a statement may run on after the end.
    lifted: AtomicBool,
}

impl Budget {
    /// Sets the end, until what is returned is dropped.
    pub(crate) fn begin(&self, limit: Duration) -> Running<'_> {
        self.lifted.store(false, Ordering::Relaxed);
        self.until.store(now().saturating_add(limit.as_nanos() as u64), Ordering::Relaxed);
        Running(self)
    }

    /// Lets what runs go on to its end, however long that takes: to end a statement that writes, SQLite rolls back all of its transaction.
    pub(crate) fn lift(&self) {
        self.lifted.store(true, Ordering::Relaxed);
    }

    /// Whether a statement that runs is to be ended.
    pub(crate) fn ends(&self) -> bool {
        self.is_over() && !self.lifted.load(Ordering::Relaxed)
    }

    /// Whether the end has come.
    pub(crate) fn is_over(&self) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        until > 0 && now() >= until
    }
}

/// A statement on its caller's thread.
pub(crate) struct Running<'a>(&'a Budget);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.until.store(0, Ordering::Relaxed);
    }
}

fn now() -> u64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    // From 1 on, as 0 says that there is no end.
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64 + 1
}

/// Statements that took longer than their callers' patience.
#[derive(Debug, Default)]
pub(crate) struct Long(Mutex<HashMap<u64, Penalty>>);

#[derive(Debug, Clone, Copy)]
struct Penalty {
    left: u32,
    next: u32,
}

impl Long {
    /// Whether a statement had better go to the connection's thread at once. Each question brings it nearer to another try.
    pub(crate) fn has(&self, text: &str) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return false;
        }
        match known.get_mut(&key(text)) {
            Some(penalty) if penalty.left > 0 => {
                penalty.left -= 1;
                true
            }
            _ => false,
        }
    }

    /// It took too long.
    pub(crate) fn add(&self, text: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_REMEMBERED {
            known.clear();
        }
        let penalty = known.entry(key(text)).or_insert(Penalty { left: 0, next: FIRST_PENALTY });
        *penalty = Penalty { left: penalty.next, next: (penalty.next * 2).min(MAX_PENALTY) };
    }
}

/// Statements whose plans were looked at, and whether they change no more than one row or the rows that stand in them.
#[derive(Debug, Default)]
pub(crate) struct Plans(Mutex<HashMap<u64, bool>>);

impl Plans {
    /// What is known of a statement. A plan that gets worse, because its index was removed or its table got a trigger, shows by its time.
    pub(crate) fn of(&self, text: &str) -> Option<bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key(text)).copied()
    }

    /// Remembers it.
    pub(crate) fn add(&self, text: &str, is_short: bool) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_REMEMBERED {
            known.clear();
        }
        known.insert(key(text), is_short);
    }
}

fn key(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_and_is_gone_with_its_statement() {
        let budget = Budget::default();
        assert!(!budget.is_over());
        let running = budget.begin(Duration::ZERO);
        assert!(budget.is_over());
        drop(running);
        assert!(!budget.is_over());
        let running = budget.begin(Duration::from_secs(3600));
        assert!(!budget.is_over());
        drop(running);
        let running = budget.begin(Duration::ZERO);
        assert!(budget.ends());
        budget.lift();
        // It was long, whether or not it was ended for that.
        assert!(!budget.ends() && budget.is_over());
        drop(running);
        let _running = budget.begin(Duration::ZERO);
        assert!(budget.ends());
    }

    #[test]
    fn what_was_long_is_tried_again_after_a_while_and_less_often_each_time() {
        let long = Long::default();
        assert!(!long.has("a"));
        for penalty in [16, 32, 64] {
            long.add("a");
            for _ in 0..penalty {
                assert!(long.has("a"));
            }
            assert!(!long.has("a") && !long.has("b"));
        }
    }
}
