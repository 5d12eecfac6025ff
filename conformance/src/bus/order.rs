//! The promise `key-order`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bedplate_core::bus::{Bus, Message};
use bedplate_core::{ErrorKind, Result};
use futures_util::future::try_join_all;

use super::steps::{PATIENCE, SOON, done, group, message, next, publish, silent, text};
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

const KEYS: usize = 5;
const EACH: usize = 12;

/// What was begun (`false`) and ended (`true`) of each key, in the order in which it happened.
type Log = BTreeMap<String, Vec<(String, bool)>>;

/// Publishes pairs of a key and a text.
async fn keyed(subject: &Subject<Bus>, pairs: &[(&str, &str)]) -> Verdict {
    let messages = pairs.iter().map(|(key, payload)| Ok(message(subject, "t", payload)?.key(*key)));
    let messages = messages.collect::<Result<Vec<Message>>>()?;
    subject.handle.publish_all(messages).await.into_iter().collect::<Result<()>>()?;
    Ok(())
}

pub(super) async fn messages_of_one_key_are_handled_one_after_another(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.key_order().prefetch(4);
    subject.handle.declare(&subscription).await?;
    let texts: Vec<_> =
        (0..EACH).flat_map(|at| (0..KEYS).map(move |key| (format!("k{key}"), at.to_string()))).collect();
    keyed(subject, &texts.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect::<Vec<_>>())
        .await?;
    let log: Arc<Mutex<Log>> = Arc::default();
    let members = (0..4).map(|_| {
        let (bus, subscription, log) = (subject.handle.clone(), subscription.clone(), log.clone());
        let write = move |key: &str, text: &str, is_end: bool| {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.entry(key.to_string()).or_default().push((text.to_string(), is_end));
        };
        tokio::spawn(async move {
            let mut subscriber = bus.subscribe(subscription).await?;
            // waits: until nothing has come for so long that everything must have come.
            while let Some(delivery) = subscriber.next(Duration::from_secs(1)).await? {
                let (key, text) = (delivery.message().key.clone().unwrap_or_default(), text(&delivery));
                write(&key, &text, false);
                tokio::task::yield_now().await;
                write(&key, &text, true);
                delivery.done().await?;
            }
            Ok::<_, Failure>(())
        })
    });
    let ended = try_join_all(members).await.map_err(|panic| Failure(format!("a task ended: {panic}")))?;
    ended.into_iter().collect::<std::result::Result<(), _>>()?;
    let log = log.lock().unwrap_or_else(PoisonError::into_inner);
    let expected: Vec<_> =
        (0..EACH).flat_map(|at| [(at.to_string(), false), (at.to_string(), true)]).collect();
    ensure_eq!(log.len(), KEYS, "how many keys were handled");
    for (key, found) in log.iter() {
        ensure!(*found == expected, "`{key}` is handled one after another, in order: {found:?}");
    }
    Ok(())
}

pub(super) async fn a_retry_holds_the_later_ones_of_its_key_back_and_no_others(
    subject: &Subject<Bus>,
) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?.key_order()).await?;
    keyed(subject, &[("k", "1"), ("k", "2")]).await?;
    let delivery = next(&mut subscriber).await?;
    ensure_eq!(text(&delivery), "1", "the first of its key");
    silent(&mut subscriber).await?;
    let told = Instant::now();
    delivery.retry(SOON * 2, "not yet").await?;
    keyed(subject, &[("other", "3")]).await?;
    publish(subject, "t", &["no key"]).await?;
    for _ in 0..2 {
        let delivery = next(&mut subscriber).await?;
        ensure!(text(&delivery) != "2", "`2` came before `1` was done");
        ensure!(text(&delivery) != "1" || told.elapsed() >= SOON * 2, "`1` came after {:?}", told.elapsed());
        delivery.done().await?;
    }
    ensure_eq!(done(&mut subscriber, 2).await?, ["1", "2"], "the two of one key");
    silent(&mut subscriber).await
}

pub(super) async fn a_timeout_holds_the_later_ones_of_its_key_back(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber =
        subject.handle.subscribe(group(subject, "g", "t")?.key_order().delivery_timeout(SOON)).await?;
    keyed(subject, &[("k", "1"), ("k", "2")]).await?;
    let kept = next(&mut subscriber).await?;
    ensure_eq!(text(&kept), "1", "the first of its key");
    let again = next(&mut subscriber).await?;
    ensure_eq!((text(&again).as_str(), again.attempt()), ("1", 2), "what comes after the timeout");
    again.done().await?;
    ensure_eq!(done(&mut subscriber, 1).await?, ["2"], "what comes after it is done");
    Ok(())
}

pub(super) async fn a_dead_message_lets_the_later_ones_of_its_key_go(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber =
        subject.handle.subscribe(group(subject, "g", "t")?.key_order().max_attempts(1)).await?;
    keyed(subject, &[("k", "1"), ("k", "2"), ("k", "3")]).await?;
    next(&mut subscriber).await?.dead("no").await?;
    let second = next(&mut subscriber).await?;
    ensure_eq!(text(&second), "2", "what comes after a dead one");
    second.retry(PATIENCE, "its last attempt").await?;
    ensure_eq!(done(&mut subscriber, 1).await?, ["3"], "what comes after one that died of its last attempt");
    silent(&mut subscriber).await
}

pub(super) async fn a_message_that_is_sent_back_goes_to_the_end(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?.key_order()).await?;
    keyed(subject, &[("k", "1"), ("k", "2"), ("k", "3")]).await?;
    next(&mut subscriber).await?.dead("no").await?;
    let second = next(&mut subscriber).await?;
    let name = subject.name("g");
    let letters = subject.handle.dead_letters(&name, None, 10).await?.letters;
    ensure_eq!(letters.len(), 1, "the dead letters");
    subject.handle.redrive(&name, &[letters[0].id.clone()]).await?;
    second.done().await?;
    ensure_eq!(done(&mut subscriber, 2).await?, ["3", "1"], "what comes after the second");
    Ok(())
}

pub(super) async fn a_delayed_message_holds_nobody_back(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?.key_order()).await?;
    let delayed = message(subject, "t", "delayed")?.key("k");
    let time = delayed.time + SOON;
    let published = subject.handle.publish_message(delayed.not_before(time)).await;
    if !subject.handle.features().delay.is_kept() {
        refused(published, ErrorKind::Unsupported, "a delay where it isn't promised")?;
        return Ok(());
    }
    published?;
    keyed(subject, &[("k", "1"), ("k", "2")]).await?;
    ensure_eq!(done(&mut subscriber, 3).await?, ["1", "2", "delayed"], "what comes");
    Ok(())
}

pub(super) async fn asking_for_key_order_is_unsupported(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.key_order();
    refused(subject.handle.declare(&subscription).await, ErrorKind::Unsupported, "declaring")?;
    refused(subject.handle.subscribe(subscription).await.map(drop), ErrorKind::Unsupported, "subscribing")?;
    ensure!(!subject.handle.groups().await?.contains(&subject.name("g")), "nothing was declared");
    Ok(())
}
