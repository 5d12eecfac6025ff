//! The promise `durable`.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::bus::Bus;

use super::steps::{backlog_is, bury, done_in_any_order, group, next, publish, set, silent};
use crate::case::{Subject, Verdict};
use crate::{ensure, ensure_eq};

pub(super) async fn messages_survive_every_handle(subject: &Subject<Bus>) -> Verdict {
    // One that a subscriber held comes back when the bus is closed, or else when this has passed.
    let subscription = group(subject, "g", "t")?.prefetch(1).delivery_timeout(Duration::from_secs(1));
    let mut subscriber = subject.handle.subscribe(subscription.clone()).await?;
    publish(subject, "t", &["a", "b", "c"]).await?;
    next(&mut subscriber).await?.done().await?;
    let held = next(&mut subscriber).await?;
    subject.handle.close().await;
    drop((held, subscriber));
    let again = subject.open_another().await?;
    ensure!(again.groups().await?.contains(&subject.name("g")), "the group is known");
    let mut subscriber = again.subscribe(subscription).await?;
    let found = done_in_any_order(&mut subscriber, 2).await?;
    ensure!(
        found.len() == 2 && found.is_subset(&set(&["a", "b", "c"])),
        "the two that were not done are there: {found:?}"
    );
    silent(&mut subscriber).await
}

pub(super) async fn dead_letters_survive_every_handle(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?;
    bury(subject, subscription.clone(), "t", &["a"]).await?;
    subject.handle.close().await;
    let again = subject.open_another().await?;
    let letters = again.dead_letters(&subject.name("g"), None, 10).await?.letters;
    ensure_eq!(letters.len(), 1, "the dead letters");
    ensure_eq!(
        (letters[0].reason.as_str(), &letters[0].message.payload[..]),
        ("because of a", &b"a"[..]),
        "what it says"
    );
    ensure_eq!(
        again.redrive(&subject.name("g"), &[letters[0].id.clone()]).await?,
        1,
        "how many were sent back"
    );
    let mut subscriber = again.subscribe(subscription).await?;
    ensure_eq!(done_in_any_order(&mut subscriber, 1).await?, set(&["a"]), "what comes back");
    Ok(())
}

pub(super) async fn messages_end_with_the_last_handle(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?;
    subject.handle.declare(&subscription).await?;
    publish(subject, "t", &["a"]).await?;
    backlog_is(subject, "g", "1 ready", |found| found.ready == 1).await?;
    subject.handle.close().await;
    let again = subject.open_another().await?;
    match again.backlog(&subject.name("g")).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        backlog => ensure_eq!(backlog?.ready, 0, "what is ready after the end"),
    }
    let mut subscriber = again.subscribe(subscription).await?;
    silent(&mut subscriber).await
}
