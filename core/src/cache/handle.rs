//! What services hold: a cache, or one service's namespace of it.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::contract::{CacheEngine, Hashes, Lists, SortedSets};
use super::types::{Condition, End, Features, Lifetime, Page, SetOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::features::within;
use crate::guard::{Guard, GuardOptions};

/// A cache. Cloning it is cheap and shares everything.
#[derive(Clone)]
pub struct Cache {
    engine: Arc<dyn CacheEngine>,
    features: Features,
    guard: Guard,
    namespace: Arc<str>,
    loads: Arc<Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>>,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Cache").field(&self.guard.engine()).field(&self.namespace).finish()
    }
}

impl Cache {
    /// A handle over an engine; `name` is the engine's.
    pub fn new(name: &'static str, engine: Arc<dyn CacheEngine>, options: GuardOptions) -> Self {
        Self {
            features: engine.features(),
            engine,
            guard: Guard::new(name, options),
            namespace: Arc::from(""),
            loads: Arc::default(),
        }
    }

    /// The same cache, in which every key begins with this namespace and a colon, within the namespace that this handle has already.
    #[must_use]
    pub fn namespaced(&self, namespace: &str) -> Self {
        Self { namespace: Arc::from(format!("{}{namespace}:", self.namespace)), ..self.clone() }
    }

    /// The same cache, whose calls have other time limits and retries.
    #[must_use]
    pub fn guarded(&self, options: GuardOptions) -> Self {
        Self { guard: Guard::new(self.guard.engine(), options), ..self.clone() }
    }

    /// What the engine promises.
    pub fn features(&self) -> Features {
        self.features
    }

    /// The value of a key.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        Ok(self.get_many(&[key]).await?.pop().flatten())
    }

    /// The values of some keys, in the order of the keys.
    pub async fn get_many(&self, keys: &[&str]) -> Result<Vec<Option<Bytes>>> {
        let keys = keys.iter().map(|key| self.key("cache.get", key)).collect::<Result<Vec<_>>>()?;
        self.guard.repeat("cache.get", || keys.join(" "), || self.engine.get(&keys)).await
    }

    /// Sets a value.
    pub async fn set(&self, key: &str, value: impl Into<Bytes>, ttl: Option<Duration>) -> Result<()> {
        let options = SetOptions { ttl, ..SetOptions::default() };
        self.set_with(key, value, options).await.map(drop)
    }

    /// Sets a value where a condition holds, and tells whether it did.
    pub async fn set_with(&self, key: &str, value: impl Into<Bytes>, options: SetOptions) -> Result<bool> {
        let (key, value) = (self.key("cache.set", key)?, value.into());
        self.check_value("cache.set", &value)?;
        self.check_ttl("cache.set", options.ttl)?;
        self.guard.once("cache.set", || key.clone(), self.engine.set(&key, value, options)).await
    }

    /// Reads a value that [`set_json`](Self::set_json) wrote.
    pub async fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let Some(value) = self.get(key).await? else { return Ok(None) };
        let read = serde_json::from_slice(&value).map(Some);
        read.map_err(|why| {
            let message = format!("the value is not a `{}` in JSON", std::any::type_name::<T>());
            Error::new(ErrorKind::Corrupt, message)
                .with_source(why)
                .with_subject(key)
                .at(self.guard.engine(), "cache.get")
        })
    }

    /// Sets a value as JSON.
    pub async fn set_json<T: Serialize + ?Sized>(
        &self,
        key: &str,
        value: &T,
        ttl: Option<Duration>,
    ) -> Result<()> {
        let json = serde_json::to_vec(value).map_err(|why| {
            Error::invalid("the value can't be written as JSON").with_source(why).with_subject(key)
        })?;
        self.set(key, json, ttl).await
    }

    /// The value of a key, or what `load` returns, which is then set. However many of this process ask at the same time, one loads and
    /// the others wait for it. A failure of the cache never keeps the value from the caller; a failure of `load` is the caller's.
    pub async fn get_or_load<F>(&self, key: &str, ttl: Duration, load: impl FnOnce() -> F) -> Result<Bytes>
    where
        F: Future<Output = Result<Bytes>>,
    {
        self.load_once(key, ttl, |value| Some(value.clone()), |value| Ok(value.clone()), load).await
    }

    /// [`get_or_load`](Self::get_or_load) for a value that is kept as JSON. One that can't be read as a `T` any more, because a release
    /// before this one wrote it, is loaded anew.
    ///
    /// ```
    /// # async fn example(cache: bedplate_core::cache::Cache, sql: bedplate_core::sql::Sql) -> bedplate_core::Result<()> {
    /// use std::time::Duration;
    /// let total: i64 = cache
    ///     .get_or_load_json("orders:count", Duration::from_secs(60), || async {
    ///         sql.query("select count(*) from orders").fetch_one().await
    ///     })
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub async fn get_or_load_json<T, F>(
        &self,
        key: &str,
        ttl: Duration,
        load: impl FnOnce() -> F,
    ) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        F: Future<Output = Result<T>>,
    {
        let read = |value: &Bytes| serde_json::from_slice(value).ok();
        let write = |value: &T| {
            let json = serde_json::to_vec(value).map(Bytes::from);
            json.map_err(|why| Error::invalid("the value can't be written as JSON").with_source(why))
        };
        self.load_once(key, ttl, read, write, load).await
    }

    async fn load_once<T, F>(
        &self,
        key: &str,
        ttl: Duration,
        read: fn(&Bytes) -> Option<T>,
        write: fn(&T) -> Result<Bytes>,
        load: impl FnOnce() -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let found = self.get(key).await;
        // A cache that fails isn't asked again: it may hang, and everybody who wants the value would wait for that one after another.
        let works = found.is_ok();
        if let Some(value) = found.ok().flatten().as_ref().and_then(read) {
            return Ok(value);
        }
        let turn = self.turn(key);
        let _turn = turn.lock().await;
        if works && let Some(value) = self.get(key).await.ok().flatten().as_ref().and_then(read) {
            return Ok(value);
        }
        let value = load().await?;
        if !works {
            return Ok(value);
        }
        let kept = match write(&value) {
            Ok(bytes) => self.set(key, bytes, Some(ttl)).await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            tracing::warn!(engine = self.guard.engine(), key, %error, "a loaded value could not be cached");
        }
        Ok(value)
    }

    /// The lock by which one of this process loads a key at a time. Those that nobody holds are forgotten.
    fn turn(&self, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        // Handles of one namespace share their keys, however often it was asked for.
        let key = format!("{}{key}", self.namespace);
        let mut loads = self.loads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = loads.get(&key).and_then(Weak::upgrade) {
            return turn;
        }
        if loads.len() >= 1_024 {
            loads.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::new(tokio::sync::Mutex::new(()));
        loads.insert(key, Arc::downgrade(&turn));
        turn
    }

    /// Deletes a key and tells whether it was there.
    pub async fn delete(&self, key: &str) -> Result<bool> {
        self.delete_with(key, Condition::Always).await
    }

    /// Deletes a key where a condition holds, and tells whether it was there and it did.
    pub async fn delete_with(&self, key: &str, condition: Condition) -> Result<bool> {
        let key = self.key("cache.delete", key)?;
        self.guard.once("cache.delete", || key.clone(), self.engine.delete(&key, condition)).await
    }

    /// Whether a key is there.
    pub async fn exists(&self, key: &str) -> Result<bool> {
        Ok(self.lifetime(key).await? != Lifetime::Absent)
    }

    /// Gives a key a new time to live (`None`: for ever), and tells whether it is there.
    pub async fn expire(&self, key: &str, ttl: Option<Duration>) -> Result<bool> {
        let key = self.key("cache.expire", key)?;
        self.check_ttl("cache.expire", ttl)?;
        self.guard.repeat("cache.expire", || key.clone(), || self.engine.expire(&key, ttl)).await
    }

    /// How long a key will live.
    pub async fn lifetime(&self, key: &str) -> Result<Lifetime> {
        let key = self.key("cache.lifetime", key)?;
        self.guard.repeat("cache.lifetime", || key.clone(), || self.engine.lifetime(&key)).await
    }

    /// Adds to a counter, which begins at 0 and then gets this time to live, and returns the sum.
    pub async fn add(&self, key: &str, delta: i64, ttl: Option<Duration>) -> Result<i64> {
        let key = self.key("cache.add", key)?;
        self.check_ttl("cache.add", ttl)?;
        self.guard.once("cache.add", || key.clone(), self.engine.add(&key, delta, ttl)).await
    }

    /// Some of the keys with a prefix, without the namespace. `after` is the `next` of the page before.
    pub async fn scan(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Page> {
        self.promised("cache.scan", "scan", self.features.scan.is_kept())?;
        let (prefix, limit) = (format!("{}{prefix}", self.namespace), limit.clamp(1, 10_000));
        let mut page = self
            .guard
            .repeat("cache.scan", || prefix.clone(), || self.engine.scan(&prefix, after, limit))
            .await?;
        for key in &mut page.keys {
            key.drain(..self.namespace.len().min(key.len()));
        }
        Ok(page)
    }

    /// Sets fields of a map and tells how many of them are new.
    pub async fn hash_set(&self, key: &str, fields: Vec<(String, Bytes)>) -> Result<u64> {
        let key = self.key("cache.hash_set", key)?;
        fields.iter().try_for_each(|(_, value)| self.check_value("cache.hash_set", value))?;
        self.guard
            .once("cache.hash_set", || key.clone(), self.hashes("cache.hash_set")?.set(&key, fields))
            .await
    }

    /// The value of a field of a map.
    pub async fn hash_get(&self, key: &str, field: &str) -> Result<Option<Bytes>> {
        let (key, fields) = (self.key("cache.hash_get", key)?, [field.to_string()]);
        let hashes = self.hashes("cache.hash_get")?;
        let mut values =
            self.guard.repeat("cache.hash_get", || key.clone(), || hashes.get(&key, &fields)).await?;
        Ok(values.pop().flatten())
    }

    /// All fields of a map, ordered by name.
    pub async fn hash_all(&self, key: &str) -> Result<Vec<(String, Bytes)>> {
        let key = self.key("cache.hash_all", key)?;
        let hashes = self.hashes("cache.hash_all")?;
        self.guard.repeat("cache.hash_all", || key.clone(), || hashes.all(&key)).await
    }

    /// Removes fields of a map and tells how many of them were there.
    pub async fn hash_remove(&self, key: &str, fields: &[String]) -> Result<u64> {
        let key = self.key("cache.hash_remove", key)?;
        let hashes = self.hashes("cache.hash_remove")?;
        self.guard.once("cache.hash_remove", || key.clone(), hashes.remove(&key, fields)).await
    }

    /// Pushes values at one end of a list, one after another, and returns its length.
    pub async fn list_push(&self, key: &str, end: End, values: Vec<Bytes>) -> Result<u64> {
        let key = self.key("cache.list_push", key)?;
        values.iter().try_for_each(|value| self.check_value("cache.list_push", value))?;
        self.guard
            .once("cache.list_push", || key.clone(), self.lists("cache.list_push")?.push(&key, end, values))
            .await
    }

    /// Takes up to so many values from one end of a list.
    pub async fn list_pop(&self, key: &str, end: End, count: usize) -> Result<Vec<Bytes>> {
        let key = self.key("cache.list_pop", key)?;
        self.guard
            .once("cache.list_pop", || key.clone(), self.lists("cache.list_pop")?.pop(&key, end, count))
            .await
    }

    /// The values of a list from one position to another, both included; negative ones count from the back.
    pub async fn list_range(&self, key: &str, first: i64, last: i64) -> Result<Vec<Bytes>> {
        let key = self.key("cache.list_range", key)?;
        let lists = self.lists("cache.list_range")?;
        self.guard.repeat("cache.list_range", || key.clone(), || lists.range(&key, first, last)).await
    }

    /// How many values a list has.
    pub async fn list_length(&self, key: &str) -> Result<u64> {
        let key = self.key("cache.list_length", key)?;
        let lists = self.lists("cache.list_length")?;
        self.guard.repeat("cache.list_length", || key.clone(), || lists.length(&key)).await
    }

    /// Sets members' scores in a sorted set and tells how many of the members are new.
    pub async fn sorted_set(&self, key: &str, members: Vec<(String, f64)>) -> Result<u64> {
        let key = self.key("cache.sorted_set", key)?;
        members.iter().try_for_each(|(_, score)| self.check_score("cache.sorted_set", *score))?;
        let sets = self.sorted_sets("cache.sorted_set")?;
        self.guard.once("cache.sorted_set", || key.clone(), sets.set(&key, members)).await
    }

    /// Adds to a member's score, which begins at 0, and returns the sum.
    pub async fn sorted_add(&self, key: &str, member: &str, delta: f64) -> Result<f64> {
        let key = self.key("cache.sorted_add", key)?;
        self.check_score("cache.sorted_add", delta)?;
        let sets = self.sorted_sets("cache.sorted_add")?;
        self.guard.once("cache.sorted_add", || key.clone(), sets.add(&key, member, delta)).await
    }

    /// The members from one rank to another, both included; negative ranks count from the highest score.
    pub async fn sorted_by_rank(&self, key: &str, first: i64, last: i64) -> Result<Vec<(String, f64)>> {
        let key = self.key("cache.sorted_by_rank", key)?;
        let sets = self.sorted_sets("cache.sorted_by_rank")?;
        self.guard.repeat("cache.sorted_by_rank", || key.clone(), || sets.by_rank(&key, first, last)).await
    }

    /// The members with a score from `low` to `high`, both included, at most so many.
    pub async fn sorted_by_score(
        &self,
        key: &str,
        low: f64,
        high: f64,
        limit: usize,
    ) -> Result<Vec<(String, f64)>> {
        let key = self.key("cache.sorted_by_score", key)?;
        [low, high].into_iter().try_for_each(|score| self.check_score("cache.sorted_by_score", score))?;
        let sets = self.sorted_sets("cache.sorted_by_score")?;
        self.guard
            .repeat("cache.sorted_by_score", || key.clone(), || sets.by_score(&key, low, high, limit))
            .await
    }

    /// Removes members of a sorted set and tells how many of them were there.
    pub async fn sorted_remove(&self, key: &str, members: &[String]) -> Result<u64> {
        let key = self.key("cache.sorted_remove", key)?;
        let sets = self.sorted_sets("cache.sorted_remove")?;
        self.guard.once("cache.sorted_remove", || key.clone(), sets.remove(&key, members)).await
    }

    /// Whether the cache answers: a value set, read and deleted.
    pub async fn ping(&self) -> Result<()> {
        let key = format!("bedplate-ping-{}", uuid::Uuid::new_v4());
        self.set(&key, "pong", Some(Duration::from_secs(60))).await?;
        let value = self.get(&key).await?;
        self.delete(&key).await?;
        match value.as_deref() {
            Some(b"pong") => Ok(()),
            _ => Err(Error::new(ErrorKind::Unavailable, "a value that was just set could not be read")),
        }
    }

    /// Closes every connection of every clone.
    pub async fn close(&self) {
        self.engine.close().await;
    }

    /// The client underneath, where it is a `T`.
    pub fn native<T: Any>(&self) -> Option<&T> {
        self.engine.native().downcast_ref()
    }

    fn hashes(&self, op: &'static str) -> Result<&dyn Hashes> {
        self.promised(op, "hashes", self.features.hashes.is_kept())?;
        self.engine.hashes().ok_or_else(|| self.broken(op, "hashes"))
    }

    fn lists(&self, op: &'static str) -> Result<&dyn Lists> {
        self.promised(op, "lists", self.features.lists.is_kept())?;
        self.engine.lists().ok_or_else(|| self.broken(op, "lists"))
    }

    fn sorted_sets(&self, op: &'static str) -> Result<&dyn SortedSets> {
        self.promised(op, "sorted sets", self.features.sorted_sets.is_kept())?;
        self.engine.sorted_sets().ok_or_else(|| self.broken(op, "sorted sets"))
    }

    fn promised(&self, op: &'static str, what: &str, kept: bool) -> Result<()> {
        if kept { Ok(()) } else { Err(Error::unsupported(what).at(self.guard.engine(), op)) }
    }

    fn broken(&self, op: &'static str, what: &str) -> Error {
        Error::new(ErrorKind::Internal, format!("the engine promises {what} and has none"))
            .at(self.guard.engine(), op)
    }

    fn key(&self, op: &'static str, key: &str) -> Result<String> {
        let engine = self.guard.engine();
        if key.is_empty() {
            return Err(Error::invalid("a key may not be empty").at(engine, op));
        }
        if let Some(odd) = key.chars().find(|c| c.is_control() || c.is_whitespace()) {
            // Protocols of lines and words can't carry them.
            return Err(Error::invalid(format!("a key may not contain {odd:?}")).at(engine, op));
        }
        let full = format!("{}{key}", self.namespace);
        within(
            full.len() as u64,
            self.features.max_key_bytes,
            "the key's bytes with its namespace",
            "max-key-bytes",
        )
        .map(|()| full)
        .map_err(|error| error.at(engine, op))
    }

    fn check_value(&self, op: &'static str, value: &Bytes) -> Result<()> {
        within(value.len() as u64, self.features.max_value_bytes, "the value's bytes", "max-value-bytes")
            .map_err(|error| error.at(self.guard.engine(), op))
    }

    fn check_ttl(&self, op: &'static str, ttl: Option<Duration>) -> Result<()> {
        match ttl {
            Some(ttl) if ttl < Duration::from_millis(1) => {
                Err(Error::invalid("a time to live is a millisecond at least").at(self.guard.engine(), op))
            }
            _ => Ok(()),
        }
    }

    fn check_score(&self, op: &'static str, score: f64) -> Result<()> {
        if score.is_nan() {
            Err(Error::invalid("a score may not be NaN").at(self.guard.engine(), op))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
