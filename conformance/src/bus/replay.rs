//! The promise `replay`.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::bus::{Bus, Start};
use jiff::Timestamp;

use super::steps::{done, done_in_any_order, group, publish, set, silent, topic};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn a_new_group_can_start_at_the_earliest_message(subject: &Subject<Bus>) -> Verdict {
    subject.handle.declare_topics(&[topic(subject, "t")?, topic(subject, "u")?]).await?;
    let mut first = subject.handle.subscribe(group(subject, "first", "t")?).await?;
    publish(subject, "t", &["a", "b"]).await?;
    publish(subject, "u", &["another topic"]).await?;
    done(&mut first, 2).await?;
    let subscription = group(subject, "second", "t")?.start(Start::Earliest);
    let mut second = subject.handle.subscribe(subscription.clone()).await?;
    publish(subject, "t", &["c"]).await?;
    ensure_eq!(done_in_any_order(&mut second, 3).await?, set(&["a", "b", "c"]), "what the new group gets");
    silent(&mut second).await?;
    // It is known now: where it starts is settled.
    subject.handle.declare(&subscription).await?;
    silent(&mut second).await?;
    ensure_eq!(done(&mut first, 1).await?, ["c"], "what the other group gets");
    silent(&mut first).await
}

pub(super) async fn a_new_group_can_start_at_a_time(subject: &Subject<Bus>) -> Verdict {
    subject.handle.declare_topics(&[topic(subject, "t")?]).await?;
    let brief = Duration::from_millis(100);
    publish(subject, "t", &["before"]).await?;
    // waits: so that the time differs from the messages' by more than a coarse clock's step.
    tokio::time::sleep(brief).await;
    let time = Timestamp::now();
    // waits: the same.
    tokio::time::sleep(brief).await;
    publish(subject, "t", &["after"]).await?;
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?.start(Start::At(time))).await?;
    ensure_eq!(done(&mut subscriber, 1).await?, ["after"], "what the new group gets");
    publish(subject, "t", &["later"]).await?;
    ensure_eq!(done(&mut subscriber, 1).await?, ["later"], "what comes later");
    silent(&mut subscriber).await
}

pub(super) async fn asking_for_the_past_is_unsupported(subject: &Subject<Bus>) -> Verdict {
    for start in [Start::Earliest, Start::At(Timestamp::now())] {
        let subscription = group(subject, "g", "t")?.start(start);
        refused(subject.handle.declare(&subscription).await, ErrorKind::Unsupported, "declaring")?;
        refused(
            subject.handle.subscribe(subscription).await.map(drop),
            ErrorKind::Unsupported,
            "subscribing",
        )?;
    }
    ensure!(!subject.handle.groups().await?.contains(&subject.name("g")), "nothing was declared");
    Ok(())
}
