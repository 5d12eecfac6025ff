//! The lines in which messages with one key stand, each behind the ones that were published before it.

use std::collections::{BTreeSet, HashMap};

/// One line for each key that has a message.
#[derive(Debug, Default)]
pub(crate) struct Lines(HashMap<String, BTreeSet<u64>>);

impl Lines {
    /// A message joins its key's line.
    pub(crate) fn join(&mut self, key: &str, seq: u64) {
        match self.0.get_mut(key) {
            Some(line) => {
                line.insert(seq);
            }
            None => {
                self.0.insert(key.to_string(), BTreeSet::from([seq]));
            }
        }
    }

    /// A message leaves its key's line.
    pub(crate) fn leave(&mut self, key: &str, seq: u64) {
        if let Some(line) = self.0.get_mut(key) {
            line.remove(&seq);
            if line.is_empty() {
                self.0.remove(key);
            }
        }
    }

    /// Who stands first.
    pub(crate) fn first(&self, key: &str) -> Option<u64> {
        self.0.get(key).and_then(BTreeSet::first).copied()
    }
}
