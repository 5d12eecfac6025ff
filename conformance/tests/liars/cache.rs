//! A cache that lies: an honest one underneath, and one thing that it does otherwise.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::cache::{
    CacheEngine, Condition, End, Features, Hashes, Lifetime, Lists, Page, SetOptions, SortedSets,
};
use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;

/// What it does otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    Nothing,
    SetsNothing,
    LivesForEver,
    DiesEarly,
    IgnoresConditions,
    LooksBeforeItSets,
    LooksBeforeItCounts,
    Wraps,
    CountsOnText,
    ProlongsCounters,
    AlwaysDeletes,
    TakesEmptyForAbsent,
    FoldsCase,
    AnswersBackwards,
    KeepsTextOnly,
    KeepsTheOldEnd,
    NeverForgetsTheEnd,
    KnowsNoEnd,
    ExpiresNothing,
    StaysOpen,
    TakesAnythingForText,
    HasNoStructures,
    LosesFields,
    PushesAtTheOtherEnd,
    PopsWithoutRemoving,
    OrdersByMember,
    ForgetsScores,
    ListsOnePage,
    ListsEverything,
}

/// A cache that lies.
pub(crate) struct Liar {
    pub(crate) inner: Arc<dyn CacheEngine>,
    pub(crate) features: Features,
    pub(crate) lie: Lie,
}

impl Liar {
    fn is(&self, lie: Lie) -> bool {
        self.lie == lie
    }

    fn key(&self, key: &str) -> String {
        if self.is(Lie::FoldsCase) { key.to_lowercase() } else { key.to_string() }
    }

    fn ttl(&self, ttl: Option<Duration>) -> Option<Duration> {
        match self.lie {
            Lie::LivesForEver => None,
            Lie::DiesEarly => ttl.map(|ttl| ttl / 3),
            _ => ttl,
        }
    }

    /// The look and the act apart, so that others come between.
    async fn look(&self, key: &str) -> Result<Option<Bytes>> {
        let found = self.inner.get(&[key.to_string()]).await?.pop().flatten();
        tokio::task::yield_now().await;
        Ok(found)
    }
}

#[async_trait]
impl CacheEngine for Liar {
    fn features(&self) -> Features {
        self.features
    }

    async fn get(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>> {
        let keys: Vec<_> = keys.iter().map(|key| self.key(key)).collect();
        let mut values = match self.inner.get(&keys).await {
            Err(error) if self.is(Lie::TakesAnythingForText) && error.kind() == ErrorKind::Conflict => {
                vec![None; keys.len()]
            }
            values => values?,
        };
        match self.lie {
            Lie::AnswersBackwards => values.reverse(),
            Lie::TakesEmptyForAbsent => {
                values.iter_mut().for_each(|value| *value = value.take().filter(|v| !v.is_empty()))
            }
            Lie::KeepsTextOnly => values.iter_mut().flatten().for_each(|value| {
                *value = Bytes::from(String::from_utf8_lossy(value).into_owned());
            }),
            _ => {}
        }
        Ok(values)
    }

    async fn set(&self, key: &str, value: Bytes, mut options: SetOptions) -> Result<bool> {
        let key = self.key(key);
        options.ttl = self.ttl(options.ttl);
        match self.lie {
            Lie::SetsNothing => return Ok(true),
            Lie::IgnoresConditions => options.condition = Condition::Always,
            Lie::KeepsTheOldEnd => {
                if let Lifetime::For(rest) = self.inner.lifetime(&key).await? {
                    options.ttl = Some(rest);
                }
            }
            Lie::LooksBeforeItSets => {
                let found = self.look(&key).await?;
                let holds = match &options.condition {
                    Condition::IfAbsent => found.is_none(),
                    Condition::IfPresent => found.is_some(),
                    Condition::IfEquals(expected) => found.as_ref() == Some(expected),
                    _ => true,
                };
                if !holds {
                    return Ok(false);
                }
                options.condition = Condition::Always;
            }
            _ => {}
        }
        self.inner.set(&key, value, options).await
    }

    async fn delete(&self, key: &str, condition: Condition) -> Result<bool> {
        let deleted = self.inner.delete(&self.key(key), condition).await?;
        Ok(deleted || self.is(Lie::AlwaysDeletes))
    }

    async fn expire(&self, key: &str, ttl: Option<Duration>) -> Result<bool> {
        match self.lie {
            Lie::ExpiresNothing => Ok(self.inner.lifetime(key).await? != Lifetime::Absent),
            Lie::NeverForgetsTheEnd if ttl.is_none() => {
                Ok(self.inner.lifetime(key).await? != Lifetime::Absent)
            }
            _ => self.inner.expire(&self.key(key), self.ttl(ttl)).await,
        }
    }

    async fn lifetime(&self, key: &str) -> Result<Lifetime> {
        match self.inner.lifetime(&self.key(key)).await? {
            Lifetime::For(_) if self.is(Lie::KnowsNoEnd) => Ok(Lifetime::Forever),
            lifetime => Ok(lifetime),
        }
    }

    async fn add(&self, key: &str, delta: i64, ttl: Option<Duration>) -> Result<i64> {
        let (key, ttl) = (self.key(key), self.ttl(ttl));
        let count = |found: Option<Bytes>| {
            let text = found.map(|found| String::from_utf8_lossy(&found).into_owned());
            text.and_then(|text| text.parse::<i64>().ok())
        };
        match self.lie {
            Lie::LooksBeforeItCounts => {
                let sum = count(self.look(&key).await?).unwrap_or(0).wrapping_add(delta);
                let mut options = SetOptions::new();
                options.ttl = ttl;
                self.inner.set(&key, Bytes::from(sum.to_string()), options).await?;
                Ok(sum)
            }
            Lie::Wraps => match self.inner.add(&key, delta, ttl).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    Ok(count(self.look(&key).await?).ok_or(error)?.wrapping_add(delta))
                }
                sum => sum,
            },
            Lie::CountsOnText => match self.inner.add(&key, delta, ttl).await {
                Err(error)
                    if error.kind() == ErrorKind::Conflict && count(self.look(&key).await?).is_none() =>
                {
                    Ok(delta)
                }
                sum => sum,
            },
            Lie::ProlongsCounters => {
                let sum = self.inner.add(&key, delta, ttl).await?;
                self.inner.expire(&key, ttl).await?;
                Ok(sum)
            }
            _ => self.inner.add(&key, delta, ttl).await,
        }
    }

    async fn scan(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Page> {
        match self.lie {
            Lie::HasNoStructures => Err(Error::unsupported("scan")),
            Lie::ListsOnePage => {
                Ok(Page { next: None, ..self.inner.scan(prefix, after, limit.min(5)).await? })
            }
            Lie::ListsEverything => self.inner.scan("", after, limit).await,
            _ => self.inner.scan(prefix, after, limit).await,
        }
    }

    fn hashes(&self) -> Option<&dyn Hashes> {
        (!self.is(Lie::HasNoStructures)).then_some(self)
    }

    fn lists(&self) -> Option<&dyn Lists> {
        (!self.is(Lie::HasNoStructures)).then_some(self)
    }

    fn sorted_sets(&self) -> Option<&dyn SortedSets> {
        (!self.is(Lie::HasNoStructures)).then_some(self)
    }

    async fn close(&self) {
        if !self.is(Lie::StaysOpen) {
            self.inner.close().await;
        }
    }

    fn native(&self) -> &dyn Any {
        self.inner.native()
    }
}

#[async_trait]
impl Hashes for Liar {
    async fn set(&self, key: &str, mut fields: Vec<(String, Bytes)>) -> Result<u64> {
        if self.is(Lie::LosesFields) {
            fields.truncate(1);
        }
        self.inner.hashes().unwrap().set(key, fields).await
    }

    async fn get(&self, key: &str, fields: &[String]) -> Result<Vec<Option<Bytes>>> {
        self.inner.hashes().unwrap().get(key, fields).await
    }

    async fn all(&self, key: &str) -> Result<Vec<(String, Bytes)>> {
        self.inner.hashes().unwrap().all(key).await
    }

    async fn remove(&self, key: &str, fields: &[String]) -> Result<u64> {
        self.inner.hashes().unwrap().remove(key, fields).await
    }
}

#[async_trait]
impl Lists for Liar {
    async fn push(&self, key: &str, end: End, values: Vec<Bytes>) -> Result<u64> {
        let end = match end {
            _ if !self.is(Lie::PushesAtTheOtherEnd) => end,
            End::Front => End::Back,
            End::Back => End::Front,
        };
        self.inner.lists().unwrap().push(key, end, values).await
    }

    async fn pop(&self, key: &str, end: End, count: usize) -> Result<Vec<Bytes>> {
        let popped = self.inner.lists().unwrap().pop(key, end, count).await?;
        if self.is(Lie::PopsWithoutRemoving) && popped.len() == 1 {
            self.inner.lists().unwrap().push(key, end, popped.clone()).await?;
        }
        Ok(popped)
    }

    async fn range(&self, key: &str, first: i64, last: i64) -> Result<Vec<Bytes>> {
        self.inner.lists().unwrap().range(key, first, last).await
    }

    async fn length(&self, key: &str) -> Result<u64> {
        self.inner.lists().unwrap().length(key).await
    }
}

#[async_trait]
impl SortedSets for Liar {
    async fn set(&self, key: &str, members: Vec<(String, f64)>) -> Result<u64> {
        self.inner.sorted_sets().unwrap().set(key, members).await
    }

    async fn add(&self, key: &str, member: &str, delta: f64) -> Result<f64> {
        if self.is(Lie::ForgetsScores) {
            self.inner.sorted_sets().unwrap().remove(key, &[member.to_string()]).await?;
        }
        self.inner.sorted_sets().unwrap().add(key, member, delta).await
    }

    async fn by_rank(&self, key: &str, first: i64, last: i64) -> Result<Vec<(String, f64)>> {
        let mut members = self.inner.sorted_sets().unwrap().by_rank(key, first, last).await?;
        if self.is(Lie::OrdersByMember) {
            members.sort_by(|one, other| one.0.cmp(&other.0));
        }
        Ok(members)
    }

    async fn by_score(&self, key: &str, low: f64, high: f64, limit: usize) -> Result<Vec<(String, f64)>> {
        self.inner.sorted_sets().unwrap().by_score(key, low, high, limit).await
    }

    async fn remove(&self, key: &str, members: &[String]) -> Result<u64> {
        self.inner.sorted_sets().unwrap().remove(key, members).await
    }
}
