//! The promise `delay`.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::bus::{Backlog, Bus};
use jiff::Timestamp;

use super::steps::{SOON, backlog_is, done, group, message, next, publish, silent, text};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn a_delayed_message_waits_for_its_time(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?.prefetch(1)).await?;
    let far = Timestamp::now() + Duration::from_secs(3_600);
    subject.handle.publish_message(message(subject, "t", "far")?.not_before(far)).await?;
    let held = Backlog { held: 1, ..Backlog::default() };
    backlog_is(subject, "g", "1 held", |found| found == held).await?;
    let time = Timestamp::now() + SOON * 2;
    let delayed = message(subject, "t", "delayed")?.not_before(time);
    subject.handle.publish_message(delayed.clone()).await?;
    publish(subject, "t", &["at once"]).await?;
    let mut found = Vec::new();
    for _ in 0..2 {
        let delivery = next(&mut subscriber).await?;
        if text(&delivery) == "delayed" {
            ensure!(Timestamp::now() >= time, "it came before its time");
            ensure_eq!(delivery.message(), &delayed, "the message");
            ensure_eq!(delivery.attempt(), 1, "its attempt");
        }
        found.push(text(&delivery));
        delivery.done().await?;
    }
    found.sort();
    ensure_eq!(found, ["at once", "delayed"], "what comes");
    silent(&mut subscriber).await
}

pub(super) async fn a_time_that_has_passed_delays_nothing(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?).await?;
    let past = Timestamp::now() - Duration::from_secs(3_600);
    subject.handle.publish_message(message(subject, "t", "past")?.not_before(past)).await?;
    ensure_eq!(done(&mut subscriber, 1).await?, ["past"], "what comes");
    Ok(())
}

pub(super) async fn a_delay_at_the_limit_works_and_one_beyond_is_limited(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?).await?;
    let known = subject.handle.features().max_delay_seconds;
    // An engine that knows of no limit still takes a day.
    let limit = Duration::from_secs(known.unwrap_or(86_400));
    let far = message(subject, "t", "far")?;
    let time = far.time + limit;
    subject.handle.publish_message(far.not_before(time)).await?;
    silent(&mut subscriber).await?;
    if known.is_some() {
        let beyond = message(subject, "t", "beyond")?;
        let time = beyond.time + limit + Duration::from_secs(1);
        let sent = subject.handle.publish_message(beyond.not_before(time)).await;
        let error = refused(sent, ErrorKind::Limited, "one second more")?;
        ensure!(
            error.message().contains("max-delay-seconds"),
            "the message names max-delay-seconds: {error}"
        );
    }
    Ok(())
}

pub(super) async fn asking_for_a_delay_is_unsupported(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t")?).await?;
    for time in [Timestamp::now() + SOON, Timestamp::now() - SOON] {
        let sent = subject.handle.publish_message(message(subject, "t", "delayed")?.not_before(time)).await;
        refused(sent, ErrorKind::Unsupported, "a message with a time")?;
    }
    silent(&mut subscriber).await
}
