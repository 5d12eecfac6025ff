//! Whole objects: put, read, replaced, deleted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bedplate_core::ErrorKind;
use bedplate_core::objects::{Body, ListOptions, PutOptions};
use bytes::Bytes;
use futures_util::FutureExt;
use jiff::Timestamp;

use super::Objects;
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn what_is_put_is_read_back(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let content: Bytes = (0..=255).cycle().take(1_000).collect::<Vec<u8>>().into();
    let before = Timestamp::now();
    let put = objects.put(&key, content.clone()).await?;
    ensure_eq!(put.key, key, "the key that a put returns");
    ensure_eq!(put.size, 1_000, "the size that a put returns");
    ensure!(!put.etag.is_empty(), "a put returned an empty etag");
    let off = put.modified.duration_since(before).abs();
    ensure!(off.as_secs() < 600, "an object put now says that it was put {off:#} away from now");

    ensure_eq!(objects.head(&key).await?, put, "what head says of an object that was just put");
    let body = objects.get(&key).await?;
    ensure_eq!(*body.meta(), put, "what get says of an object that was just put");
    ensure_eq!(body.read().await?, content, "the content");
    ensure!(objects.exists(&key).await?, "an object that was put doesn't exist");
    Ok(())
}

pub(super) async fn an_empty_object_is_an_object(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("empty"));
    ensure_eq!(objects.put(&key, "").await?.size, 0, "the size of an empty object");
    ensure_eq!(objects.head(&key).await?.size, 0, "the size of an empty object in head");
    ensure_eq!(objects.get(&key).await?.next().await?, None, "the content of an empty object");
    let listed = objects.list(ListOptions::prefix(&key)).await?.objects;
    ensure_eq!(listed.len(), 1, "an empty object in a listing");
    Ok(())
}

pub(super) async fn overwriting_replaces_everything(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let options = PutOptions::new().content_type("text/plain").metadata("owner", "ann");
    let first = objects.put_with(&key, "first, and longer", options).await?;
    let second = objects.put(&key, "second").await?;
    ensure!(first.etag != second.etag, "two contents have the same etag {}", first.etag);
    let found = objects.head(&key).await?;
    ensure_eq!(found, second, "the object after an overwrite");
    ensure_eq!(
        found.content_type,
        "application/octet-stream",
        "the media type after an overwrite without one"
    );
    ensure!(found.metadata.is_empty(), "the metadata {:?} outlived an overwrite", found.metadata);
    ensure_eq!(objects.read(&key).await?, "second", "the content after an overwrite");
    ensure_eq!(objects.list(ListOptions::prefix(&key)).await?.objects.len(), 1, "objects after an overwrite");
    Ok(())
}

pub(super) async fn what_is_absent_is_not_found(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("absent"));
    refused(objects.get(&key).await, ErrorKind::NotFound, "get of an absent object")?;
    let error = refused(objects.head(&key).await, ErrorKind::NotFound, "head of an absent object")?;
    ensure!(error.to_string().contains(&key), "the error doesn't name the key: {error}");
    ensure!(!objects.exists(&key).await?, "an absent object exists");
    objects.put(&format!("{key}/below"), "x").await?;
    refused(objects.head(&key).await, ErrorKind::NotFound, "head of a key with objects below it")?;
    refused(objects.head(&format!("{key}/")).await, ErrorKind::NotFound, "head of a folder")?;
    Ok(())
}

pub(super) async fn deleting_twice_is_no_error(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    objects.put(&key, "x").await?;
    objects.delete(&key).await?;
    refused(objects.head(&key).await, ErrorKind::NotFound, "head after a delete")?;
    refused(objects.get(&key).await, ErrorKind::NotFound, "get after a delete")?;
    ensure_eq!(objects.list(ListOptions::prefix(&key)).await?.objects, [], "a listing after a delete");
    objects.delete(&key).await?;
    objects.delete(&format!("{key}/never/was")).await?;
    objects.put(&key, "again").await?;
    ensure_eq!(objects.read(&key).await?, "again", "the content put after a delete");
    Ok(())
}

pub(super) async fn metadata_and_media_type_come_back(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let options = PutOptions::new()
        .content_type("text/html; charset=utf-8")
        .metadata("a", "")
        .metadata("order-id", "4711")
        .metadata("x1-", "a b  c; \"d\" = %41 +&~");
    let put = objects.put_with(&key, "<p>", options.clone()).await?;
    let found = objects.head(&key).await?;
    let body = objects.get(&key).await?;
    for (from, meta) in [("put", &put), ("head", &found), ("get", body.meta())] {
        ensure_eq!(meta.content_type, "text/html; charset=utf-8", "the media type from {from}");
        ensure_eq!(meta.metadata, options.metadata, "the metadata from {from}");
    }
    for listed in objects.list(ListOptions::prefix(&key)).await?.objects {
        let (media, metadata) = (listed.content_type, listed.metadata);
        ensure!(media.is_empty() || media == found.content_type, "a listing says the media type is {media}");
        ensure!(metadata.is_empty() || metadata == options.metadata, "a listing says {metadata:?}");
    }
    Ok(())
}

pub(super) async fn odd_metadata_is_refused_before_anything_is_written(
    subject: &Subject<Objects>,
) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    for name in ["", "Upper", "a_b", "1st", "-a", "a b", "ä", "a:b", "a\r\nb"] {
        let options = PutOptions::new().metadata(name, "x");
        refused(
            objects.put_with(&key, "x", options).await,
            ErrorKind::InvalidInput,
            &format!("the name {name:?}"),
        )?;
    }
    for value in [" x", "x ", "a\nb", "ü", "\0", "a\r\nx-amz-acl: public"] {
        let options = PutOptions::new().metadata("a", value);
        refused(
            objects.put_with(&key, "x", options).await,
            ErrorKind::InvalidInput,
            &format!("the value {value:?}"),
        )?;
        let options = PutOptions::new().content_type(value);
        let result = objects.writer(&key, options).await.map(|_| ());
        refused(result, ErrorKind::InvalidInput, &format!("the media type {value:?}"))?;
    }
    ensure!(!objects.exists(&key).await?, "a refused put wrote something");
    Ok(())
}

pub(super) async fn reading_while_overwriting_never_mixes(subject: &Subject<Objects>) -> Verdict {
    const WRITES: u8 = 12;
    let (objects, key) = (&subject.handle, subject.name("object"));
    let content = |number: u8| Bytes::from(vec![number; 400_000 + usize::from(number) * 1_000]);
    objects.put(&key, content(0)).await?;
    let written = Arc::new(AtomicBool::new(false));
    let reader = {
        let (objects, key, written) = (objects.clone(), key.clone(), written.clone());
        tokio::spawn(async move {
            let mut whole = 0;
            while !written.load(Ordering::Acquire) || whole == 0 {
                whole += u32::from(is_whole(objects.get(&key).await?).await?);
            }
            Ok::<_, Failure>(whole)
        })
    };
    for number in 1..=WRITES {
        objects.put(&key, content(number)).await?;
    }
    written.store(true, Ordering::Release);
    reader.await.map_err(|error| error.to_string())??;
    ensure_eq!(objects.read(&key).await?, content(WRITES), "the content after the last overwrite");
    Ok(())
}

/// Whether a body is one content from its beginning to its end; `false` where its stream ended in an error.
async fn is_whole(mut body: Body) -> Result<bool, Failure> {
    let size = body.meta().size;
    let mut read = Vec::new();
    loop {
        match body.next().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => return Ok(false),
        }
    }
    ensure_eq!(read.len() as u64, size, "the length of what was read while it was overwritten");
    let first = read.first().copied().unwrap_or_default();
    ensure!(read.iter().all(|byte| *byte == first), "one read returned bytes of two contents");
    ensure_eq!(size, 400_000 + u64::from(first) * 1_000, "the size that belongs to this content");
    Ok(true)
}

pub(super) async fn a_put_that_was_given_up_is_whole_or_absent(subject: &Subject<Objects>) -> Verdict {
    let objects = &subject.handle;
    let content = Bytes::from(vec![7; 300_000]);
    for turns in 0..8 {
        let key = subject.name(&format!("object{turns}"));
        let mut put = Box::pin(objects.put(&key, content.clone()));
        for _ in 0..turns {
            if put.as_mut().now_or_never().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(put);
        match objects.read(&key).await {
            Ok(found) => ensure_eq!(found, content, "the content of a put that was given up"),
            Err(error) => {
                refused(Err::<(), _>(error), ErrorKind::NotFound, "the read after a put that was given up")?;
            }
        }
        objects.put(&key, "after").await?;
        // The put that was given up may still end, before this one or behind it.
        let found = objects.read(&key).await?;
        ensure!(found == "after" || found == content, "a put that was given up left {} bytes", found.len());
    }
    Ok(())
}
