//! Dead letters: listed, read, sent back, edited and discarded.

use bedplate_core::ErrorKind;
use bedplate_core::bus::Bus;
use jiff::Timestamp;

use super::steps::{bury, done_in_any_order, group, message, next, publish, set, silent, text};
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// The identities of all dead letters of the group `g`.
async fn ids(subject: &Subject<Bus>) -> Result<Vec<String>, Failure> {
    let page = subject.handle.dead_letters(&subject.name("g"), None, 1_000).await?;
    Ok(page.letters.into_iter().map(|letter| letter.id).collect())
}

pub(super) async fn dead_letters_are_listed_in_pages_in_the_order_of_their_deaths(
    subject: &Subject<Bus>,
) -> Verdict {
    let expected = ["a", "b", "c", "d", "e", "f", "g"];
    bury(subject, group(subject, "g", "t")?, "t", &expected).await?;
    for size in [1, 3, 7, 100] {
        let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = subject.handle.dead_letters(&subject.name("g"), after.as_deref(), size).await?;
            ensure!(page.letters.len() <= size, "a page of {size} has {} letters", page.letters.len());
            found.extend(
                page.letters
                    .iter()
                    .map(|letter| String::from_utf8_lossy(&letter.message.payload).into_owned()),
            );
            pages += 1;
            ensure!(pages < 20, "20 pages have no end");
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        ensure_eq!(found, expected, "the dead letters in pages of {size}");
    }
    Ok(())
}

pub(super) async fn a_dead_letter_keeps_its_message_as_it_was_published(subject: &Subject<Bus>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "t.*")?).await?;
    let sent = message(subject, "t.x", "payload")?.key("key").source("source").header("x-header", "välue");
    let before = Timestamp::now();
    subject.handle.publish_message(sent.clone()).await?;
    next(&mut subscriber).await?.dead("because").await?;
    let letters = subject.handle.dead_letters(&subject.name("g"), None, 10).await?.letters;
    ensure_eq!(letters.len(), 1, "the dead letters");
    ensure_eq!(letters[0].message, sent, "its message");
    ensure_eq!((letters[0].reason.as_str(), letters[0].attempts), ("because", 1), "its reason and attempts");
    // A server's clock may differ from this one's by a little.
    let age = letters[0].died_at.duration_since(before).as_secs();
    ensure!((-5..60).contains(&age), "it died {age} s after it was published");
    Ok(())
}

pub(super) async fn one_that_is_sent_back_is_new_again(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?.max_attempts(2);
    bury(subject, subscription.clone(), "t", &["a", "b"]).await?;
    let ids_before = ids(subject).await?;
    let sent_back = subject.handle.redrive(&subject.name("g"), &ids_before[..1]).await?;
    ensure_eq!(sent_back, 1, "how many were sent back");
    ensure_eq!(ids(subject).await?, ids_before[1..], "the dead letters that are left");
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    let delivery = next(&mut subscriber).await?;
    ensure_eq!(text(&delivery), "a", "what comes back");
    ensure_eq!(delivery.attempt(), 1, "its attempt");
    delivery.retry(std::time::Duration::ZERO, "again").await?;
    let delivery = next(&mut subscriber).await?;
    ensure_eq!(delivery.attempt(), 2, "its second attempt");
    delivery.dead("again").await?;
    silent(&mut subscriber).await?;
    ensure_eq!(ids(subject).await?.len(), 2, "the dead letters after it died again");
    Ok(())
}

pub(super) async fn all_that_are_sent_back_arrive(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?;
    bury(subject, subscription.clone(), "t", &["a", "b", "c", "d"]).await?;
    let sent_back = subject.handle.redrive(&subject.name("g"), &ids(subject).await?).await?;
    ensure_eq!(sent_back, 4, "how many were sent back");
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    ensure_eq!(done_in_any_order(&mut subscriber, 4).await?, set(&["a", "b", "c", "d"]), "what comes back");
    silent(&mut subscriber).await?;
    ensure_eq!(ids(subject).await?.len(), 0, "the dead letters that are left");
    Ok(())
}

pub(super) async fn one_can_be_sent_back_in_another_form(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?;
    bury(subject, subscription.clone(), "t", &["broken"]).await?;
    let edited = message(subject, "t", "mended")?.key("new").header("edited", "yes");
    let sent_back =
        subject.handle.redrive_as(&subject.name("g"), &ids(subject).await?[0], edited.clone()).await?;
    ensure_eq!(sent_back, 1, "how many were sent back");
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    let delivery = next(&mut subscriber).await?;
    ensure_eq!(delivery.message(), &edited, "what comes back");
    ensure_eq!(delivery.attempt(), 1, "its attempt");
    delivery.done().await?;
    silent(&mut subscriber).await?;
    ensure_eq!(ids(subject).await?.len(), 0, "the dead letters that are left");
    Ok(())
}

pub(super) async fn what_is_sent_back_reaches_its_own_group_alone(subject: &Subject<Bus>) -> Verdict {
    let mut other = subject.handle.subscribe(group(subject, "other", "t")?).await?;
    let subscription = group(subject, "g", "t")?;
    bury(subject, subscription.clone(), "t", &["a"]).await?;
    ensure_eq!(done_in_any_order(&mut other, 1).await?, set(&["a"]), "what the other group gets at first");
    subject.handle.redrive(&subject.name("g"), &ids(subject).await?).await?;
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    ensure_eq!(done_in_any_order(&mut subscriber, 1).await?, set(&["a"]), "what comes back to its own group");
    silent(&mut other).await
}

pub(super) async fn what_is_discarded_is_forgotten(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?;
    bury(subject, subscription.clone(), "t", &["a", "b", "c"]).await?;
    let all = ids(subject).await?;
    ensure_eq!(subject.handle.discard(&subject.name("g"), &all[..2]).await?, 2, "how many were discarded");
    ensure_eq!(ids(subject).await?, all[2..], "the dead letters that are left");
    ensure_eq!(
        subject.handle.redrive(&subject.name("g"), &all[..2]).await?,
        0,
        "how many discarded ones were sent back"
    );
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    silent(&mut subscriber).await
}

pub(super) async fn dead_letters_that_are_not_there_count_nothing(subject: &Subject<Bus>) -> Verdict {
    let subscription = group(subject, "g", "t")?;
    bury(subject, subscription.clone(), "t", &["a"]).await?;
    let real = ids(subject).await?;
    let twice =
        [real.clone(), vec!["999999999".into(), String::new(), "no such letter".into()], real.clone()]
            .concat();
    ensure_eq!(subject.handle.redrive(&subject.name("g"), &twice).await?, 1, "how many were sent back");
    ensure_eq!(subject.handle.redrive(&subject.name("g"), &real).await?, 0, "how many the second time");
    ensure_eq!(subject.handle.discard(&subject.name("g"), &real).await?, 0, "how many were discarded");
    ensure_eq!(subject.handle.redrive(&subject.name("g"), &[]).await?, 0, "how many of none");
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    ensure_eq!(done_in_any_order(&mut subscriber, 1).await?, set(&["a"]), "what comes back");
    silent(&mut subscriber).await
}

pub(super) async fn a_group_that_is_not_known_is_not_found(subject: &Subject<Bus>) -> Verdict {
    let (bus, name) = (&subject.handle, subject.name("nobody"));
    publish(subject, "t", &["a"]).await?;
    refused(bus.backlog(&name).await, ErrorKind::NotFound, "its backlog")?;
    refused(bus.dead_letters(&name, None, 10).await, ErrorKind::NotFound, "its dead letters")?;
    refused(bus.redrive(&name, &["1".into()]).await, ErrorKind::NotFound, "sending its dead letters back")?;
    refused(bus.discard(&name, &["1".into()]).await, ErrorKind::NotFound, "discarding its dead letters")?;
    bus.remove_group(&name).await?;
    Ok(())
}
