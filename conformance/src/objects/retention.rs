//! Retention: what is kept until a time can't be deleted or changed before.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::objects::{Condition, PutOptions};
use jiff::Timestamp;

use super::Objects;
use crate::case::{Subject, Verdict, eventually, refused};
use crate::{ensure, ensure_eq};

/// Whole seconds, because S3 keeps no finer times; enough for what is done meanwhile.
fn in_seconds(seconds: i64) -> Timestamp {
    let now = Timestamp::now().as_second();
    Timestamp::from_second(now + seconds).unwrap_or(Timestamp::MAX)
}

async fn is_kept(objects: &Objects, key: &str, other: &str) -> Verdict {
    let etag = objects.head(key).await?.etag;
    let matches = || Condition::IfMatches(etag.clone());
    refused(objects.delete(key).await, ErrorKind::Denied, "a delete of a retained object")?;
    refused(objects.delete_with(key, matches()).await, ErrorKind::Denied, "its conditional delete")?;
    refused(objects.put(key, "changed").await, ErrorKind::Denied, "an overwrite of a retained object")?;
    let put = objects.put_with(key, "changed", PutOptions::new().condition(matches())).await;
    refused(put, ErrorKind::Denied, "its conditional overwrite")?;
    refused(
        objects.copy(other, key, Condition::Always).await,
        ErrorKind::Denied,
        "a copy onto a retained object",
    )?;
    let mut writer = objects.writer(key, PutOptions::new()).await?;
    writer.write("changed").await?;
    refused(writer.complete().await, ErrorKind::Denied, "an upload to a retained object")?;
    ensure_eq!(objects.read(key).await?, "kept", "the content of a retained object");
    ensure_eq!(objects.head(key).await?.etag, etag, "the etag of a retained object");
    Ok(())
}

async fn ends(objects: &Objects, key: &str, until: Timestamp) -> Verdict {
    // waits: until the time of the retention has passed.
    eventually("an object can be deleted after its retention", || async {
        match objects.delete(key).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Denied => Ok(false),
            Err(error) => Err(error),
        }
    })
    .await?;
    // The engine's clock may be a little ahead of ours.
    let early = until.duration_since(Timestamp::now());
    ensure!(early.as_secs() < 1, "an object could be deleted {early:#} before the end of its retention");
    Ok(())
}

pub(super) async fn a_retained_object_stays_as_it_is_until_its_time(subject: &Subject<Objects>) -> Verdict {
    let (objects, key, other) = (&subject.handle, subject.name("object"), subject.name("other"));
    objects.put(&other, "other").await?;
    let until = in_seconds(4);
    let put = objects.put_with(&key, "kept", PutOptions::new().retain_until(until)).await?;
    ensure_eq!(put.retain_until, Some(until), "the time that a put returns");
    ensure_eq!(objects.head(&key).await?.retain_until, Some(until), "the time that head returns");
    is_kept(objects, &key, &other).await?;
    ends(objects, &key, until).await
}

pub(super) async fn retention_moves_out_and_never_in(subject: &Subject<Objects>) -> Verdict {
    let (objects, key, other) = (&subject.handle, subject.name("object"), subject.name("other"));
    objects.put(&other, "other").await?;
    objects.put(&key, "kept").await?;
    let (soon, until) = (in_seconds(3), in_seconds(5));
    objects.retain(&key, soon).await?;
    objects.retain(&key, until).await?;
    ensure_eq!(objects.head(&key).await?.retain_until, Some(until), "the time after it was moved out");
    refused(objects.retain(&key, soon).await, ErrorKind::Denied, "a retention that is moved in")?;
    is_kept(objects, &key, &other).await?;
    refused(
        objects.retain(&subject.name("absent"), until).await,
        ErrorKind::NotFound,
        "a retention of what isn't there",
    )?;
    // waits: until the first of the two times has passed.
    tokio::time::sleep(Duration::try_from(soon.duration_since(Timestamp::now())).unwrap_or_default()).await;
    refused(
        objects.delete(&key).await,
        ErrorKind::Denied,
        "a delete after the first time and before the second",
    )?;
    ends(objects, &key, until).await
}

pub(super) async fn retention_is_refused_and_nothing_is_written(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let options = || PutOptions::new().retain_until(in_seconds(60));
    refused(objects.put_with(&key, "x", options()).await, ErrorKind::Unsupported, "a put with retention")?;
    let writer = objects.writer(&key, options()).await.map(|_| ());
    refused(writer, ErrorKind::Unsupported, "an upload with retention")?;
    ensure!(!objects.exists(&key).await?, "a refused put wrote an object");
    objects.put(&key, "x").await?;
    refused(objects.retain(&key, in_seconds(60)).await, ErrorKind::Unsupported, "retention of an object")?;
    ensure_eq!(objects.head(&key).await?.retain_until, None, "the retention of an object");
    objects.delete(&key).await?;
    Ok(())
}
