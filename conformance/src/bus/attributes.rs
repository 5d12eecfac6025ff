//! What a message carries arrives as it was.

use bedplate_core::ErrorKind;
use bedplate_core::bus::{Bus, Message};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::steps::{group, message, next, silent, topic};
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// The largest payload that is really sent.
const SENT: u64 = 16 * 1024 * 1024;
/// The largest payload that is made to be refused: nothing ever touches its memory.
const REFUSED: u64 = 1024 * 1024 * 1024;

/// Publishes a message and checks that it arrives as it was.
async fn survives(subject: &Subject<Bus>, messages: Vec<Message>) -> Verdict {
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "#")?).await?;
    for sent in messages {
        subject.handle.publish_message(sent.clone()).await?;
        let delivery = next(&mut subscriber).await?;
        let found = delivery.message();
        ensure!(found.payload == sent.payload, "a payload of {} bytes arrives as it was", sent.payload.len());
        ensure_eq!(found, &sent, "the message");
        delivery.done().await?;
    }
    Ok(())
}

pub(super) async fn every_attribute_survives(subject: &Subject<Bus>) -> Verdict {
    let full = message(subject, "user.created", "{}")?
        .key("user-7")
        .source("/services/user")
        .content_type("application/json; charset=utf-8")
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .header("tenant", "acme");
    let mut old = message(subject, "user.created", "old")?;
    old.time = Timestamp::from_second(1).map_err(|why| Failure(why.to_string()))?;
    survives(subject, vec![full, old, message(subject, "user", "plain")?]).await
}

pub(super) async fn an_event_is_read_as_it_was_written(subject: &Subject<Bus>) -> Verdict {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct UserCreated {
        id: u64,
        name: String,
        tags: Vec<Option<String>>,
    }
    let mut subscriber = subject.handle.subscribe(group(subject, "g", "user.created")?).await?;
    let event =
        UserCreated { id: u64::MAX, name: "Zoë \u{0} 🔑".into(), tags: vec![None, Some(String::new())] };
    subject.handle.publish(&topic(subject, "user.created")?, &event).await?;
    let delivery = next(&mut subscriber).await?;
    ensure_eq!(delivery.message().content_type, "application/json", "the content type");
    ensure_eq!(delivery.event::<UserCreated>()?, event, "the event");
    refused(delivery.event::<bool>(), ErrorKind::InvalidInput, "reading it as another type")?;
    delivery.done().await?;
    Ok(())
}

pub(super) async fn any_payload_survives(subject: &Subject<Bus>) -> Verdict {
    let every: Vec<u8> = (0..=255).collect();
    let mixed: Vec<u8> = (0..100_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let payloads = [Vec::new(), vec![0], every, mixed, b"\r\n.\r\nMSG 1\r\n".to_vec(), "§ ünï 🔑".into()];
    let messages = payloads.into_iter().map(|payload| Ok(Message::new(topic(subject, "bytes")?, payload)));
    survives(subject, messages.collect::<Result<Vec<_>, Failure>>()?).await
}

pub(super) async fn any_key_and_header_survives(subject: &Subject<Bus>) -> Verdict {
    let mut messages = Vec::new();
    for key in ["a", " ", "Zoë", "ключ", "🔑", "a/b:c|d#e?f=g&h", "\"quoted\"", "%41", &"k".repeat(200)]
    {
        messages.push(message(subject, "keys", "key")?.key(key));
    }
    for value in ["", " ", "Zoë", "🔑", "a,b;c=d", "\"quoted\"", "%41", &"v".repeat(4_000)] {
        messages.push(message(subject, "headers", "header")?.header("x-value", value));
    }
    messages.push((0..30).fold(message(subject, "many", "headers")?, |message, at| {
        message.header(format!("x-{at}.y_z"), at.to_string())
    }));
    survives(subject, messages).await
}

pub(super) async fn a_header_that_cannot_be_is_refused(subject: &Subject<Bus>) -> Verdict {
    for (name, value) in [
        ("", "x"),
        ("Upper", "x"),
        ("a b", "x"),
        ("é", "x"),
        ("ce-id", "x"),
        ("bedplate-x", "x"),
        ("a", "x\ny"),
    ] {
        let sent = subject.handle.publish_message(message(subject, "t", "x")?.header(name, value)).await;
        refused(sent, ErrorKind::InvalidInput, &format!("the header {name:?}: {value:?}"))?;
    }
    for key in ["", "a\nb", "\0", &"k".repeat(201)] {
        let sent = subject.handle.publish_message(message(subject, "t", "x")?.key(key)).await;
        refused(sent, ErrorKind::InvalidInput, &format!("the key {key:?}"))?;
    }
    Ok(())
}

pub(super) async fn headers_at_the_limit_work_and_one_byte_more_is_limited(
    subject: &Subject<Bus>,
) -> Verdict {
    // 16 headers of 1 KiB, their names of three bytes included.
    let full = (10..26)
        .fold(message(subject, "t", "x")?, |message, at| message.header(format!("x{at}"), "v".repeat(1_021)));
    survives(subject, vec![full.clone()]).await?;
    let sent = subject.handle.publish_message(full.header("y", "")).await;
    let error = refused(sent, ErrorKind::Limited, "one byte more")?;
    ensure!(error.message().contains("max-header-bytes"), "the message names max-header-bytes: {error}");
    Ok(())
}

pub(super) async fn a_payload_at_the_limit_works_and_one_byte_more_is_limited(
    subject: &Subject<Bus>,
) -> Verdict {
    let known = subject.handle.features().max_message_bytes;
    // An engine that knows of no limit still takes this much.
    let limit = known.unwrap_or(1024 * 1024);
    if limit <= SENT {
        survives(subject, vec![Message::new(topic(subject, "large")?, vec![7; limit as usize])]).await?;
    }
    if known.is_some() && limit < REFUSED {
        let mut subscriber = subject.handle.subscribe(group(subject, "h", "#")?).await?;
        let beyond = Message::new(topic(subject, "large")?, vec![0; limit as usize + 1]);
        let error =
            refused(subject.handle.publish_message(beyond).await, ErrorKind::Limited, "one byte more")?;
        ensure!(
            error.message().contains("max-message-bytes"),
            "the message names max-message-bytes: {error}"
        );
        silent(&mut subscriber).await?;
    }
    Ok(())
}
