//! The cache contract over the store.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::Result;
use bedplate_core::cache::{
    CacheEngine, Condition, Features, Hashes, Lifetime, Lists, Page, SetOptions, SortedSets,
};
use bytes::Bytes;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::counter;
use super::kind::Value;
use super::shard::Slot;
use super::store::Store;
use super::sweep;
use crate::error;

/// A cache in this process's memory, which ends with its last handle.
pub struct MemoryCache {
    pub(super) store: Arc<Store>,
    sweep: Option<AbortHandle>,
}

impl MemoryCache {
    /// A cache that holds so many entries and bytes at most.
    pub(crate) fn new(max_entries: usize, max_bytes: usize) -> Self {
        let store = Arc::new(Store::new(max_entries, max_bytes));
        let sweep = sweep::start(&store);
        Self { store, sweep }
    }

    /// How many entries it holds now, those that have outlived their time and aren't freed yet included.
    pub fn entries(&self) -> usize {
        self.store.size().0
    }

    /// How many bytes it holds now.
    pub fn bytes(&self) -> usize {
        self.store.size().1
    }
}

impl Drop for MemoryCache {
    fn drop(&mut self) {
        if let Some(sweep) = &self.sweep {
            sweep.abort();
        }
    }
}

/// The end of a time to live that begins now; none where it is too far for a clock.
fn end(now: Instant, ttl: Option<Duration>) -> Option<Instant> {
    ttl.and_then(|ttl| now.checked_add(ttl))
}

fn holds(condition: &Condition, found: Option<&Slot>) -> bool {
    match condition {
        Condition::IfAbsent => found.is_none(),
        Condition::IfPresent => found.is_some(),
        Condition::IfEquals(expected) => {
            found.is_some_and(|slot| matches!(&slot.value, Value::Text(text) if text == expected))
        }
        _ => true,
    }
}

#[async_trait]
impl CacheEngine for MemoryCache {
    fn features(&self) -> Features {
        bedplate_catalogue::MEMORY.cache.map_or(Features::NONE, |offer| offer.features)
    }

    async fn get(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>> {
        let get = |key: &String| {
            self.store.with(key, |shard, now, tick| {
                match shard.find(key, now, tick).map(|slot| &slot.value) {
                    None => Ok(None),
                    Some(Value::Text(text)) => Ok(Some(text.clone())),
                    Some(other) => Err(error::another_kind("a value", other.kind())),
                }
            })
        };
        keys.iter().map(get).collect()
    }

    async fn set(&self, key: &str, value: Bytes, options: SetOptions) -> Result<bool> {
        self.store.with(key, |shard, now, tick| {
            if !holds(&options.condition, shard.find(key, now, tick).as_deref()) {
                return Ok(false);
            }
            self.store.put(shard, key, value, end(now, options.ttl), tick)?;
            Ok(true)
        })
    }

    async fn delete(&self, key: &str, condition: Condition) -> Result<bool> {
        self.store.with(key, |shard, now, tick| {
            let found = shard.find(key, now, tick);
            let goes = found.is_some() && holds(&condition, found.as_deref());
            Ok(goes && shard.remove(key))
        })
    }

    async fn expire(&self, key: &str, ttl: Option<Duration>) -> Result<bool> {
        self.store.with(key, |shard, now, tick| {
            let is_there = shard.find(key, now, tick).is_some();
            if is_there {
                shard.expire(key, end(now, ttl));
            }
            Ok(is_there)
        })
    }

    async fn lifetime(&self, key: &str) -> Result<Lifetime> {
        self.store.with(key, |shard, now, tick| {
            Ok(match shard.find(key, now, tick).map(|slot| slot.expires()) {
                None => Lifetime::Absent,
                Some(None) => Lifetime::Forever,
                Some(Some(expires)) => Lifetime::For(expires.saturating_duration_since(now)),
            })
        })
    }

    async fn add(&self, key: &str, delta: i64, ttl: Option<Duration>) -> Result<i64> {
        self.store.with(key, |shard, now, tick| {
            let (sum, text, expires) = match shard.find(key, now, tick) {
                None => {
                    let (sum, text) = counter::add(None, delta)?;
                    (sum, text, end(now, ttl))
                }
                Some(slot) => {
                    let Value::Text(text) = &slot.value else {
                        return Err(error::another_kind("a counter", slot.value.kind()));
                    };
                    let (sum, text) = counter::add(Some(text), delta)?;
                    (sum, text, slot.expires())
                }
            };
            self.store.put(shard, key, text, expires, tick)?;
            Ok(sum)
        })
    }

    async fn scan(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Page> {
        let (keys, more) = self.store.keys(prefix, after, limit.max(1))?;
        let next = keys.last().filter(|_| more).map(|key| key.to_string());
        Ok(Page { keys: keys.iter().map(|key| key.to_string()).collect(), next })
    }

    fn hashes(&self) -> Option<&dyn Hashes> {
        Some(self)
    }

    fn lists(&self) -> Option<&dyn Lists> {
        Some(self)
    }

    fn sorted_sets(&self) -> Option<&dyn SortedSets> {
        Some(self)
    }

    async fn close(&self) {
        if let Some(sweep) = &self.sweep {
            sweep.abort();
        }
        self.store.close();
    }

    fn native(&self) -> &dyn Any {
        self
    }
}
