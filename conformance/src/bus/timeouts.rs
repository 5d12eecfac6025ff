//! Delivery timeouts.

use std::time::{Duration, Instant};

use bedplate_core::ErrorKind;
use bedplate_core::bus::Bus;

use super::steps::{PATIENCE, SOON, backlog_is, group, next, publish, silent, text};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn what_is_not_settled_in_time_comes_again_and_counts(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.delivery_timeout(SOON).prefetch(1);
    let mut first = subject.handle.subscribe(subscription.clone()).await?;
    let mut second = subject.handle.subscribe(subscription).await?;
    publish(subject, "t", &["a"]).await?;
    let began = Instant::now();
    let kept = next(&mut first).await?;
    ensure_eq!(kept.attempt(), 1, "the first attempt");
    let again = next(&mut second).await?;
    ensure!(began.elapsed() >= SOON, "it came again after {:?} already", began.elapsed());
    ensure_eq!(text(&again), "a", "what comes again");
    ensure_eq!(again.attempt(), 2, "the second attempt");
    ensure_eq!(again.message().id, kept.message().id, "the identity");
    again.done().await?;
    silent(&mut second).await
}

pub(super) async fn extending_keeps_a_delivery(subject: &Subject<Bus>) -> Verdict {
    let timeout = Duration::from_millis(1_500);
    let subscription = group(subject, "g", "t")?.delivery_timeout(timeout).prefetch(1);
    let mut first = subject.handle.subscribe(subscription.clone()).await?;
    publish(subject, "t", &["a"]).await?;
    let delivery = next(&mut first).await?;
    let mut second = subject.handle.subscribe(subscription).await?;
    let began = Instant::now();
    while began.elapsed() < timeout + timeout / 2 {
        // waits: for a part of the delivery timeout.
        let other = second.next(timeout / 5).await?;
        ensure!(other.is_none(), "it came again after {:?}, while it was extended", began.elapsed());
        delivery.extend().await?;
    }
    delivery.done().await?;
    silent(&mut second).await
}

pub(super) async fn what_has_timed_out_cannot_be_settled(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.delivery_timeout(SOON).prefetch(1).max_attempts(9);
    let mut first = subject.handle.subscribe(subscription.clone()).await?;
    let mut second = subject.handle.subscribe(subscription).await?;
    publish(subject, "t", &["a"]).await?;
    let late = next(&mut first).await?;
    let current = next(&mut second).await?;
    ensure!(current.attempt() >= 2, "somebody else has it now");
    refused(late.extend().await, ErrorKind::Conflict, "extending what has timed out")?;
    refused(late.done().await, ErrorKind::Conflict, "settling what has timed out")?;
    // The late one has changed nothing: the message is still on its way until its present holder settles it.
    drop(current);
    let mut last = next(&mut second).await?;
    while last.attempt() < 3 {
        last = next(&mut second).await?;
    }
    last.done().await?;
    Ok(())
}

pub(super) async fn a_message_that_always_times_out_dies(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.delivery_timeout(SOON / 2).prefetch(2).max_attempts(2);
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    publish(subject, "t", &["a"]).await?;
    let began = Instant::now();
    let mut held = vec![next(&mut subscriber).await?, next(&mut subscriber).await?];
    ensure_eq!(held.pop().map(|delivery| delivery.attempt()), Some(2), "the last attempt");
    let name = subject.name("g");
    backlog_is(subject, "g", "1 dead", |found| found.dead == 1).await?;
    ensure!(began.elapsed() >= SOON, "two timeouts took {:?} only", began.elapsed());
    silent(&mut subscriber).await?;
    let letters = subject.handle.dead_letters(&name, None, 10).await?.letters;
    ensure_eq!(letters.len(), 1, "the dead letters");
    ensure_eq!(letters[0].attempts, 2, "its attempts");
    ensure!(!letters[0].reason.is_empty(), "it has a reason");
    ensure!(began.elapsed() < PATIENCE * 3, "all of it took {:?}", began.elapsed());
    Ok(())
}

pub(super) async fn a_slow_handler_costs_the_next_ones_no_attempt(subject: &Subject<Bus>) -> Verdict {
    let timeout = Duration::from_millis(900);
    let mut subscriber =
        subject.handle.subscribe(group(subject, "g", "t")?.delivery_timeout(timeout)).await?;
    publish(subject, "t", &["a", "b", "c", "d", "e"]).await?;
    for _ in 0..5 {
        let delivery = next(&mut subscriber).await?;
        ensure_eq!(delivery.attempt(), 1, "the attempt of a message that waited for the ones before it");
        // waits: as long as a slow handler takes, which is well within the timeout of one delivery.
        tokio::time::sleep(timeout / 3).await;
        delivery.done().await?;
    }
    silent(&mut subscriber).await
}
