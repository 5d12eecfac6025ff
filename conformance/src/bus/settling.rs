//! How deliveries end.

use std::time::{Duration, Instant};

use bedplate_core::ErrorKind;
use bedplate_core::bus::{Backlog, Bus, MAX_RETRY_WAIT};

use super::steps::{SOON, backlog_is, done, done_in_any_order, group, next, publish, set, silent, text};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn what_is_done_never_comes_again(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.delivery_timeout(SOON);
    let mut subscriber = subject.handle.subscribe(subscription.clone()).await?;
    publish(subject, "t", &["a", "b"]).await?;
    done(&mut subscriber, 2).await?;
    // waits: for longer than the delivery timeout.
    let again = subscriber.next(SOON * 2).await?;
    ensure!(again.is_none(), "`{:?}` came again", again.as_ref().map(text));
    subscriber.close().await?;
    let mut another = subject.handle.subscribe(subscription).await?;
    silent(&mut another).await?;
    backlog_is(subject, "g", "nothing", |found| found == Backlog::default()).await
}

pub(super) async fn a_retry_waits_at_least_as_long_as_it_was_told(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?.prefetch(1)).await?;
    publish(subject, "t", &["a"]).await?;
    let delivery = next(&mut subscriber).await?;
    let told = Instant::now();
    delivery.retry(SOON, "not yet").await?;
    publish(subject, "t", &["b"]).await?;
    let other = next(&mut subscriber).await?;
    ensure!(text(&other) == "b" || told.elapsed() >= SOON, "it came again after {:?}", told.elapsed());
    let other_text = text(&other);
    other.done().await?;
    let delivery = next(&mut subscriber).await?;
    ensure_eq!(set(&[&text(&delivery), &other_text]), set(&["a", "b"]), "both messages");
    ensure!(told.elapsed() >= SOON, "it came again after {:?}, and was told {SOON:?}", told.elapsed());
    delivery.done().await?;
    silent(&mut subscriber).await
}

pub(super) async fn a_retry_at_once_comes_again_and_counts(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?.max_attempts(4)).await?;
    publish(subject, "t", &["a"]).await?;
    let mut id = None;
    for attempt in 1..=4 {
        let delivery = next(&mut subscriber).await?;
        ensure_eq!(delivery.attempt(), attempt, "the attempt");
        let first = *id.get_or_insert(delivery.message().id);
        ensure_eq!(delivery.message().id, first, "the identity on attempt {attempt}");
        match attempt {
            4 => delivery.done().await?,
            _ => delivery.retry(Duration::ZERO, "again").await?,
        }
    }
    silent(&mut subscriber).await?;
    backlog_is(subject, "g", "nothing", |found| found == Backlog::default()).await
}

pub(super) async fn after_its_last_attempt_a_message_is_dead(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?.max_attempts(3)).await?;
    publish(subject, "t", &["a"]).await?;
    for attempt in 1..=3 {
        let delivery = next(&mut subscriber).await?;
        ensure_eq!(delivery.attempt(), attempt, "the attempt");
        delivery.retry(Duration::ZERO, format!("failure {attempt}")).await?;
    }
    silent(&mut subscriber).await?;
    let letters = subject.handle.dead_letters(&subject.name("g"), None, 10).await?.letters;
    ensure_eq!(letters.len(), 1, "the dead letters");
    ensure_eq!(letters[0].message.payload, "a", "its payload");
    ensure_eq!(letters[0].attempts, 3, "its attempts");
    ensure_eq!(letters[0].reason, "failure 3", "its reason");
    Ok(())
}

pub(super) async fn a_message_can_be_declared_dead_at_once(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?.max_attempts(9)).await?;
    publish(subject, "t", &["bad", "good"]).await?;
    for _ in 0..2 {
        let delivery = next(&mut subscriber).await?;
        match text(&delivery).as_str() {
            "bad" => delivery.dead("it can't be read: ünreadable 🔑").await?,
            _ => delivery.done().await?,
        }
    }
    silent(&mut subscriber).await?;
    let letters = subject.handle.dead_letters(&subject.name("g"), None, 10).await?.letters;
    ensure_eq!(letters.len(), 1, "the dead letters");
    ensure_eq!(letters[0].attempts, 1, "its attempts");
    ensure_eq!(letters[0].reason, "it can't be read: ünreadable 🔑", "its reason");
    Ok(())
}

pub(super) async fn one_group_settles_for_itself_alone(subject: &Subject<Bus>) -> Verdict {
    let mut failing = subject.handle.subscribe(group(subject, "failing", "t")?.max_attempts(2)).await?;
    let mut working = subject.handle.subscribe(group(subject, "working", "t")?.max_attempts(2)).await?;
    publish(subject, "t", &["a", "b"]).await?;
    next(&mut failing).await?.dead("no").await?;
    ensure_eq!(done_in_any_order(&mut working, 2).await?, set(&["a", "b"]), "what the working group gets");
    let delivery = next(&mut failing).await?;
    delivery.retry(Duration::ZERO, "again").await?;
    let delivery = next(&mut failing).await?;
    ensure_eq!(delivery.attempt(), 2, "the attempt in the failing group");
    delivery.done().await?;
    silent(&mut working).await?;
    backlog_is(subject, "working", "nothing", |found| found == Backlog::default()).await?;
    backlog_is(subject, "failing", "1 dead", |found| found == Backlog { dead: 1, ..Backlog::default() }).await
}

pub(super) async fn a_retry_at_the_longest_wait_works_and_one_beyond_is_limited(
    subject: &Subject<Bus>,
) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?).await?;
    publish(subject, "t", &["a", "b"]).await?;
    next(&mut subscriber).await?.retry(MAX_RETRY_WAIT, "much later").await?;
    let second = MAX_RETRY_WAIT + Duration::from_secs(1);
    let error = refused(
        next(&mut subscriber).await?.retry(second, "later still").await,
        ErrorKind::Limited,
        "one second more",
    )?;
    ensure!(
        error.message().contains("max-retry-wait-seconds"),
        "the message names max-retry-wait-seconds: {error}"
    );
    silent(&mut subscriber).await
}
