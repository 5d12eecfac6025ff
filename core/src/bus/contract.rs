//! What a bus engine implements.

use std::any::Any;
use std::time::Duration;

use async_trait::async_trait;

use super::pattern::Topic;
use super::types::{Backlog, DeadPage, Features, Message, Received, Settlement, Subscription, Token};
use crate::error::Result;

/// A bus engine. Everything that can be written once is in [`Bus`](super::Bus), not here.
#[async_trait]
pub trait BusEngine: Send + Sync + 'static {
    /// What it promises. The same as its descriptor says, unless the server that answered can do less.
    fn features(&self) -> Features;

    /// Makes topics known. Declaring one again changes nothing.
    async fn declare_topics(&self, topics: &[Topic]) -> Result<()>;

    /// Makes a group known; from now on it gets what matches. Declaring it again with other patterns changes them from now on; its
    /// backlog stays.
    async fn declare_group(&self, subscription: &Subscription) -> Result<()>;

    /// Forgets a group with its backlog and its dead letters. One that isn't there is no error.
    async fn remove_group(&self, group: &str) -> Result<()>;

    /// The groups that are known, ordered by name.
    async fn groups(&self) -> Result<Vec<String>>;

    /// Publishes messages in their order and answers for each of them, in the same order.
    async fn publish(&self, messages: Vec<Message>) -> Vec<Result<()>>;

    /// Begins to consume. A group that isn't known is declared first; one that is stays as it was declared.
    async fn subscribe(&self, subscription: &Subscription) -> Result<Box<dyn BusConsumer>>;

    /// How much a group has before it. `NotFound` where the group isn't known.
    async fn backlog(&self, group: &str) -> Result<Backlog>;

    /// Some of a group's dead letters, those that died first before the others. `after` is the `next` of the page before. `NotFound` where the
    /// group isn't known, here and in the two calls below.
    async fn dead_letters(&self, group: &str, after: Option<&str>, limit: usize) -> Result<DeadPage>;

    /// Sends dead letters back to their group, and to no other, as new messages with no attempts, each in the given form where there is
    /// one, and tells how many there were. An identity that isn't there is passed over.
    async fn redrive(&self, group: &str, letters: Vec<(String, Option<Message>)>) -> Result<u64>;

    /// Forgets dead letters and tells how many there were.
    async fn discard(&self, group: &str, ids: &[String]) -> Result<u64>;

    /// Closes every connection. Whoever calls afterwards gets `Unavailable`.
    async fn close(&self);

    /// The client underneath.
    fn native(&self) -> &dyn Any;
}

/// One member of a group. Dropping it, or closing it, returns what it holds to the group; each of those deliveries was an attempt.
///
/// A member whose group was removed gets `NotFound`, one that waits in `receive` at once.
#[async_trait]
pub trait BusConsumer: Send + Sync {
    /// Waits until there is a message, but no longer than `wait`, and returns up to `max` of them; none when the time has passed. It never
    /// holds more than the subscription's prefetch. A call that is dropped halfway loses nothing.
    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Received>>;

    /// Ends a delivery. One that is settled already, was returned, or has timed out in between is `Conflict`: the message belongs to
    /// somebody else. So it is in `extend`.
    async fn settle(&self, token: &Token, how: Settlement) -> Result<()>;

    /// Gives a delivery the subscription's delivery timeout once more, from now.
    async fn extend(&self, token: &Token) -> Result<()>;

    /// Returns what it holds to the group at once.
    async fn close(&self) -> Result<()>;
}
