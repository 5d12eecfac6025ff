//! The steps that cases share: names of their own, and ways to wait for messages.

use std::collections::BTreeSet;
use std::time::Duration;

use bedplate_core::Result;
use bedplate_core::bus::{Backlog, Bus, Delivery, Message, Pattern, Subscriber, Subscription, Topic};

use crate::case::{Failure, Subject, Verdict};

/// How long a case waits for what must come.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long a case waits to see that nothing comes.
pub(super) const SILENCE: Duration = Duration::from_millis(250);
/// A time that a case can wait for: a retry, a delay, a delivery timeout.
pub(super) const SOON: Duration = Duration::from_millis(400);

/// A topic of the case's own.
pub(super) fn topic(subject: &Subject<Bus>, rest: &str) -> Result<Topic> {
    Topic::new(format!("{}.{rest}", subject.namespace))
}

/// A pattern over topics of the case's own.
pub(super) fn pattern(subject: &Subject<Bus>, rest: &str) -> Result<Pattern> {
    Pattern::new(format!("{}.{rest}", subject.namespace))
}

/// A message on a topic of the case's own.
pub(super) fn message(subject: &Subject<Bus>, rest: &str, payload: &str) -> Result<Message> {
    Ok(Message::new(topic(subject, rest)?, payload.to_string()))
}

/// Publishes texts, in their order.
pub(super) async fn publish(subject: &Subject<Bus>, rest: &str, payloads: &[&str]) -> Verdict {
    let messages =
        payloads.iter().map(|payload| message(subject, rest, payload)).collect::<Result<Vec<_>>>()?;
    subject.handle.publish_all(messages).await.into_iter().collect::<Result<()>>()?;
    Ok(())
}

/// A group's subscription to a pattern, both of the case's own.
pub(super) fn group(subject: &Subject<Bus>, name: &str, rest: &str) -> Result<Subscription> {
    Ok(Subscription::group(subject.name(name), [pattern(subject, rest)?]))
}

/// A delivery's payload as text.
pub(super) fn text(delivery: &Delivery) -> String {
    String::from_utf8_lossy(&delivery.message().payload).into_owned()
}

/// The next message, which must come.
pub(super) async fn next(subscriber: &mut Subscriber) -> std::result::Result<Delivery, Failure> {
    match subscriber.next(PATIENCE).await? {
        Some(delivery) => Ok(delivery),
        None => Err(Failure(format!("no message came within {PATIENCE:?}"))),
    }
}

/// The next so many messages, done and as text, in the order in which they came.
pub(super) async fn done(
    subscriber: &mut Subscriber,
    count: usize,
) -> std::result::Result<Vec<String>, Failure> {
    let mut texts = Vec::with_capacity(count);
    while texts.len() < count {
        let delivery =
            next(subscriber).await.map_err(|why| Failure(format!("{why}, after {texts:?} of {count}")))?;
        texts.push(text(&delivery));
        delivery.done().await?;
    }
    Ok(texts)
}

/// The next so many messages, done and as text, in no order.
pub(super) async fn done_in_any_order(
    subscriber: &mut Subscriber,
    count: usize,
) -> std::result::Result<BTreeSet<String>, Failure> {
    Ok(done(subscriber, count).await?.into_iter().collect())
}

/// Checks that nothing comes.
pub(super) async fn silent(subscriber: &mut Subscriber) -> Verdict {
    // waits: to see that nothing comes.
    match subscriber.next(SILENCE).await? {
        None => Ok(()),
        Some(delivery) => {
            let (what, attempt) = (text(&delivery), delivery.attempt());
            Err(Failure(format!("nothing more should come, and `{what}` came (attempt {attempt})")))
        }
    }
}

/// Waits until a group of the case's own has such a backlog: engines count at their own pace.
pub(super) async fn backlog_is(
    subject: &Subject<Bus>,
    name: &str,
    what: &str,
    expected: impl Fn(Backlog) -> bool,
) -> Verdict {
    let group = subject.name(name);
    let began = std::time::Instant::now();
    loop {
        let found = subject.handle.backlog(&group).await?;
        if expected(found) {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure(format!("the backlog of `{name}`: expected {what}, found {found:?}")));
        }
        // waits: between two looks at the counts.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Texts as a set.
pub(super) fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| text.to_string()).collect()
}

/// Publishes texts and lets the group, which has one attempt, declare each of them dead.
pub(super) async fn bury(
    subject: &Subject<Bus>,
    subscription: Subscription,
    rest: &str,
    payloads: &[&str],
) -> Verdict {
    let mut subscriber = subject.handle.subscribe(subscription.prefetch(1)).await?;
    for payload in payloads {
        publish(subject, rest, &[payload]).await?;
        next(&mut subscriber).await?.dead(format!("because of {payload}")).await?;
    }
    subscriber.close().await?;
    Ok(())
}
