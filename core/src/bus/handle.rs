//! What services hold: a bus, its subscribers and their deliveries.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::contract::{BusConsumer, BusEngine};
use super::pattern::Topic;
use super::types::{Backlog, DeadPage, Features, Message, Received, Settlement, Start, Subscription, Token};
use crate::error::{Error, ErrorKind, Result};
use crate::features::within;
use crate::guard::{Guard, GuardOptions};

/// The most that all headers of one message may have.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// The longest key.
const MAX_KEY_BYTES: usize = 200;
/// The longest name of a group: queues of SQS are named after it.
pub const MAX_GROUP_BYTES: usize = 80;
/// The longest wait for a retry, and the longest delivery timeout: SQS hides a message no longer.
pub const MAX_RETRY_WAIT: Duration = Duration::from_secs(12 * 3600);

/// A bus. Cloning it is cheap and shares everything.
#[derive(Clone)]
pub struct Bus {
    engine: Arc<dyn BusEngine>,
    features: Features,
    guard: Guard,
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Bus").field(&self.guard.engine()).finish()
    }
}

impl Bus {
    /// A handle over an engine; `name` is the engine's.
    pub fn new(name: &'static str, engine: Arc<dyn BusEngine>, options: GuardOptions) -> Self {
        Self { features: engine.features(), engine, guard: Guard::new(name, options) }
    }

    /// The same bus, whose calls have other time limits and retries.
    #[must_use]
    pub fn guarded(&self, options: GuardOptions) -> Self {
        Self { guard: Guard::new(self.guard.engine(), options), ..self.clone() }
    }

    /// What the engine promises.
    pub fn features(&self) -> Features {
        self.features
    }

    /// Makes topics known. Declaring one again changes nothing.
    pub async fn declare_topics(&self, topics: &[Topic]) -> Result<()> {
        self.guard.repeat("bus.declare", || names(topics), || self.engine.declare_topics(topics)).await
    }

    /// Makes a group known; from now on it gets what matches.
    pub async fn declare(&self, subscription: &Subscription) -> Result<()> {
        self.check_subscription("bus.declare", subscription)?;
        let group = self.group_of("bus.declare", subscription)?;
        self.guard
            .repeat("bus.declare", || group.to_string(), || self.engine.declare_group(subscription))
            .await
    }

    /// Forgets a group with its backlog and its dead letters. One that isn't there is no error.
    pub async fn remove_group(&self, group: &str) -> Result<()> {
        self.check_group("bus.remove_group", group)?;
        self.guard.repeat("bus.remove_group", || group.to_string(), || self.engine.remove_group(group)).await
    }

    /// The groups that are known, ordered by name.
    pub async fn groups(&self) -> Result<Vec<String>> {
        self.guard.repeat("bus.groups", String::new, || self.engine.groups()).await
    }

    /// Publishes an event as JSON.
    pub async fn publish<T: Serialize + ?Sized>(&self, topic: &Topic, event: &T) -> Result<()> {
        let json = serde_json::to_vec(event).map_err(|why| {
            Error::invalid("the event can't be written as JSON").with_source(why).with_subject(topic.as_str())
        })?;
        self.publish_message(Message::new(topic.clone(), json).content_type("application/json")).await
    }

    /// Publishes a message. When it returns, every group that was declared before will get it.
    pub async fn publish_message(&self, message: Message) -> Result<()> {
        self.publish_all(vec![message]).await.pop().unwrap_or(Ok(()))
    }

    /// Publishes messages in their order and answers for each of them, in the same order.
    pub async fn publish_all(&self, messages: Vec<Message>) -> Vec<Result<()>> {
        let topics: Vec<Topic> = messages.iter().map(|message| message.topic.clone()).collect();
        let mut results: Vec<Option<Result<()>>> = Vec::with_capacity(messages.len());
        let mut valid = Vec::with_capacity(messages.len());
        for message in messages {
            match self.check_message("bus.publish", &message) {
                Ok(()) => {
                    valid.push(message);
                    results.push(None);
                }
                Err(error) => results.push(Some(Err(error))),
            }
        }
        if valid.is_empty() {
            return results.into_iter().flatten().collect();
        }
        let count = valid.len();
        let call = async { Ok(self.engine.publish(valid).await) };
        let answers = match self.guard.once("bus.publish", String::new, call).await {
            Ok(answers) => answers,
            // The answer of all is the answer of each.
            Err(error) => (0..count).map(|_| Err(Error::new(error.kind(), error.message()))).collect(),
        };
        let mut answers = answers.into_iter();
        let engine = self.guard.engine();
        let missing = || Err(Error::new(ErrorKind::Internal, "the engine did not answer for every message"));
        results
            .into_iter()
            .map(|result| result.unwrap_or_else(|| answers.next().unwrap_or_else(missing)))
            .zip(topics)
            .map(|(result, topic)| {
                result.map_err(|error| error.with_subject(topic.as_str()).at(engine, "bus.publish"))
            })
            .collect()
    }

    /// Begins to consume. A group that isn't known is declared first.
    pub async fn subscribe(&self, subscription: Subscription) -> Result<Subscriber> {
        self.check_subscription("bus.subscribe", &subscription)?;
        let subject = || subscription.group.clone().unwrap_or_else(|| "broadcast".into());
        let consumer =
            self.guard.repeat("bus.subscribe", subject, || self.engine.subscribe(&subscription)).await?;
        Ok(Subscriber { consumer: Arc::from(consumer), guard: self.guard })
    }

    /// How much a group has before it.
    pub async fn backlog(&self, group: &str) -> Result<Backlog> {
        self.check_group("bus.backlog", group)?;
        self.guard.repeat("bus.backlog", || group.to_string(), || self.engine.backlog(group)).await
    }

    /// Some of a group's dead letters, the oldest first. `after` is the `next` of the page before.
    pub async fn dead_letters(&self, group: &str, after: Option<&str>, limit: usize) -> Result<DeadPage> {
        self.check_group("bus.dead_letters", group)?;
        let limit = limit.clamp(1, 1_000);
        let call = || self.engine.dead_letters(group, after, limit);
        self.guard.repeat("bus.dead_letters", || group.to_string(), call).await
    }

    /// Sends dead letters back to their group as new messages, and tells how many there were.
    pub async fn redrive(&self, group: &str, ids: &[String]) -> Result<u64> {
        self.check_group("bus.redrive", group)?;
        let letters = ids.iter().map(|id| (id.clone(), None)).collect();
        self.guard.once("bus.redrive", || group.to_string(), self.engine.redrive(group, letters)).await
    }

    /// Sends one dead letter back to its group in another form.
    pub async fn redrive_as(&self, group: &str, id: &str, message: Message) -> Result<u64> {
        self.check_group("bus.redrive", group)?;
        self.check_message("bus.redrive", &message)?;
        let letters = vec![(id.to_string(), Some(message))];
        self.guard.once("bus.redrive", || group.to_string(), self.engine.redrive(group, letters)).await
    }

    /// Forgets dead letters and tells how many there were.
    pub async fn discard(&self, group: &str, ids: &[String]) -> Result<u64> {
        self.check_group("bus.discard", group)?;
        self.guard.once("bus.discard", || group.to_string(), self.engine.discard(group, ids)).await
    }

    /// Whether the bus answers: a message published and received.
    pub async fn ping(&self) -> Result<()> {
        let word = format!("bedplate-ping-{}", uuid::Uuid::new_v4());
        let topic = Topic::new(word.clone())?;
        let subscription = Subscription::group(word.clone(), [super::Pattern::new(word.clone())?]);
        let result = async {
            let mut subscriber = self.subscribe(subscription).await?;
            self.publish_message(Message::new(topic, "pong")).await?;
            match subscriber.next(Duration::from_secs(5)).await? {
                Some(delivery) => delivery.done().await,
                None => Err(Error::new(
                    ErrorKind::Unavailable,
                    "a message that was just published did not arrive",
                )),
            }
        };
        let result = result.await;
        self.remove_group(&word).await?;
        result
    }

    /// Closes every connection of every clone.
    pub async fn close(&self) {
        self.engine.close().await;
    }

    /// The client underneath, where it is a `T`.
    pub fn native<T: Any>(&self) -> Option<&T> {
        self.engine.native().downcast_ref()
    }

    fn group_of<'a>(&self, op: &'static str, subscription: &'a Subscription) -> Result<&'a str> {
        subscription.group.as_deref().ok_or_else(|| {
            Error::invalid("a broadcast has no group that could be declared").at(self.guard.engine(), op)
        })
    }

    fn promised(&self, what: &str, asked: bool, kept: bool) -> Result<()> {
        if asked && !kept { Err(Error::unsupported(what)) } else { Ok(()) }
    }

    fn check_group(&self, op: &'static str, group: &str) -> Result<()> {
        check_group(group).map_err(|error| error.at(self.guard.engine(), op))
    }

    fn check_subscription(&self, op: &'static str, subscription: &Subscription) -> Result<()> {
        let features = &self.features;
        let named = match &subscription.group {
            Some(group) => check_group(group),
            None => self.promised("broadcast", true, features.broadcast.is_kept()),
        };
        let patterns = match subscription.patterns.is_empty() {
            true => Err(Error::invalid("a subscription needs a pattern at least")),
            false => Ok(()),
        };
        let timeout = subscription.delivery_timeout;
        let counts = if subscription.max_attempts == 0 || subscription.prefetch == 0 || timeout.is_zero() {
            Err(Error::invalid(
                "attempts, prefetch and the delivery timeout of a subscription are more than 0",
            ))
        } else {
            let limit = Some(MAX_RETRY_WAIT.as_secs());
            within(timeout.as_secs(), limit, "the delivery timeout's seconds", "max-delivery-timeout-seconds")
        };
        named
            .and(patterns)
            .and(counts)
            .and(self.promised("key order", subscription.key_order, features.key_order.is_kept()))
            .and(self.promised("replay", subscription.start != Start::Now, features.replay.is_kept()))
            .map_err(|error| error.at(self.guard.engine(), op))
    }

    fn check_message(&self, op: &'static str, message: &Message) -> Result<()> {
        let features = &self.features;
        // From now on, and rounded up: that is how long the engine must hold it back.
        let delay = message.not_before.map_or(0, |time| {
            let left = time.duration_since(Timestamp::now()).as_millis().max(0) as u64;
            left.div_ceil(1_000)
        });
        let headers = message.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        let checked = message
            .headers
            .iter()
            .try_for_each(|(name, value)| check_header(name, value))
            .and(message.key.as_deref().map_or(Ok(()), check_key))
            .and(self.promised("delay", message.not_before.is_some(), features.delay.is_kept()))
            .and(within(
                message.payload.len() as u64,
                features.max_message_bytes,
                "the payload's bytes",
                "max-message-bytes",
            ))
            .and(within(delay, features.max_delay_seconds, "the delay's seconds", "max-delay-seconds"))
            .and(within(
                headers as u64,
                Some(MAX_HEADER_BYTES as u64),
                "the headers' bytes",
                "max-header-bytes",
            ));
        checked.map_err(|error| error.with_subject(message.topic.as_str()).at(self.guard.engine(), op))
    }
}

fn names(topics: &[Topic]) -> String {
    topics.iter().map(Topic::as_str).collect::<Vec<_>>().join(" ")
}

fn check_key(key: &str) -> Result<()> {
    if key.is_empty() || key.len() > MAX_KEY_BYTES || key.chars().any(|c| c.is_control()) {
        let message = format!("a key is 1 to {MAX_KEY_BYTES} bytes of text without control characters");
        return Err(Error::invalid(message));
    }
    Ok(())
}

fn check_group(group: &str) -> Result<()> {
    // A dot would divide the name of a JetStream consumer, and SQS refuses it.
    let valid = !group.is_empty() && group.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if !valid || group.len() > MAX_GROUP_BYTES {
        let shown: String = group.chars().take(MAX_GROUP_BYTES).collect();
        return Err(Error::invalid(format!(
            "`{}` is not a group: a group is 1 to {MAX_GROUP_BYTES} letters, digits, `-` and `_`",
            shown.escape_debug()
        )));
    }
    Ok(())
}

fn check_header(name: &str, value: &str) -> Result<()> {
    let valid = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b));
    if !valid {
        let name = name.escape_debug();
        return Err(Error::invalid(format!(
            "the header `{name}` may have lower-case letters, digits, `-`, `_` and `.` only"
        )));
    }
    if name.starts_with("ce-") || name.starts_with("bedplate-") {
        return Err(Error::invalid(format!("the header `{name}` begins as only Bedplate's own do")));
    }
    if value.chars().any(|c| c.is_control()) {
        return Err(Error::invalid(format!(
            "the value of the header `{name}` may not have control characters"
        )));
    }
    Ok(())
}

/// One member of a group, or one listener of a broadcast.
pub struct Subscriber {
    consumer: Arc<dyn BusConsumer>,
    guard: Guard,
}

impl Subscriber {
    /// The next message; `None` when none has come within `wait`.
    pub async fn next(&mut self, wait: Duration) -> Result<Option<Delivery>> {
        // One at a time: whatever waited here would use up its delivery timeout while the one before it is handled.
        let call = self.consumer.receive(1, wait);
        let mut received = self.guard.waiting("bus.receive", wait, String::new, call).await?;
        let (guard, consumer) = (self.guard, self.consumer.clone());
        Ok(received.pop().map(|received| Delivery { received, consumer, guard }))
    }

    /// Returns to the group what isn't settled, and ends.
    pub async fn close(self) -> Result<()> {
        self.guard.once("bus.close", String::new, self.consumer.close()).await
    }
}

/// A message that was delivered and is to be settled. One that is dropped is delivered again after the delivery timeout.
#[must_use = "a delivery that isn't settled is delivered again"]
pub struct Delivery {
    received: Received,
    consumer: Arc<dyn BusConsumer>,
    guard: Guard,
}

impl Delivery {
    /// The message.
    pub fn message(&self) -> &Message {
        &self.received.message
    }

    /// Which attempt this is; the first is 1.
    pub fn attempt(&self) -> u32 {
        self.received.attempt
    }

    /// Reads the payload as JSON.
    pub fn event<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.received.message.payload).map_err(|why| {
            Error::invalid(format!("the payload is not a `{}` in JSON", std::any::type_name::<T>()))
                .with_source(why)
                .with_subject(self.received.message.topic.as_str())
        })
    }

    /// It was handled.
    pub async fn done(self) -> Result<()> {
        self.settle(Settlement::Done).await
    }

    /// It is to be delivered again, not before this time has passed, which is at most [`MAX_RETRY_WAIT`]. After the last attempt it is dead.
    pub async fn retry(self, after: Duration, reason: impl Into<String>) -> Result<()> {
        within(
            after.as_secs(),
            Some(MAX_RETRY_WAIT.as_secs()),
            "the wait's seconds",
            "max-retry-wait-seconds",
        )
        .map_err(|error| error.with_subject(self.subject()).at(self.guard.engine(), "bus.settle"))?;
        self.settle(Settlement::Retry { after, reason: reason.into() }).await
    }

    /// It is dead at once.
    pub async fn dead(self, reason: impl Into<String>) -> Result<()> {
        self.settle(Settlement::Dead { reason: reason.into() }).await
    }

    /// Takes the delivery timeout once more, from now.
    pub async fn extend(&self) -> Result<()> {
        let token = &self.received.token;
        self.guard.once("bus.extend", || self.subject(), self.consumer.extend(token)).await
    }

    async fn settle(self, how: Settlement) -> Result<()> {
        let token: &Token = &self.received.token;
        self.guard.once("bus.settle", || self.subject(), self.consumer.settle(token, how)).await
    }

    fn subject(&self) -> String {
        format!("{} {}", self.received.message.topic, self.received.message.id)
    }
}
