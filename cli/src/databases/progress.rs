//! How far the work has come, for a person who waits for it.

use std::sync::{Mutex, PoisonError};

use bedplate_backup::Step;

use super::figures;

/// How far the work has come, in words.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<String>);

impl Progress {
    /// Replaces the words.
    pub(crate) fn set(&self, words: impl Into<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = words.into();
    }

    /// Replaces the words by where a backup or a restore stands.
    pub(crate) fn step(&self, service: &str, step: Step) {
        let (doing, done, total) = match step {
            Step::Copy(done) => {
                return self.set(format!("{service}: copying, {} so far", figures::bytes(done)));
            }
            Step::Count => return self.set(format!("{service}: counting rows")),
            Step::Store(done, total) => ("compressing", done, total),
            Step::Fetch(done, total) => ("reading", done, total),
            Step::Restore(done, total) => ("restoring", done, total),
        };
        let percent = (done.min(total) * 100).checked_div(total).unwrap_or(100);
        let (done, total) = (figures::bytes(done), figures::bytes(total));
        self.set(format!("{service}: {doing}, {done} of {total} ({percent} %)"));
    }

    /// The words.
    pub(super) fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
