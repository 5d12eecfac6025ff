//! What a cache engine implements.

use std::any::Any;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::types::{Condition, End, Features, Lifetime, Page, SetOptions};
use crate::error::{Error, Result};

/// A cache engine. Everything that can be written once is in [`Cache`](super::Cache), not here.
///
/// Structures are contracts of their own, because a cache like Memcached has none of them: the engine returns `Some` where its
/// features promise the structure. Asking for a value of another kind under a key is `Conflict`.
#[async_trait]
pub trait CacheEngine: Send + Sync + 'static {
    /// What it promises. The same as its descriptor says, unless the server that answered can do less.
    fn features(&self) -> Features;

    /// The values of some keys, in the order of the keys. `Conflict` where one of them holds another kind.
    async fn get(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>>;

    /// Sets a value, whatever kind was there, with a new time to live, and tells whether the condition held. If not, nothing changed.
    async fn set(&self, key: &str, value: Bytes, options: SetOptions) -> Result<bool>;

    /// Deletes a key of any kind and tells whether it was there and the condition held.
    async fn delete(&self, key: &str, condition: Condition) -> Result<bool>;

    /// Gives a key a new time to live (`None`: for ever), and tells whether it is there.
    async fn expire(&self, key: &str, ttl: Option<Duration>) -> Result<bool>;

    /// How long a key will live.
    async fn lifetime(&self, key: &str) -> Result<Lifetime>;

    /// Adds to a counter, which begins at 0 and then gets this time to live, and returns the sum. The value reads as decimal
    /// text. A value that is no whole number is `Conflict`, and so is a sum beyond 64 bits.
    async fn add(&self, key: &str, delta: i64, ttl: Option<Duration>) -> Result<i64>;

    /// Some of the keys with a prefix. `after` is the `next` of the page before.
    async fn scan(&self, _prefix: &str, _after: Option<&str>, _limit: usize) -> Result<Page> {
        Err(Error::unsupported("scan"))
    }

    /// Maps of fields.
    fn hashes(&self) -> Option<&dyn Hashes> {
        None
    }

    /// Lists.
    fn lists(&self) -> Option<&dyn Lists> {
        None
    }

    /// Sets ordered by a score.
    fn sorted_sets(&self) -> Option<&dyn SortedSets> {
        None
    }

    /// Closes every connection. Whoever calls afterwards gets `Unavailable`.
    async fn close(&self);

    /// The client underneath.
    fn native(&self) -> &dyn Any;
}

/// Values that are maps of fields. An empty map does not exist.
#[async_trait]
pub trait Hashes: Send + Sync {
    /// Sets fields and tells how many of them are new.
    async fn set(&self, key: &str, fields: Vec<(String, Bytes)>) -> Result<u64>;

    /// The values of some fields, in the order of the fields.
    async fn get(&self, key: &str, fields: &[String]) -> Result<Vec<Option<Bytes>>>;

    /// All fields, ordered by name.
    async fn all(&self, key: &str) -> Result<Vec<(String, Bytes)>>;

    /// Removes fields and tells how many of them were there.
    async fn remove(&self, key: &str, fields: &[String]) -> Result<u64>;
}

/// Values that are lists. An empty list does not exist.
#[async_trait]
pub trait Lists: Send + Sync {
    /// Pushes values at one end, one after another, and returns the length.
    async fn push(&self, key: &str, end: End, values: Vec<Bytes>) -> Result<u64>;

    /// Takes up to so many values from one end.
    async fn pop(&self, key: &str, end: End, count: usize) -> Result<Vec<Bytes>>;

    /// The values from one position to another, both included; negative ones count from the back.
    async fn range(&self, key: &str, first: i64, last: i64) -> Result<Vec<Bytes>>;

    /// How many values there are.
    async fn length(&self, key: &str) -> Result<u64>;
}

/// Values that are sets ordered by a score, then by the member's bytes. An empty set does not exist. A score is never NaN.
#[async_trait]
pub trait SortedSets: Send + Sync {
    /// Sets members' scores and tells how many of the members are new.
    async fn set(&self, key: &str, members: Vec<(String, f64)>) -> Result<u64>;

    /// Adds to a member's score, which begins at 0, and returns the sum.
    async fn add(&self, key: &str, member: &str, delta: f64) -> Result<f64>;

    /// The members from one rank to another, both included; negative ranks count from the highest score.
    async fn by_rank(&self, key: &str, first: i64, last: i64) -> Result<Vec<(String, f64)>>;

    /// The members with a score from `low` to `high`, both included, at most so many.
    async fn by_score(&self, key: &str, low: f64, high: f64, limit: usize) -> Result<Vec<(String, f64)>>;

    /// Removes members and tells how many of them were there.
    async fn remove(&self, key: &str, members: &[String]) -> Result<u64>;
}
