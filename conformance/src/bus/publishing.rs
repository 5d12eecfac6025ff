//! From the publisher to the groups.

use std::time::{Duration, Instant};

use bedplate_core::ErrorKind;
use bedplate_core::bus::Bus;
use futures_util::future::try_join_all;

use super::steps::{PATIENCE, done, done_in_any_order, group, message, next, publish, set, silent, text};
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn what_is_published_reaches_its_group(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "orders.created")?).await?;
    publish(subject, "orders.created", &["one"]).await?;
    let delivery = next(&mut subscriber).await?;
    ensure_eq!(text(&delivery), "one", "the payload");
    ensure_eq!(delivery.attempt(), 1, "the attempt");
    delivery.done().await?;
    silent(&mut subscriber).await
}

pub(super) async fn every_group_gets_every_message(subject: &Subject<Bus>) -> Verdict {
    let mut subscribers = Vec::new();
    for name in ["mail", "audit", "search"] {
        subscribers.push(subject.handle.subscribe(group(subject, name, "user.created")?).await?);
    }
    publish(subject, "user.created", &["a", "b", "c"]).await?;
    for subscriber in &mut subscribers {
        ensure_eq!(done_in_any_order(subscriber, 3).await?, set(&["a", "b", "c"]), "what each group gets");
        silent(subscriber).await?;
    }
    Ok(())
}

pub(super) async fn members_of_a_group_share_without_duplicates(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "work")?.prefetch(2);
    subject.handle.declare(&subscription).await?;
    let payloads: Vec<String> = (100..160).map(|at| at.to_string()).collect();
    publish(subject, "work", &payloads.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    let members = (0..3).map(|_| {
        let (bus, subscription) = (subject.handle.clone(), subscription.clone());
        async move {
            let mut subscriber = bus.subscribe(subscription).await?;
            let mut found = Vec::new();
            // waits: until nothing has come for so long that everything must have come.
            while let Some(delivery) = subscriber.next(Duration::from_secs(1)).await? {
                found.push(text(&delivery));
                delivery.done().await?;
            }
            Ok::<_, Failure>(found)
        }
    });
    let mut found = try_join_all(members).await?.concat();
    found.sort();
    ensure_eq!(found, payloads, "what all members got together");
    Ok(())
}

pub(super) async fn a_message_waits_for_its_first_subscriber(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "orders.*")?;
    subject.handle.declare(&subscription).await?;
    publish(subject, "orders.created", &["a", "b"]).await?;
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    ensure_eq!(
        done_in_any_order(&mut subscriber, 2).await?,
        set(&["a", "b"]),
        "what had been published before"
    );
    silent(&mut subscriber).await
}

pub(super) async fn a_group_gets_nothing_from_before_its_declaration(subject: &Subject<Bus>) -> Verdict {
    let mut early = subject.handle.subscribe(group(subject, "early", "orders")?).await?;
    publish(subject, "orders", &["before"]).await?;
    let mut late = subject.handle.subscribe(group(subject, "late", "orders")?).await?;
    publish(subject, "orders", &["after"]).await?;
    ensure_eq!(done(&mut late, 1).await?, ["after"], "what the later group gets");
    silent(&mut late).await?;
    ensure_eq!(
        done_in_any_order(&mut early, 2).await?,
        set(&["before", "after"]),
        "what the earlier group gets"
    );
    Ok(())
}

pub(super) async fn a_message_for_nobody_is_no_error(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "orders.created")?).await?;
    publish(subject, "orders.deleted", &["nobody"]).await?;
    publish(subject, "nothing", &["nobody"]).await?;
    silent(&mut subscriber).await
}

pub(super) async fn a_batch_is_answered_message_by_message(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "orders")?).await?;
    let wrong = message(subject, "orders", "wrong")?.header("Not Lower Case", "x");
    let empty_key = message(subject, "orders", "wrong")?.key("");
    let batch = vec![message(subject, "orders", "a")?, wrong, message(subject, "orders", "b")?, empty_key];
    let mut answers = subject.handle.publish_all(batch).await.into_iter();
    ensure_eq!(answers.len(), 4, "the answers to four messages");
    for (at, is_valid) in [true, false, true, false].into_iter().enumerate() {
        let answer = answers.next().unwrap_or(Ok(()));
        match is_valid {
            true => answer?,
            false => drop(refused(answer, ErrorKind::InvalidInput, &format!("the message at {at}"))?),
        }
    }
    ensure_eq!(done_in_any_order(&mut subscriber, 2).await?, set(&["a", "b"]), "the valid messages");
    ensure!(subject.handle.publish_all(Vec::new()).await.is_empty(), "no messages have no answers");
    silent(&mut subscriber).await
}

pub(super) async fn a_large_batch_arrives_complete(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "orders")?.prefetch(50)).await?;
    let payloads: Vec<String> = (1_000..1_500).map(|at| at.to_string()).collect();
    publish(subject, "orders", &payloads.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    let found = done_in_any_order(&mut subscriber, 500).await?;
    ensure!(found.iter().eq(&payloads), "500 messages arrive once each, found {}", found.len());
    silent(&mut subscriber).await
}

pub(super) async fn a_waiting_subscriber_is_woken(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "orders")?).await?;
    let waiting = tokio::spawn(async move {
        let found = subscriber.next(PATIENCE * 3).await?.map(|delivery| text(&delivery));
        Ok::<_, Failure>(found)
    });
    // waits: so that it waits already; if it doesn't yet, the case is only easier.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let published = Instant::now();
    publish(subject, "orders", &["a"]).await?;
    let found = waiting.await.map_err(|panic| Failure(format!("the task ended: {panic}")))??;
    ensure_eq!(found.as_deref(), Some("a"), "what the waiting subscriber got");
    ensure!(published.elapsed() < PATIENCE, "it was woken only after {:?}", published.elapsed());
    Ok(())
}

pub(super) async fn a_wait_ends_on_time(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "orders")?).await?;
    for wait in [Duration::ZERO, Duration::from_millis(300)] {
        let began = Instant::now();
        // waits: it is the wait that is tested.
        let found = subscriber.next(wait).await?;
        ensure!(found.is_none(), "nothing was published");
        ensure!(began.elapsed() >= wait, "a wait of {wait:?} ended after {:?}", began.elapsed());
        ensure!(began.elapsed() < wait + PATIENCE / 2, "a wait of {wait:?} took {:?}", began.elapsed());
    }
    Ok(())
}
