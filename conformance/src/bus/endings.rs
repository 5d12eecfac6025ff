//! Subscribers that end, and how much they may hold.

use std::time::{Duration, Instant};

use bedplate_core::ErrorKind;
use bedplate_core::bus::Bus;

use super::steps::{PATIENCE, backlog_is, done_in_any_order, group, next, publish, set, silent, text};
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// A delivery timeout that no case waits for.
const LONG: Duration = Duration::from_secs(600);

pub(super) async fn a_subscriber_that_closes_returns_what_it_holds(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.delivery_timeout(LONG);
    let mut first = subject.handle.subscribe(subscription.clone()).await?;
    publish(subject, "t", &["a", "b", "c"]).await?;
    let held = next(&mut first).await?;
    let returned = Instant::now();
    first.close().await?;
    let mut second = subject.handle.subscribe(subscription).await?;
    let mut found = Vec::new();
    for _ in 0..3 {
        let delivery = next(&mut second).await?;
        if text(&delivery) == text(&held) {
            ensure_eq!(delivery.attempt(), 2, "the attempt of what was returned");
        }
        found.push(text(&delivery));
        delivery.done().await?;
    }
    found.sort();
    ensure_eq!(found, ["a", "b", "c"], "what comes to the second subscriber");
    ensure!(returned.elapsed() < PATIENCE * 3, "it came back after {:?}", returned.elapsed());
    silent(&mut second).await
}

pub(super) async fn a_subscriber_that_is_dropped_returns_what_it_holds(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.delivery_timeout(LONG);
    let mut first = subject.handle.subscribe(subscription.clone()).await?;
    publish(subject, "t", &["a"]).await?;
    let held = next(&mut first).await?;
    let mut second = subject.handle.subscribe(subscription).await?;
    let waiting = tokio::spawn(async move {
        let delivery = next(&mut second).await?;
        let found = (text(&delivery), delivery.attempt());
        delivery.done().await?;
        silent(&mut second).await?;
        Ok::<_, Failure>(found)
    });
    // waits: so that the second one waits already; if it doesn't yet, the case is only easier.
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop((held, first));
    let found = waiting.await.map_err(|panic| Failure(format!("the task ended: {panic}")))??;
    ensure_eq!(found, ("a".to_string(), 2), "what the second one gets, and its attempt");
    Ok(())
}

pub(super) async fn what_is_returned_after_its_last_attempt_is_dead(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.delivery_timeout(LONG).max_attempts(2).prefetch(1);
    subject.handle.declare(&subscription).await?;
    publish(subject, "t", &["a"]).await?;
    for attempt in 1..=2 {
        let mut subscriber = subject.handle.subscribe(subscription.clone()).await?;
        let delivery = next(&mut subscriber).await?;
        ensure_eq!(delivery.attempt(), attempt, "the attempt");
        subscriber.close().await?;
    }
    let name = subject.name("g");
    backlog_is(subject, "g", "1 dead", |found| found.dead == 1).await?;
    let letters = subject.handle.dead_letters(&name, None, 10).await?.letters;
    ensure_eq!(letters[0].attempts, 2, "its attempts");
    ensure!(!letters[0].reason.is_empty(), "it has a reason");
    Ok(())
}

pub(super) async fn what_was_returned_cannot_be_settled(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.delivery_timeout(LONG);
    let mut first = subject.handle.subscribe(subscription.clone()).await?;
    publish(subject, "t", &["a"]).await?;
    let held = next(&mut first).await?;
    first.close().await?;
    refused(held.extend().await, ErrorKind::Conflict, "extending what was returned")?;
    refused(held.done().await, ErrorKind::Conflict, "settling what was returned")?;
    let mut second = subject.handle.subscribe(subscription).await?;
    ensure_eq!(done_in_any_order(&mut second, 1).await?, set(&["a"]), "what comes to the second subscriber");
    Ok(())
}

pub(super) async fn no_more_than_the_prefetch_is_unsettled(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.delivery_timeout(LONG).prefetch(2);
    let mut full = subject.handle.subscribe(subscription.clone()).await?;
    publish(subject, "t", &["a", "b", "c", "d"]).await?;
    let (first, second) = (next(&mut full).await?, next(&mut full).await?);
    silent(&mut full).await?;
    backlog_is(subject, "g", "2 in flight and 2 ready", |found| (found.in_flight, found.ready) == (2, 2))
        .await?;
    let mut other = subject.handle.subscribe(subscription).await?;
    let rest = done_in_any_order(&mut other, 2).await?;
    ensure!(
        !rest.contains(&text(&first)) && !rest.contains(&text(&second)),
        "another member gets the rest: {rest:?}"
    );
    other.close().await?;
    publish(subject, "t", &["e", "f"]).await?;
    silent(&mut full).await?;
    first.done().await?;
    let third = next(&mut full).await?;
    silent(&mut full).await?;
    second.done().await?;
    third.done().await?;
    next(&mut full).await?.done().await?;
    Ok(())
}
