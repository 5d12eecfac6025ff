//! The promise `broadcast`.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::bus::{Bus, Subscription};

use super::steps::{done_in_any_order, group, next, pattern, publish, set, silent, text};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn every_listener_gets_every_message(subject: &Subject<Bus>) -> Verdict {
    let broadcast = Subscription::broadcast([pattern(subject, "t.*")?]);
    let mut first = subject.handle.subscribe(broadcast.clone()).await?;
    let mut second = subject.handle.subscribe(broadcast).await?;
    let mut member = subject.handle.subscribe(group(subject, "g", "t.*")?).await?;
    publish(subject, "t.x", &["a", "b"]).await?;
    publish(subject, "u.x", &["another topic"]).await?;
    for subscriber in [&mut first, &mut second, &mut member] {
        ensure_eq!(done_in_any_order(subscriber, 2).await?, set(&["a", "b"]), "what each of them gets");
        silent(subscriber).await?;
    }
    Ok(())
}

pub(super) async fn a_listener_gets_nothing_from_before_and_leaves_nothing_behind(
    subject: &Subject<Bus>,
) -> Verdict {
    let broadcast = Subscription::broadcast([pattern(subject, "t")?]);
    let groups = subject.handle.groups().await?;
    refused(subject.handle.declare(&broadcast).await, ErrorKind::InvalidInput, "declaring a broadcast")?;
    publish(subject, "t", &["before"]).await?;
    let mut first = subject.handle.subscribe(broadcast.clone()).await?;
    publish(subject, "t", &["a"]).await?;
    ensure_eq!(text(&next(&mut first).await?), "a", "what the listener gets");
    first.close().await?;
    publish(subject, "t", &["between"]).await?;
    let mut second = subject.handle.subscribe(broadcast).await?;
    publish(subject, "t", &["b"]).await?;
    ensure_eq!(text(&next(&mut second).await?), "b", "what the next listener gets");
    silent(&mut second).await?;
    let own = |groups: &[String]| groups.iter().filter(|group| group.starts_with(&subject.namespace)).count();
    let now = subject.handle.groups().await?;
    ensure_eq!((own(&groups), own(&now)), (0, 0), "the groups before and with a listener");
    Ok(())
}

pub(super) async fn a_listener_gets_again_what_it_did_not_settle(subject: &Subject<Bus>) -> Verdict {
    let broadcast = Subscription::broadcast([pattern(subject, "t")?]).max_attempts(2);
    let mut first = subject.handle.subscribe(broadcast.clone()).await?;
    let mut second = subject.handle.subscribe(broadcast).await?;
    publish(subject, "t", &["a"]).await?;
    next(&mut first).await?.retry(Duration::ZERO, "again").await?;
    let again = next(&mut first).await?;
    ensure_eq!(again.attempt(), 2, "the attempt");
    // The last attempt: a listener has nowhere to keep its dead.
    again.retry(Duration::ZERO, "again").await?;
    silent(&mut first).await?;
    let delivery = next(&mut second).await?;
    ensure_eq!(delivery.attempt(), 1, "the attempt of the other listener");
    delivery.done().await?;
    silent(&mut second).await
}

pub(super) async fn asking_for_a_broadcast_is_unsupported(subject: &Subject<Bus>) -> Verdict {
    let broadcast = Subscription::broadcast([pattern(subject, "t")?]);
    let found = subject.handle.subscribe(broadcast).await.map(drop);
    let error = refused(found, ErrorKind::Unsupported, "subscribing to a broadcast")?;
    ensure!(error.message().contains("broadcast"), "the message names it: {error}");
    Ok(())
}
