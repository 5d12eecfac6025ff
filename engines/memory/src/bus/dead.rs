//! The dead letters of one group, in the order in which they died.

use std::collections::BTreeMap;
use std::ops::Bound;

use bedplate_core::bus::{DeadLetter, DeadPage, Message};
use bedplate_core::{Error, Result};
use jiff::Timestamp;

/// The dead letters of one group.
#[derive(Debug, Default)]
pub(crate) struct Graveyard {
    letters: BTreeMap<u64, DeadLetter>,
    last: u64,
}

impl Graveyard {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.letters.len()
    }

    /// Adds one.
    pub(crate) fn add(&mut self, message: Message, reason: String, attempts: u32, died_at: Timestamp) {
        self.last += 1;
        let id = self.last.to_string();
        self.letters.insert(self.last, DeadLetter { id, message, reason, attempts, died_at });
    }

    /// Takes one out.
    pub(crate) fn take(&mut self, id: &str) -> Option<DeadLetter> {
        self.letters.remove(&id.parse().ok()?)
    }

    /// Some of them, the first to die first.
    pub(crate) fn page(&self, after: Option<&str>, limit: usize) -> Result<DeadPage> {
        let wrong = |_| Error::invalid("this is not the `next` of a page of dead letters");
        let after = after.map(str::parse::<u64>).transpose().map_err(wrong)?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.letters.range((from, Bound::Unbounded));
        let letters: Vec<_> = rest.by_ref().take(limit).map(|(_, letter)| letter.clone()).collect();
        let more = rest.next().is_some();
        let next = letters.last().filter(|_| more).map(|letter| letter.id.clone());
        Ok(DeadPage { letters, next })
    }
}
