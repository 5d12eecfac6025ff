//! Who sees what: other handles, closed ones.

use bedplate_core::bus::Bus;
use bedplate_core::{ErrorKind, Reach};

use super::steps::{done_in_any_order, group, message, next, publish, set, silent, topic};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn others_see_it_as_far_as_its_reach_says(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?;
    let mut subscriber = subject.handle.clone().subscribe(subscription.clone()).await?;
    publish(subject, "t", &["a"]).await?;
    ensure_eq!(done_in_any_order(&mut subscriber, 1).await?, set(&["a"]), "what a clone of the handle gets");
    let another = subject.open_another().await?;
    another.publish_message(message(subject, "t", "b")?).await?;
    if another.features().reach > Reach::Process {
        ensure!(another.groups().await?.contains(&subject.name("g")), "another handle knows the group");
        ensure_eq!(
            done_in_any_order(&mut subscriber, 1).await?,
            set(&["b"]),
            "what another handle has published"
        );
        subscriber.close().await?;
        publish(subject, "t", &["c"]).await?;
        let mut other = another.subscribe(subscription).await?;
        ensure_eq!(done_in_any_order(&mut other, 1).await?, set(&["c"]), "what another handle gets");
    } else {
        refused(
            another.backlog(&subject.name("g")).await,
            ErrorKind::NotFound,
            "another handle's view of the group",
        )?;
        silent(&mut subscriber).await?;
        subscriber.close().await?;
    }
    another.close().await;
    publish(subject, "t", &["d"]).await?;
    let mut last = subject.handle.subscribe(group(subject, "g", "t")?).await?;
    ensure_eq!(
        done_in_any_order(&mut last, 1).await?,
        set(&["d"]),
        "what comes after another handle was closed"
    );
    Ok(())
}

pub(super) async fn a_closed_bus_is_unavailable(subject: &Subject<Bus>) -> Verdict {
    let bus = subject.open_another().await?;
    let subscription = group(subject, "g", "t")?;
    let mut subscriber = bus.subscribe(subscription.clone()).await?;
    bus.publish_message(message(subject, "t", "a")?).await?;
    let held = next(&mut subscriber).await?;
    bus.close().await;
    bus.close().await;
    let what = ErrorKind::Unavailable;
    refused(bus.publish_message(message(subject, "t", "a")?).await, what, "publishing")?;
    refused(bus.declare(&subscription).await, what, "declaring a group")?;
    refused(bus.declare_topics(&[topic(subject, "t")?]).await, what, "declaring a topic")?;
    refused(bus.subscribe(subscription).await.map(drop), what, "subscribing")?;
    refused(bus.groups().await, what, "listing groups")?;
    refused(bus.backlog(&subject.name("g")).await, what, "asking for a backlog")?;
    refused(held.extend().await, what, "extending a delivery")?;
    refused(held.done().await, what, "settling a delivery")?;
    // waits: not at all where it answers as it must.
    refused(
        subscriber.next(std::time::Duration::from_secs(5)).await.map(drop),
        what,
        "waiting for a message",
    )?;
    Ok(())
}
