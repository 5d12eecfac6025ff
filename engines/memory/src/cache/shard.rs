//! A shard: some of the entries, in the order of their keys.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use tokio::time::Instant;

use super::kind::{ELEMENT_BYTES, Value};

/// How many entries of a shard are looked at when one must go.
const SAMPLE: usize = 8;

/// An entry.
#[derive(Debug)]
pub(crate) struct Slot {
    key: Arc<str>,
    /// What it holds.
    pub(crate) value: Value,
    expires: Option<Instant>,
    used: u64,
}

impl Slot {
    /// When it is gone; `None` for never.
    pub(crate) fn expires(&self) -> Option<Instant> {
        self.expires
    }

    fn bytes(&self) -> usize {
        weight(&self.key, self.value.bytes())
    }

    fn has_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// What an entry with this key and value would weigh.
pub(crate) fn weight(key: &str, value_bytes: usize) -> usize {
    key.len() + ELEMENT_BYTES + value_bytes
}

/// Some of the entries.
#[derive(Debug, Default)]
pub(crate) struct Shard {
    index: BTreeMap<Arc<str>, usize>,
    // Without gaps, so that a place picked at random holds an entry.
    slots: Vec<Slot>,
    expiries: BTreeSet<(Instant, Arc<str>)>,
    bytes: usize,
}

impl Shard {
    /// How many entries there are, and their bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.slots.len(), self.bytes)
    }

    /// An entry that is still there; this is a use of it.
    pub(crate) fn find(&mut self, key: &str, now: Instant, tick: u64) -> Option<&mut Slot> {
        let at = *self.index.get(key)?;
        if self.slots.get(at)?.has_expired(now) {
            self.remove(key);
            return None;
        }
        let slot = self.slots.get_mut(at)?;
        slot.used = tick;
        Some(slot)
    }

    /// Puts an entry in the place of whatever was there.
    pub(crate) fn put(&mut self, key: &str, value: Value, expires: Option<Instant>, tick: u64) {
        self.remove(key);
        let key: Arc<str> = Arc::from(key);
        if let Some(expires) = expires {
            self.expiries.insert((expires, key.clone()));
        }
        self.index.insert(key.clone(), self.slots.len());
        let slot = Slot { key, value, expires, used: tick };
        self.bytes += slot.bytes();
        self.slots.push(slot);
    }

    /// Changes the value of an entry that is there.
    pub(crate) fn change<T>(&mut self, key: &str, act: impl FnOnce(&mut Value) -> T) -> Option<T> {
        let slot = self.slots.get_mut(*self.index.get(key)?)?;
        let before = slot.bytes();
        let result = act(&mut slot.value);
        self.bytes = self.bytes - before + slot.bytes();
        Some(result)
    }

    /// Gives an entry that is there another end.
    pub(crate) fn expire(&mut self, key: &str, expires: Option<Instant>) {
        let Some(slot) = self.index.get(key).and_then(|at| self.slots.get_mut(*at)) else { return };
        if let Some(before) = slot.expires {
            self.expiries.remove(&(before, slot.key.clone()));
        }
        slot.expires = expires;
        if let Some(expires) = expires {
            self.expiries.insert((expires, slot.key.clone()));
        }
    }

    /// Removes an entry and tells whether there was one.
    pub(crate) fn remove(&mut self, key: &str) -> bool {
        let Some(at) = self.index.remove(key) else { return false };
        let slot = self.slots.swap_remove(at);
        if let Some(moved) = self.slots.get(at) {
            self.index.insert(moved.key.clone(), at);
        }
        self.bytes -= slot.bytes();
        if let Some(expires) = slot.expires {
            self.expiries.remove(&(expires, slot.key));
        }
        true
    }

    /// Removes an entry unless it was used since, and tells whether it did.
    pub(crate) fn remove_unused(&mut self, key: &str, used: u64) -> bool {
        let slot = self.index.get(key).and_then(|at| self.slots.get(*at));
        slot.is_some_and(|slot| slot.used == used) && self.remove(key)
    }

    /// The entry that was used longest ago among some of them, all where they are few.
    pub(crate) fn oldest(&self, random: u64) -> Option<(u64, Arc<str>)> {
        let count = self.slots.len();
        let start = if count > SAMPLE { random as usize % count } else { 0 };
        let some = self.slots.iter().cycle().skip(start).take(count.min(SAMPLE));
        some.min_by_key(|slot| slot.used).map(|slot| (slot.used, slot.key.clone()))
    }

    /// Up to so many keys with a prefix that come after another one.
    pub(crate) fn keys(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
        now: Instant,
    ) -> Vec<Arc<str>> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let keys = self.index.range::<str, _>((from, Bound::Unbounded));
        keys.take_while(|(key, _)| key.starts_with(prefix))
            .filter(|(_, at)| self.slots.get(**at).is_some_and(|slot| !slot.has_expired(now)))
            .map(|(key, _)| key.clone())
            .take(limit)
            .collect()
    }

    /// Removes up to so many entries that have outlived their time.
    pub(crate) fn sweep(&mut self, limit: usize, now: Instant) {
        for _ in 0..limit {
            match self.expiries.first() {
                Some((expires, key)) if *expires <= now => {
                    let key = key.clone();
                    self.remove(&key);
                }
                _ => return,
            }
        }
    }

    /// When the next entry outlives its time.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.expiries.first().map(|(expires, _)| *expires)
    }
}
