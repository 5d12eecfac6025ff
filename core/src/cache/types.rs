//! The values that cross the cache contract.

use std::time::Duration;

use bytes::Bytes;

crate::features! {
    /// What a cache engine may or may not promise.
    pub struct Features {
        promises {
            /// A value can be a map of fields that are set and read one by one.
            hashes,
            /// A value can be a list that is pushed and popped at both ends.
            lists,
            /// A value can be a set whose members are ordered by a score.
            sorted_sets,
            /// Keys can be listed by their prefix.
            scan,
        }
        limits {
            /// Bytes in one key, its namespace included.
            max_key_bytes,
            /// Bytes in one value.
            max_value_bytes,
        }
    }
}

/// When a value is written or a key deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Condition {
    /// In any case.
    #[default]
    Always,
    /// Only while there is no value.
    IfAbsent,
    /// Only while there is a value.
    IfPresent,
    /// Only while the value is this one.
    IfEquals(Bytes),
}

/// How a value is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SetOptions {
    /// How long it lives; `None` is for ever.
    pub ttl: Option<Duration>,
    /// When it is written at all.
    pub condition: Condition,
}

impl SetOptions {
    /// Written in any case, and kept for ever.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long it lives.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// When it is written at all.
    #[must_use]
    pub fn condition(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }
}

/// How long a key will live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// There is no such key.
    Absent,
    /// For ever.
    Forever,
    /// For this long from now.
    For(Duration),
}

/// An end of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// The first element's.
    Front,
    /// The last element's.
    Back,
}

/// Some of the keys with a prefix, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The keys, in no order. A key that is there throughout a whole scan is listed at least once.
    pub keys: Vec<String>,
    /// What to pass for the next page; `None` after the last one.
    pub next: Option<String>,
}
