//! The contracts of maps, lists and sorted sets over the store.

use async_trait::async_trait;
use bedplate_core::cache::{End, Hashes, Lists, SortedSets};
use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;

use super::engine::MemoryCache;
use super::hash::Hash;
use super::kind::ELEMENT_BYTES;
use super::list::List;
use super::sorted::Sorted;

#[async_trait]
impl Hashes for MemoryCache {
    async fn set(&self, key: &str, fields: Vec<(String, Bytes)>) -> Result<u64> {
        let growth = fields.iter().map(|(field, value)| field.len() + value.len() + ELEMENT_BYTES).sum();
        self.store.change(key, growth, |hash: &mut Hash| {
            Ok(fields.into_iter().map(|(field, value)| u64::from(hash.set(field, value))).sum())
        })
    }

    async fn get(&self, key: &str, fields: &[String]) -> Result<Vec<Option<Bytes>>> {
        self.store.read(key, |hash: &Hash| fields.iter().map(|field| hash.get(field)).collect())
    }

    async fn all(&self, key: &str) -> Result<Vec<(String, Bytes)>> {
        self.store.read(key, Hash::all)
    }

    async fn remove(&self, key: &str, fields: &[String]) -> Result<u64> {
        self.store.change(key, 0, |hash: &mut Hash| {
            Ok(fields.iter().map(|field| u64::from(hash.remove(field))).sum())
        })
    }
}

#[async_trait]
impl Lists for MemoryCache {
    async fn push(&self, key: &str, end: End, values: Vec<Bytes>) -> Result<u64> {
        let growth = values.iter().map(|value| value.len() + ELEMENT_BYTES).sum();
        self.store.change(key, growth, |list: &mut List| {
            values.into_iter().for_each(|value| list.push(end, value));
            Ok(list.len() as u64)
        })
    }

    async fn pop(&self, key: &str, end: End, count: usize) -> Result<Vec<Bytes>> {
        self.store
            .change(key, 0, |list: &mut List| Ok(std::iter::from_fn(|| list.pop(end)).take(count).collect()))
    }

    async fn range(&self, key: &str, first: i64, last: i64) -> Result<Vec<Bytes>> {
        self.store.read(key, |list: &List| list.range(first, last))
    }

    async fn length(&self, key: &str) -> Result<u64> {
        self.store.read(key, |list: &List| list.len() as u64)
    }
}

#[async_trait]
impl SortedSets for MemoryCache {
    async fn set(&self, key: &str, members: Vec<(String, f64)>) -> Result<u64> {
        if members.iter().any(|(_, score)| score.is_nan()) {
            return Err(Error::invalid("a score may not be NaN"));
        }
        let growth = members.iter().map(|(member, _)| member.len() + ELEMENT_BYTES).sum();
        self.store.change(key, growth, |sorted: &mut Sorted| {
            Ok(members.iter().map(|(member, score)| u64::from(sorted.set(member, *score))).sum())
        })
    }

    async fn add(&self, key: &str, member: &str, delta: f64) -> Result<f64> {
        self.store.change(key, member.len() + ELEMENT_BYTES, |sorted: &mut Sorted| {
            let sum = sorted.score(member).unwrap_or(0.0) + delta;
            if sum.is_nan() {
                return Err(Error::new(ErrorKind::Conflict, "the sum of the two scores is no number"));
            }
            sorted.set(member, sum);
            Ok(sum)
        })
    }

    async fn by_rank(&self, key: &str, first: i64, last: i64) -> Result<Vec<(String, f64)>> {
        self.store.read(key, |sorted: &Sorted| sorted.by_rank(first, last))
    }

    async fn by_score(&self, key: &str, low: f64, high: f64, limit: usize) -> Result<Vec<(String, f64)>> {
        self.store.read(key, |sorted: &Sorted| sorted.by_score(low, high, limit))
    }

    async fn remove(&self, key: &str, members: &[String]) -> Result<u64> {
        self.store.change(key, 0, |sorted: &mut Sorted| {
            Ok(members.iter().map(|member| u64::from(sorted.remove(member))).sum())
        })
    }
}
