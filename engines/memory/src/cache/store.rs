//! The store: every shard, the two limits over all of them, and who must go when one is reached.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bedplate_catalogue::engines::memory::MAX_BYTES;
use bedplate_core::Result;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::kind::{Structure, Value};
use super::shard::{Shard, weight};
use crate::error;

/// Enough that two cores seldom meet, few enough that looking into each of them is cheap.
const SHARDS: usize = 8;

/// Every entry.
#[derive(Debug)]
pub(crate) struct Store {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    max_entries: usize,
    max_bytes: usize,
    entries: AtomicUsize,
    bytes: AtomicUsize,
    ticks: AtomicU64,
    closed: AtomicBool,
    /// Told when an entry is the next to outlive its time.
    pub(crate) sooner: Notify,
}

impl Store {
    /// An empty store with these limits.
    pub(crate) fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            shards: Default::default(),
            hasher: RandomState::new(),
            max_entries,
            max_bytes,
            entries: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            ticks: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            sooner: Notify::new(),
        }
    }

    /// How many entries there are, and their bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.entries.load(Ordering::Acquire), self.bytes.load(Ordering::Acquire))
    }

    /// Does something to the shard of a key, in one step for everyone else; then whatever is too much goes.
    pub(crate) fn with<T>(
        &self,
        key: &str,
        act: impl FnOnce(&mut Shard, Instant, u64) -> Result<T>,
    ) -> Result<T> {
        let tick = self.tick();
        let place = self.hasher.hash_one(key) as usize % SHARDS;
        let (result, is_sooner) = self.locked(place, |shard| {
            // Under the lock: what is written is written before the close, which empties every shard, or not at all.
            if self.closed.load(Ordering::Acquire) {
                return (Err(error::closed("cache")), false);
            }
            let before = shard.next_expiry();
            let result = act(shard, Instant::now(), tick);
            let after = shard.next_expiry();
            (result, after.is_some() && (before.is_none() || after < before))
        });
        if is_sooner {
            self.sooner.notify_one();
        }
        self.make_room();
        result
    }

    /// Does something to a structure, which begins empty and is gone when it is empty again. `growth` is the most by which it may grow.
    pub(crate) fn change<S: Structure, T>(
        &self,
        key: &str,
        growth: usize,
        act: impl FnOnce(&mut S) -> Result<T>,
    ) -> Result<T> {
        self.with(key, |shard, now, tick| {
            let found = shard.find(key, now, tick);
            let kind = found.as_ref().map(|slot| slot.value.kind());
            if let Some(kind) = kind.filter(|kind| *kind != S::NAME) {
                return Err(error::another_kind(S::NAME, kind));
            }
            self.fits(key, found.map_or(0, |slot| slot.value.bytes()).saturating_add(growth))?;
            if kind.is_none() {
                shard.put(key, S::default().into_value(), None, tick);
            }
            let changed = shard.change(key, |value| {
                let structure = S::of(value)?;
                Some((act(structure), structure.is_empty()))
            });
            let Some(Some((result, is_empty))) = changed else {
                return Err(error::another_kind(S::NAME, "something else"));
            };
            if is_empty {
                shard.remove(key);
            }
            result
        })
    }

    /// Reads a structure, which is empty where there is none.
    pub(crate) fn read<S: Structure, T>(&self, key: &str, act: impl FnOnce(&S) -> T) -> Result<T> {
        self.with(key, |shard, now, tick| {
            let Some(slot) = shard.find(key, now, tick) else { return Ok(act(&S::default())) };
            let kind = slot.value.kind();
            match S::of(&mut slot.value) {
                Some(structure) => Ok(act(structure)),
                None => Err(error::another_kind(S::NAME, kind)),
            }
        })
    }

    /// Puts bytes under a key, where they fit at all.
    pub(crate) fn put(
        &self,
        shard: &mut Shard,
        key: &str,
        text: bytes::Bytes,
        expires: Option<Instant>,
        tick: u64,
    ) -> Result<()> {
        self.fits(key, text.len())?;
        shard.put(key, Value::Text(text), expires, tick);
        Ok(())
    }

    /// Some keys with a prefix, in their order, and whether there are more.
    pub(crate) fn keys(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Arc<str>>, bool)> {
        if self.closed.load(Ordering::Acquire) {
            return Err(error::closed("cache"));
        }
        let now = Instant::now();
        let mut keys: Vec<_> =
            self.shards.iter().flat_map(|shard| lock(shard).keys(prefix, after, limit + 1, now)).collect();
        keys.sort_unstable();
        let more = keys.len() > limit;
        keys.truncate(limit);
        Ok((keys, more))
    }

    /// Frees what has outlived its time, up to so many entries in each shard, and tells when more is due.
    pub(crate) fn sweep(&self, limit: usize) -> Option<Instant> {
        let next = |place| {
            self.locked(place, |shard| {
                shard.sweep(limit, Instant::now());
                shard.next_expiry()
            })
        };
        (0..SHARDS).filter_map(next).min()
    }

    /// Forgets everything, for good.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        for place in 0..SHARDS {
            self.locked(place, |shard| *shard = Shard::default());
        }
    }

    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::Relaxed)
    }

    fn fits(&self, key: &str, value_bytes: usize) -> Result<()> {
        if weight(key, value_bytes) > self.max_bytes {
            return Err(error::full(
                "the value is larger than the whole cache",
                MAX_BYTES.name,
                self.max_bytes,
            ));
        }
        Ok(())
    }

    /// Forgets the entries that were used longest ago, until both limits hold.
    fn make_room(&self) {
        loop {
            let (entries, bytes) = self.size();
            if entries <= self.max_entries && bytes <= self.max_bytes {
                return;
            }
            let random = self.hasher.hash_one(self.tick());
            let oldest = |(place, shard): (usize, &Mutex<Shard>)| {
                lock(shard).oldest(random).map(|(used, key)| (used, place, key))
            };
            let Some((used, place, key)) = self.shards.iter().enumerate().filter_map(oldest).min() else {
                return;
            };
            self.locked(place, |shard| shard.remove_unused(&key, used));
        }
    }

    /// Does something to a shard and keeps the two counts right.
    fn locked<T>(&self, place: usize, act: impl FnOnce(&mut Shard) -> T) -> T {
        let mut shard = lock(&self.shards[place]);
        let (entries, bytes) = shard.size();
        let result = act(&mut shard);
        let (entries_now, bytes_now) = shard.size();
        adjust(&self.entries, entries, entries_now);
        adjust(&self.bytes, bytes, bytes_now);
        result
    }
}

fn adjust(total: &AtomicUsize, before: usize, now: usize) {
    if now >= before {
        total.fetch_add(now - before, Ordering::AcqRel);
    } else {
        total.fetch_sub(before - now, Ordering::AcqRel);
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
