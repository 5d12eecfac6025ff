//! Many at once, and those who leave in the middle: nothing is lost.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bedplate_core::bus::Bus;
use futures_util::future::try_join_all;

use super::steps::{PATIENCE, done_in_any_order, group, message, publish, set, text};
use crate::case::{Failure, Subject, Verdict};
use crate::{ensure, ensure_eq};

/// How long a crowd may take.
const ENOUGH: Duration = Duration::from_secs(12);

pub(super) async fn many_publishers_and_members_lose_nothing(subject: &Subject<Bus>) -> Verdict {
    const PUBLISHERS: usize = 4;
    const EACH: usize = 50;
    let subscription = group(subject, "g", "t.#")?.prefetch(5);
    subject.handle.declare(&subscription).await?;
    let found: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let count = |found: &Mutex<BTreeSet<String>>| found.lock().unwrap_or_else(PoisonError::into_inner).len();
    let members = (0..3).map(|_| {
        let (bus, subscription, found) = (subject.handle.clone(), subscription.clone(), found.clone());
        tokio::spawn(async move {
            let mut subscriber = bus.subscribe(subscription).await?;
            let began = Instant::now();
            while count(&found) < PUBLISHERS * EACH && began.elapsed() < ENOUGH {
                if let Some(delivery) = subscriber.next(Duration::from_millis(100)).await? {
                    found.lock().unwrap_or_else(PoisonError::into_inner).insert(text(&delivery));
                    // Every third one takes another way.
                    match delivery.attempt() == 1 && delivery.message().id.as_bytes()[15] % 3 == 0 {
                        true => delivery.retry(Duration::ZERO, "again").await?,
                        false => delivery.done().await?,
                    }
                }
            }
            Ok::<_, Failure>(())
        })
    });
    let members = members.collect::<Vec<_>>();
    let publishing = (0..PUBLISHERS).map(|publisher| async move {
        for at in 0..EACH {
            let sent = message(subject, &format!("t.p{publisher}"), &format!("{publisher}-{at}"))?;
            subject.handle.publish_message(sent).await?;
        }
        Ok::<_, Failure>(())
    });
    try_join_all(publishing).await?;
    let ended = try_join_all(members).await.map_err(|panic| Failure(format!("a task ended: {panic}")))?;
    ended.into_iter().collect::<Result<(), _>>()?;
    ensure_eq!(count(&found), PUBLISHERS * EACH, "how many different messages have come");
    Ok(())
}

pub(super) async fn a_wait_that_is_dropped_loses_nothing(subject: &Subject<Bus>) -> Verdict {
    // What a dropped wait has taken with it comes back when this has passed.
    let subscription =
        group(subject, "g", "t")?.prefetch(3).delivery_timeout(Duration::from_secs(1)).max_attempts(50);
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    let expected: BTreeSet<String> = (100..140).map(|at| at.to_string()).collect();
    let mut found = BTreeSet::new();
    let began = Instant::now();
    for (at, payload) in expected.iter().enumerate() {
        publish(subject, "t", &[payload]).await?;
        let brief = Duration::from_micros(at as u64 * 50);
        if let Ok(next) = tokio::time::timeout(brief, subscriber.next(PATIENCE)).await
            && let Some(delivery) = next?
        {
            found.insert(text(&delivery));
            delivery.done().await?;
        }
    }
    while found.len() < expected.len() && began.elapsed() < ENOUGH {
        if let Some(delivery) = subscriber.next(Duration::from_millis(200)).await? {
            found.insert(text(&delivery));
            delivery.done().await?;
        }
    }
    let missing: Vec<_> = expected.difference(&found).collect();
    ensure!(missing.is_empty(), "these were lost: {missing:?}");
    Ok(())
}

pub(super) async fn a_publish_that_is_dropped_leaves_everything_working(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "wanted")?).await?;
    for at in 0..40 {
        // Polled for a different while each time, then dropped wherever it is.
        let publishing = publish(subject, "unwanted", &["a", "b", "c"]);
        let _ = tokio::time::timeout(Duration::from_micros(at * 25), publishing).await;
        let subscribing = subject.handle.subscribe(group(subject, "brief", "unwanted")?);
        let _ = tokio::time::timeout(Duration::from_micros(at * 25), subscribing).await;
    }
    publish(subject, "wanted", &["a", "b"]).await?;
    ensure_eq!(done_in_any_order(&mut subscriber, 2).await?, set(&["a", "b"]), "what comes");
    Ok(())
}
