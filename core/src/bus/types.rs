//! The values that cross the bus contract.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pattern::{Pattern, Topic};

crate::features! {
    /// What a bus engine may or may not promise.
    pub struct Features {
        promises {
            /// A publish that returned survives the loss of every process.
            durable,
            /// Messages with one key are handled one after another, in the order of their publication.
            key_order,
            /// A message can be held back until a time.
            delay,
            /// A new group can start in the past: at the earliest message or at a time.
            replay,
            /// A subscription without a group gets every message, each of its subscribers.
            broadcast,
        }
        limits {
            /// Bytes in one message's payload.
            max_message_bytes,
            /// Seconds for which a message can be held back.
            max_delay_seconds,
        }
    }
}

/// A message: CloudEvents attributes, a key, headers and a payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// Its identity, the same on every redelivery; ordered by time of creation.
    pub id: Uuid,
    /// The topic on which it is published.
    pub topic: Topic,
    /// What its order is kept by; messages without a key have none.
    pub key: Option<String>,
    /// When it was created.
    pub time: Timestamp,
    /// Who published it.
    pub source: Option<String>,
    /// The payload's media type.
    pub content_type: String,
    /// Anything else, trace context included. Names are lower case; `ce-` and `bedplate-` are taken.
    pub headers: BTreeMap<String, String>,
    /// The earliest time at which it is delivered; needs the promise `delay`.
    pub not_before: Option<Timestamp>,
    /// What it says.
    pub payload: Bytes,
}

impl Message {
    /// A message of bytes.
    pub fn new(topic: Topic, payload: impl Into<Bytes>) -> Self {
        Self {
            id: Uuid::now_v7(),
            topic,
            key: None,
            time: Timestamp::now(),
            source: None,
            content_type: "application/octet-stream".into(),
            headers: BTreeMap::new(),
            not_before: None,
            payload: payload.into(),
        }
    }

    /// What its order is kept by.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// The payload's media type.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// Who publishes it.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// It is held back until this time.
    #[must_use]
    pub fn not_before(mut self, time: Timestamp) -> Self {
        self.not_before = Some(time);
        self
    }
}

/// Where a new group starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Start {
    /// With what is published from now on.
    #[default]
    Now,
    /// With the earliest message that is still there; needs the promise `replay`.
    Earliest,
    /// With the first message that was published at this time or later; needs the promise `replay`.
    At(Timestamp),
}

/// What a group gets and how it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscription {
    /// The group; `None` is a broadcast to each subscriber and needs the promise `broadcast`.
    pub group: Option<String>,
    /// Which topics it gets.
    pub patterns: Vec<Pattern>,
    /// Where the group starts when it is new.
    pub start: Start,
    /// How often a message is delivered before it is dead. Every delivery counts, those that a subscriber returns when it ends included.
    pub max_attempts: u32,
    /// How long a delivery may stay unsettled before it is delivered again.
    pub delivery_timeout: Duration,
    /// How many deliveries one subscriber may hold unsettled.
    pub prefetch: usize,
    /// Messages with one key are handled in order; needs the promise `key-order`.
    pub key_order: bool,
}

impl Subscription {
    /// A group's subscription.
    pub fn group(group: impl Into<String>, patterns: impl IntoIterator<Item = Pattern>) -> Self {
        Self {
            group: Some(group.into()),
            patterns: patterns.into_iter().collect(),
            start: Start::Now,
            max_attempts: 5,
            delivery_timeout: Duration::from_secs(30),
            prefetch: 16,
            key_order: false,
        }
    }

    /// A subscription whose every subscriber gets every message.
    pub fn broadcast(patterns: impl IntoIterator<Item = Pattern>) -> Self {
        Self { group: None, ..Self::group("", patterns) }
    }

    /// Where the group starts when it is new.
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// How often a message is delivered before it is dead; at least once.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// How long a delivery may stay unsettled before it is delivered again.
    #[must_use]
    pub fn delivery_timeout(mut self, timeout: Duration) -> Self {
        self.delivery_timeout = timeout;
        self
    }

    /// How many deliveries one subscriber may hold unsettled; at least one.
    #[must_use]
    pub fn prefetch(mut self, prefetch: usize) -> Self {
        self.prefetch = prefetch.max(1);
        self
    }

    /// Messages with one key are handled one after another, in order.
    #[must_use]
    pub fn key_order(mut self) -> Self {
        self.key_order = true;
        self
    }
}

/// What an engine settles a delivery by. Only the engine that made it can read it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token(pub String);

/// A message as an engine delivers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The message.
    pub message: Message,
    /// Which attempt this is; the first is 1.
    pub attempt: u32,
    /// What it is settled by.
    pub token: Token,
}

/// How a delivery ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It was handled.
    Done,
    /// It is to be delivered again, not before this time has passed. After the last attempt it is dead.
    Retry {
        /// How long to wait at least.
        after: Duration,
        /// Why, for the dead letter that it may become.
        reason: String,
    },
    /// It is dead at once.
    Dead {
        /// Why.
        reason: String,
    },
}

/// A message that a group could not handle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its identity among the dead letters of its group.
    pub id: String,
    /// The message as it was published.
    pub message: Message,
    /// Why it died.
    pub reason: String,
    /// How often it was delivered.
    pub attempts: u32,
    /// When it died.
    pub died_at: Timestamp,
}

/// Some dead letters, the oldest first, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeadPage {
    /// The dead letters.
    pub letters: Vec<DeadLetter>,
    /// What to pass for the next page; `None` after the last one.
    pub next: Option<String>,
}

/// How much a group has before it. Engines count at their own pace: a count may be some seconds old, and is exact once all is quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Backlog {
    /// Messages that wait for a subscriber, or for an earlier one of their key.
    pub ready: u64,
    /// Messages that are held back: delayed, or waiting for a retry.
    pub held: u64,
    /// Deliveries that aren't settled. An engine that can't tell the wait for a retry from a delivery counts it here.
    pub in_flight: u64,
    /// Dead letters.
    pub dead: u64,
}
