//! A bus that lies: an honest one underneath, and one thing that it does otherwise.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::bus::{
    Backlog, BusConsumer, BusEngine, DeadPage, Features, Message, Pattern, Received, Settlement, Start,
    Subscription, Token, Topic,
};
use bedplate_core::{Error, ErrorKind, Result};
use jiff::Timestamp;

/// What it does otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    Nothing,
    LosesSome,
    PublishesTwice,
    AnswersTooLittle,
    CutsHeaders,
    CutsTimes,
    CutsKeys,
    TakesStarForHash,
    TakesHashForStar,
    FoldsGroups,
    KeepsOldPatterns,
    RulesByTheSubscriber,
    RemovesNothing,
    NeverTimesOut,
    ExtendsNothing,
    RetriesAtOnce,
    NeverDies,
    CountsNoAttempts,
    ForgetsReasons,
    DoesNothingTwice,
    SettlesAnything,
    IgnoresThePrefetch,
    ReturnsNothing,
    WaitsTooShort,
    WaitsTooLong,
    CountsNoBacklog,
    KnowsEveryGroup,
    ListsOnePage,
    ForgetsInsteadOfSendingBack,
    SendsBackUnchanged,
    SendsBackToEveryone,
    DiscardsNothing,
    StaysOpen,
    KeepsNoOrder,
    OrdersUntilTheFirstRetry,
    DelaysNothing,
    LosesWhatIsDelayed,
    StartsNow,
    SharesBroadcasts,
}

/// A bus that lies.
pub(crate) struct Liar {
    pub(crate) inner: Arc<dyn BusEngine>,
    pub(crate) features: Features,
    pub(crate) lie: Lie,
}

impl Liar {
    fn is(&self, lie: Lie) -> bool {
        self.lie == lie
    }

    fn subscription(&self, honest: &Subscription) -> Subscription {
        let mut subscription = honest.clone();
        let swap = |subscription: &mut Subscription, from: &str, to: &str| {
            for pattern in &mut subscription.patterns {
                *pattern = Pattern::new(pattern.as_str().replace(from, to)).unwrap();
            }
        };
        match self.lie {
            Lie::TakesStarForHash => swap(&mut subscription, "*", "#"),
            Lie::TakesHashForStar => swap(&mut subscription, "#", "*"),
            Lie::FoldsGroups => subscription.group = honest.group.as_ref().map(|group| group.to_lowercase()),
            Lie::NeverTimesOut => subscription.delivery_timeout = Duration::from_secs(3_600),
            Lie::NeverDies => subscription.max_attempts = u32::MAX,
            Lie::IgnoresThePrefetch => subscription.prefetch = 1_000,
            Lie::KeepsNoOrder => subscription.key_order = false,
            Lie::StartsNow => subscription.start = Start::Now,
            Lie::SharesBroadcasts if honest.group.is_none() => {
                let name = format!("all-{}", honest.patterns[0].as_str().replace(['*', '#'], "x"));
                subscription.group = Some(name);
            }
            _ => {}
        }
        subscription
    }
}

#[async_trait]
impl BusEngine for Liar {
    fn features(&self) -> Features {
        self.features
    }

    async fn declare_topics(&self, topics: &[Topic]) -> Result<()> {
        self.inner.declare_topics(topics).await
    }

    async fn declare_group(&self, subscription: &Subscription) -> Result<()> {
        let subscription = self.subscription(subscription);
        let group = subscription.group.clone().unwrap_or_default();
        if self.is(Lie::KeepsOldPatterns) && self.inner.groups().await?.contains(&group) {
            return Ok(());
        }
        self.inner.declare_group(&subscription).await
    }

    async fn remove_group(&self, group: &str) -> Result<()> {
        if self.is(Lie::RemovesNothing) { Ok(()) } else { self.inner.remove_group(group).await }
    }

    async fn groups(&self) -> Result<Vec<String>> {
        self.inner.groups().await
    }

    async fn publish(&self, mut messages: Vec<Message>) -> Vec<Result<()>> {
        let count = messages.len();
        match self.lie {
            Lie::LosesSome => messages.retain(|message| message.id.as_bytes()[15] % 8 != 0),
            Lie::PublishesTwice => messages.extend(messages.clone()),
            Lie::LosesWhatIsDelayed => messages.retain(|message| message.not_before.is_none()),
            _ => {}
        }
        for message in &mut messages {
            match self.lie {
                Lie::CutsHeaders => message.headers.retain(|name, _| name.starts_with("trace")),
                Lie::CutsTimes => message.time = Timestamp::from_second(message.time.as_second()).unwrap(),
                Lie::CutsKeys => message.key = message.key.take().map(|key| key.chars().take(20).collect()),
                Lie::DelaysNothing => message.not_before = None,
                _ => {}
            }
        }
        let answers = self.inner.publish(messages).await;
        match self.lie {
            Lie::AnswersTooLittle => answers.into_iter().skip(1).collect(),
            Lie::LosesSome | Lie::PublishesTwice | Lie::LosesWhatIsDelayed => {
                (0..count).map(|_| Ok(())).collect()
            }
            _ => answers,
        }
    }

    async fn subscribe(&self, subscription: &Subscription) -> Result<Box<dyn BusConsumer>> {
        let subscription = self.subscription(subscription);
        if self.is(Lie::RulesByTheSubscriber) && subscription.group.is_some() {
            self.inner.declare_group(&subscription).await?;
        }
        let inner: Arc<dyn BusConsumer> = Arc::from(self.inner.subscribe(&subscription).await?);
        if self.is(Lie::ReturnsNothing) {
            // It is never dropped, and so never gives anything back.
            std::mem::forget(inner.clone());
        }
        Ok(Box::new(LyingConsumer { inner, bus: self.inner.clone(), subscription, lie: self.lie }))
    }

    async fn backlog(&self, group: &str) -> Result<Backlog> {
        match self.inner.backlog(group).await {
            Ok(backlog) if self.is(Lie::CountsNoBacklog) => Ok(Backlog { held: 0, in_flight: 0, ..backlog }),
            Err(error) if self.is(Lie::KnowsEveryGroup) && error.kind() == ErrorKind::NotFound => {
                Ok(Backlog::default())
            }
            backlog => backlog,
        }
    }

    async fn dead_letters(&self, group: &str, after: Option<&str>, limit: usize) -> Result<DeadPage> {
        let mut page = self.inner.dead_letters(group, after, limit).await?;
        if self.is(Lie::ListsOnePage) {
            page.next = None;
        }
        Ok(page)
    }

    async fn redrive(&self, group: &str, mut letters: Vec<(String, Option<Message>)>) -> Result<u64> {
        match self.lie {
            Lie::ForgetsInsteadOfSendingBack => {
                let ids: Vec<_> = letters.into_iter().map(|(id, _)| id).collect();
                return self.inner.discard(group, &ids).await;
            }
            Lie::SendsBackUnchanged => letters.iter_mut().for_each(|(_, form)| *form = None),
            Lie::SendsBackToEveryone => {
                let found = self.inner.dead_letters(group, None, 1_000).await?.letters;
                let ids: Vec<_> = letters.into_iter().map(|(id, _)| id).collect();
                let messages =
                    found.into_iter().filter(|letter| ids.contains(&letter.id)).map(|letter| letter.message);
                self.inner.publish(messages.collect()).await;
                return self.inner.discard(group, &ids).await;
            }
            _ => {}
        }
        self.inner.redrive(group, letters).await
    }

    async fn discard(&self, group: &str, ids: &[String]) -> Result<u64> {
        if self.is(Lie::DiscardsNothing) {
            Ok(ids.len() as u64)
        } else {
            self.inner.discard(group, ids).await
        }
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

struct LyingConsumer {
    inner: Arc<dyn BusConsumer>,
    bus: Arc<dyn BusEngine>,
    subscription: Subscription,
    lie: Lie,
}

#[async_trait]
impl BusConsumer for LyingConsumer {
    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Received>> {
        let wait = match self.lie {
            Lie::WaitsTooShort => Duration::ZERO,
            Lie::WaitsTooLong => wait + Duration::from_secs(6),
            _ => wait,
        };
        let mut received = self.inner.receive(max, wait).await?;
        if self.lie == Lie::CountsNoAttempts {
            received.iter_mut().for_each(|received| received.attempt = 1);
        }
        Ok(received)
    }

    async fn settle(&self, token: &Token, how: Settlement) -> Result<()> {
        let how = match (self.lie, how) {
            (Lie::RetriesAtOnce, Settlement::Retry { reason, .. }) => {
                Settlement::Retry { after: Duration::ZERO, reason }
            }
            (Lie::ForgetsReasons, Settlement::Retry { after, .. }) => {
                Settlement::Retry { after, reason: "?".into() }
            }
            (Lie::ForgetsReasons, Settlement::Dead { .. }) => Settlement::Dead { reason: "?".into() },
            (Lie::DoesNothingTwice, Settlement::Done) => {
                Settlement::Retry { after: Duration::ZERO, reason: "done".into() }
            }
            (Lie::OrdersUntilTheFirstRetry, how @ Settlement::Retry { .. }) => {
                let mut unordered = self.subscription.clone();
                unordered.key_order = false;
                self.bus.declare_group(&unordered).await?;
                how
            }
            (_, how) => how,
        };
        match self.inner.settle(token, how).await {
            Err(error) if self.lie == Lie::SettlesAnything && error.kind() == ErrorKind::Conflict => Ok(()),
            settled => settled,
        }
    }

    async fn extend(&self, token: &Token) -> Result<()> {
        match self.lie {
            Lie::ExtendsNothing => Ok(()),
            Lie::SettlesAnything => self.inner.extend(token).await.or(Ok::<(), Error>(())),
            _ => self.inner.extend(token).await,
        }
    }

    async fn close(&self) -> Result<()> {
        if self.lie == Lie::ReturnsNothing { Ok(()) } else { self.inner.close().await }
    }
}
