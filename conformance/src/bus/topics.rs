//! Topics and patterns.

use std::collections::BTreeSet;

use bedplate_core::bus::{Bus, MAX_GROUP_BYTES, MAX_TOPIC_BYTES, Message, Pattern, Subscription, Topic};
use bedplate_core::{ErrorKind, Result};

use super::steps::{done, done_in_any_order, group, message, next, pattern, publish, set, silent, topic};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// Publishes each topic's own name on it and checks which of them a pattern gets.
async fn gets(subject: &Subject<Bus>, name: &str, rest: &str, topics: &[&str], expected: &[&str]) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, name, rest)?).await?;
    for topic in topics {
        publish(subject, topic, &[topic]).await?;
    }
    let found = done_in_any_order(&mut subscriber, expected.len()).await?;
    ensure_eq!(found, set(expected), "what `{rest}` gets of {topics:?}");
    silent(&mut subscriber).await
}

pub(super) async fn a_star_is_one_word(subject: &Subject<Bus>) -> Verdict {
    let topics =
        ["user", "user.created", "user.email.verified", "users.created", "order.created", "order.x.created"];
    gets(subject, "a", "user.*", &topics, &["user.created"]).await?;
    gets(subject, "b", "*.created", &topics, &["user.created", "users.created", "order.created"]).await?;
    gets(subject, "c", "*.*.*", &topics, &["user.email.verified", "order.x.created"]).await
}

pub(super) async fn a_hash_is_any_number_of_words(subject: &Subject<Bus>) -> Verdict {
    let topics = ["user", "user.created", "user.email.verified", "users.created", "order.created"];
    gets(subject, "a", "user.#", &topics, &["user", "user.created", "user.email.verified"]).await?;
    gets(subject, "b", "#.created", &topics, &["user.created", "users.created", "order.created"]).await?;
    gets(subject, "c", "user.#.verified", &topics, &["user.email.verified"]).await?;
    gets(subject, "d", "#", &topics, &topics).await
}

pub(super) async fn a_message_that_matches_twice_arrives_once(subject: &Subject<Bus>) -> Verdict {
    let patterns = ["user.created", "user.*", "#", "user.created"];
    let patterns = patterns.iter().map(|rest| pattern(subject, rest)).collect::<Result<Vec<_>>>()?;
    let mut subscriber = subject.handle.subscribe(Subscription::group(subject.name("g"), patterns)).await?;
    publish(subject, "user.created", &["once"]).await?;
    publish(subject, "order.created", &["too"]).await?;
    ensure_eq!(
        done_in_any_order(&mut subscriber, 2).await?,
        set(&["once", "too"]),
        "what any pattern matches"
    );
    silent(&mut subscriber).await
}

pub(super) async fn the_longest_names_work(subject: &Subject<Bus>) -> Verdict {
    let name = format!("{}.{}", subject.namespace, "t".repeat(MAX_TOPIC_BYTES));
    let longest = Topic::new(&name[..MAX_TOPIC_BYTES])?;
    let words = Topic::new(format!(
        "{}{}",
        subject.namespace,
        ".w".repeat((MAX_TOPIC_BYTES - subject.namespace.len()) / 2)
    ))?;
    let sibling = Topic::new(format!("{}u", &name[..MAX_TOPIC_BYTES - 1]))?;
    let group = format!("{}_{}", subject.namespace, "g".repeat(MAX_GROUP_BYTES));
    for topic in [&longest, &words] {
        let subscription = Subscription::group(&group[..MAX_GROUP_BYTES], [Pattern::new(topic.as_str())?]);
        subject.handle.declare(&subscription).await?;
        let mut subscriber = subject.handle.subscribe(subscription).await?;
        subject.handle.publish_message(Message::new(sibling.clone(), "another")).await?;
        subject.handle.publish_message(Message::new(topic.clone(), "x")).await?;
        let delivery = next(&mut subscriber).await?;
        ensure_eq!(&delivery.message().topic, topic, "the topic");
        delivery.done().await?;
        silent(&mut subscriber).await?;
    }
    let longer = Subscription::group(&group[..MAX_GROUP_BYTES + 1], [Pattern::new(longest.as_str())?]);
    refused(subject.handle.declare(&longer).await, ErrorKind::InvalidInput, "a group of one byte more")?;
    refused(Topic::new(&name[..MAX_TOPIC_BYTES + 1]), ErrorKind::InvalidInput, "a topic of one byte more")?;
    Ok(())
}

pub(super) async fn a_thousand_topics_work(subject: &Subject<Bus>) -> Verdict {
    let topics = (0..1_000).map(|at| topic(subject, &format!("many.t{at}"))).collect::<Result<Vec<_>>>()?;
    subject.handle.declare_topics(&topics).await?;
    subject.handle.declare_topics(&topics[..10]).await?;
    let mut all = subject.handle.subscribe(group(subject, "all", "many.#")?.prefetch(100)).await?;
    let mut one = subject.handle.subscribe(group(subject, "one", "many.t999")?).await?;
    let messages = topics.iter().map(|topic| Message::new(topic.clone(), topic.to_string())).collect();
    subject.handle.publish_all(messages).await.into_iter().collect::<Result<()>>()?;
    let expected: BTreeSet<String> = topics.iter().map(Topic::to_string).collect();
    let found = done_in_any_order(&mut all, 1_000).await?;
    ensure!(found == expected, "one message of each of 1,000 topics arrives, found {}", found.len());
    ensure_eq!(done(&mut one, 1).await?, [topics[999].to_string()], "what the group of one topic gets");
    silent(&mut one).await
}

pub(super) async fn names_are_told_apart_by_every_letter(subject: &Subject<Bus>) -> Verdict {
    let topics = ["a-b", "a_b", "A-b", "a-b.c", "a-b-c", "a", "A", "1", "01"];
    let mut subscribers = Vec::new();
    for (at, rest) in topics.iter().enumerate() {
        subscribers.push(subject.handle.subscribe(group(subject, &format!("g{at}"), rest)?).await?);
    }
    for rest in topics {
        subject.handle.publish_message(message(subject, rest, rest)?).await?;
    }
    for (subscriber, rest) in subscribers.iter_mut().zip(topics) {
        ensure_eq!(done(subscriber, 1).await?, [rest], "what `{rest}` gets");
    }
    for subscriber in &mut subscribers {
        silent(subscriber).await?;
    }
    // Groups too are told apart by every letter.
    let mut upper = subject.handle.subscribe(group(subject, "G0", "a-b")?).await?;
    publish(subject, "a-b", &["again"]).await?;
    ensure_eq!(done(&mut upper, 1).await?, ["again"], "what the group `G0` gets");
    ensure_eq!(done(&mut subscribers[0], 1).await?, ["again"], "what the group `g0` gets");
    Ok(())
}
