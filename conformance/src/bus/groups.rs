//! Groups: declared, changed, listed and removed.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::bus::{Bus, MAX_GROUP_BYTES, MAX_RETRY_WAIT, Subscription};

use super::steps::{
    PATIENCE, backlog_is, bury, done, done_in_any_order, group, next, pattern, publish, set, silent, text,
};
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn a_second_declaration_changes_the_patterns_and_keeps_the_backlog(
    subject: &Subject<Bus>,
) -> Verdict {
    subject.handle.declare(&group(subject, "g", "old")?).await?;
    publish(subject, "old", &["kept"]).await?;
    publish(subject, "new", &["too early"]).await?;
    let second = group(subject, "g", "new")?;
    subject.handle.declare(&second).await?;
    publish(subject, "old", &["too late"]).await?;
    publish(subject, "new", &["wanted"]).await?;
    let mut subscriber = subject.handle.subscribe(second).await?;
    ensure_eq!(done_in_any_order(&mut subscriber, 2).await?, set(&["kept", "wanted"]), "what the group gets");
    silent(&mut subscriber).await
}

pub(super) async fn a_second_declaration_changes_the_attempts(subject: &Subject<Bus>) -> Verdict {
    let first = group(subject, "g", "t")?.prefetch(1);
    subject.handle.declare(&first).await?;
    subject.handle.declare(&first.clone().max_attempts(1)).await?;
    let mut subscriber = subject.handle.subscribe(first).await?;
    publish(subject, "t", &["a"]).await?;
    next(&mut subscriber).await?.retry(Duration::ZERO, "not yet").await?;
    silent(&mut subscriber).await?;
    backlog_is(subject, "g", "1 dead", |found| found.dead == 1).await
}

pub(super) async fn declaring_the_same_again_changes_nothing(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?;
    subject.handle.declare(&subscription).await?;
    publish(subject, "t", &["a"]).await?;
    subject.handle.declare(&subscription).await?;
    let mut subscriber = subject.handle.subscribe(subscription.clone()).await?;
    subject.handle.declare(&subscription).await?;
    publish(subject, "t", &["b"]).await?;
    ensure_eq!(done_in_any_order(&mut subscriber, 2).await?, set(&["a", "b"]), "what the group gets");
    silent(&mut subscriber).await
}

pub(super) async fn subscribing_to_a_known_group_changes_nothing_about_it(subject: &Subject<Bus>) -> Verdict {
    subject.handle.declare(&group(subject, "g", "declared")?.max_attempts(1)).await?;
    let mut subscriber =
        subject.handle.subscribe(group(subject, "g", "other")?.prefetch(1).max_attempts(9)).await?;
    publish(subject, "other", &["not for it"]).await?;
    publish(subject, "declared", &["for it"]).await?;
    let delivery = next(&mut subscriber).await?;
    ensure_eq!(text(&delivery), "for it", "what the group gets");
    delivery.retry(Duration::ZERO, "not yet").await?;
    silent(&mut subscriber).await?;
    backlog_is(subject, "g", "1 dead after one attempt", |found| found.dead == 1).await
}

pub(super) async fn groups_are_listed_until_they_are_removed(subject: &Subject<Bus>) -> Verdict {
    let listed = async || {
        let groups = subject.handle.groups().await?;
        ensure!(groups.is_sorted(), "the groups are ordered by name: {groups:?}");
        Ok(groups.into_iter().filter(|group| group.starts_with(&subject.namespace)).collect::<Vec<_>>())
    };
    ensure_eq!(listed().await?, Vec::<String>::new(), "the groups at first");
    for name in ["b", "a"] {
        subject.handle.declare(&group(subject, name, "t")?).await?;
    }
    drop(subject.handle.subscribe(group(subject, "c", "t")?).await?);
    ensure_eq!(
        listed().await?,
        ["a", "b", "c"].map(|name| subject.name(name)),
        "the groups, subscribed ones included"
    );
    subject.handle.remove_group(&subject.name("b")).await?;
    subject.handle.remove_group(&subject.name("never")).await?;
    ensure_eq!(
        listed().await?,
        ["a", "c"].map(|name| subject.name(name)),
        "the groups after one was removed"
    );
    Ok(())
}

pub(super) async fn a_removed_group_forgets_everything(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?;
    let mut other = subject.handle.subscribe(group(subject, "other", "t")?).await?;
    bury(subject, subscription.clone(), "t", &["dead"]).await?;
    publish(subject, "t", &["forgotten"]).await?;
    subject.handle.remove_group(&subject.name("g")).await?;
    refused(
        subject.handle.backlog(&subject.name("g")).await,
        ErrorKind::NotFound,
        "the backlog of a removed group",
    )?;
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    publish(subject, "t", &["new"]).await?;
    ensure_eq!(done(&mut subscriber, 1).await?, ["new"], "what the group gets when it is there again");
    silent(&mut subscriber).await?;
    let letters = subject.handle.dead_letters(&subject.name("g"), None, 10).await?.letters;
    ensure!(letters.is_empty(), "it has no dead letters from before: {letters:?}");
    ensure_eq!(
        done_in_any_order(&mut other, 3).await?,
        set(&["dead", "forgotten", "new"]),
        "what another group gets"
    );
    Ok(())
}

pub(super) async fn whoever_waits_for_a_removed_group_is_told(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?).await?;
    let waiting =
        tokio::spawn(async move { subscriber.next(PATIENCE * 3).await.map(|found| found.is_some()) });
    // waits: so that it waits already; if it doesn't yet, the case is only easier.
    tokio::time::sleep(Duration::from_millis(50)).await;
    subject.handle.remove_group(&subject.name("g")).await?;
    let ended = tokio::time::timeout(PATIENCE, waiting).await;
    let ended = ended.map_err(|_| Failure(format!("it still waits after {PATIENCE:?}")))?;
    let ended = ended.map_err(|panic| Failure(format!("the task ended: {panic}")))?;
    refused(ended, ErrorKind::NotFound, "waiting for a removed group")?;
    Ok(())
}

pub(super) async fn a_subscription_that_cannot_be_is_refused(subject: &Subject<Bus>) -> Verdict {
    for name in ["", "a b", "a/b", "a.b", "é", "a\nb", "*", &"g".repeat(MAX_GROUP_BYTES + 1)] {
        let subscription = Subscription::group(name, [pattern(subject, "t")?]);
        refused(
            subject.handle.declare(&subscription).await,
            ErrorKind::InvalidInput,
            &format!("the group {name:?}"),
        )?;
        refused(
            subject.handle.subscribe(subscription).await.map(drop),
            ErrorKind::InvalidInput,
            &format!("the group {name:?}"),
        )?;
    }
    let nothing = Subscription::group(subject.name("g"), []);
    refused(subject.handle.declare(&nothing).await, ErrorKind::InvalidInput, "a group without a pattern")?;
    let groups = subject.handle.groups().await?;
    ensure!(!groups.contains(&subject.name("g")), "nothing was declared");
    Ok(())
}

pub(super) async fn what_cannot_be_a_group_or_a_subscription_is_refused(subject: &Subject<Bus>) -> Verdict {
    let bus = &subject.handle;
    for name in ["", "a.b", "a b", "a/b", "ä", "a\n"] {
        let none: &[String] = &[];
        refused(bus.remove_group(name).await, ErrorKind::InvalidInput, "removing no group")?;
        refused(bus.backlog(name).await, ErrorKind::InvalidInput, "the backlog of no group")?;
        refused(
            bus.dead_letters(name, None, 1).await,
            ErrorKind::InvalidInput,
            "the dead letters of no group",
        )?;
        refused(bus.redrive(name, none).await, ErrorKind::InvalidInput, "a redrive of no group")?;
        refused(bus.discard(name, none).await, ErrorKind::InvalidInput, "a discard of no group")?;
    }
    let subscription = || group(subject, "g", "t");
    let mut without_attempts = subscription()?;
    without_attempts.max_attempts = 0;
    let mut without_prefetch = subscription()?;
    without_prefetch.prefetch = 0;
    let without_time = subscription()?.delivery_timeout(Duration::ZERO);
    for wrong in [without_attempts, without_prefetch, without_time] {
        refused(bus.declare(&wrong).await, ErrorKind::InvalidInput, "a subscription with nothing")?;
    }
    let endless = subscription()?.delivery_timeout(MAX_RETRY_WAIT + Duration::from_secs(1));
    refused(bus.declare(&endless).await, ErrorKind::Limited, "a delivery timeout beyond the longest")?;
    bus.declare(&subscription()?.delivery_timeout(MAX_RETRY_WAIT)).await?;
    Ok(())
}
