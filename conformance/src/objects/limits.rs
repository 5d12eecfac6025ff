//! Limits: at the limit everything works, and one beyond is refused by name.

use bedplate_core::objects::PutOptions;
use bedplate_core::{ErrorKind, Result};

use super::Objects;
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// Contents larger than this aren't made for a test.
const LARGEST_CONTENT: u64 = 16 * 1024 * 1024;

/// Checks that something beyond a limit was refused by the limit's name.
fn is_limited<T>(result: Result<T>, limit: &str) -> Verdict {
    let error = refused(result, ErrorKind::Limited, &format!("one beyond {limit}"))?;
    ensure!(error.to_string().contains(limit), "the error doesn't name {limit}: {error}");
    Ok(())
}

/// A key of this many bytes whose parts have at most `part` bytes.
fn key_of(subject: &Subject<Objects>, bytes: usize, part: usize) -> String {
    let mut key = subject.name("");
    while key.len() < bytes {
        let in_part = key.len() - key.rfind('/').map_or(0, |slash| slash + 1);
        // The part at the end must not be empty.
        key.push(if in_part == part && key.len() + 1 < bytes { '/' } else { 'k' });
    }
    key
}

async fn round_trip(objects: &Objects, key: &str) -> Verdict {
    objects.put(key, "x").await?;
    ensure_eq!(objects.read(key).await?, "x", "the content under a key of {} bytes", key.len());
    ensure_eq!(objects.head(key).await?.key, key, "the key of {} bytes in head", key.len());
    let listed = objects.list(bedplate_core::objects::ListOptions::prefix(key)).await?.objects;
    ensure_eq!(listed.len(), 1, "an object with a key of {} bytes in a listing", key.len());
    ensure_eq!(listed[0].key, key, "a key of {} bytes in a listing", key.len());
    objects.delete(key).await?;
    ensure!(!objects.exists(key).await?, "an object with a key of {} bytes outlived its delete", key.len());
    Ok(())
}

pub(super) async fn the_longest_key_works_and_a_longer_one_is_refused(subject: &Subject<Objects>) -> Verdict {
    let objects = &subject.handle;
    let Some(limit) = objects.features().max_key_bytes.map(|limit| limit as usize) else { return Ok(()) };
    let part = objects.features().max_key_part_bytes.unwrap_or(100).min(100) as usize;
    round_trip(objects, &key_of(subject, limit, part)).await?;
    let longer = key_of(subject, limit + 1, part);
    is_limited(objects.put(&longer, "x").await, "max-key-bytes")?;
    is_limited(objects.head(&longer).await, "max-key-bytes")?;
    is_limited(objects.writer(&longer, PutOptions::new()).await.map(|_| ()), "max-key-bytes")
}

pub(super) async fn the_longest_part_of_a_key_works_and_a_longer_one_is_refused(
    subject: &Subject<Objects>,
) -> Verdict {
    let objects = &subject.handle;
    let begin = subject.name("parts/");
    let whole = objects.features().max_key_bytes.unwrap_or(1_024).min(1_024);
    let room = whole.saturating_sub(begin.len() as u64 + "k/x".len() as u64);
    let limit = objects.features().max_key_part_bytes.filter(|limit| *limit <= room);
    let longest = limit.unwrap_or(room) as usize;
    // Characters that an engine may have to encode, of one, two and three bytes.
    for fill in ["k", "~", "K", "\u{e9}", "\u{65e5}"] {
        let mut part = fill.repeat(longest / fill.len());
        part.push_str(&"k".repeat(longest - part.len()));
        round_trip(objects, &format!("{begin}{part}")).await?;
        round_trip(objects, &format!("{begin}{part}/x")).await?;
        if limit.is_some() {
            is_limited(objects.put(&format!("{begin}{part}k"), "x").await, "max-key-part-bytes")?;
            is_limited(objects.put(&format!("{begin}{part}k/x"), "x").await, "max-key-part-bytes")?;
        }
    }
    Ok(())
}

pub(super) async fn the_most_metadata_works_and_more_is_refused(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let Some(limit) = objects.features().max_metadata_bytes.filter(|limit| *limit <= LARGEST_CONTENT) else {
        return Ok(());
    };
    let options = |bytes: usize| {
        PutOptions::new()
            .metadata("a", "v".repeat(bytes / 2 - 1))
            .metadata("b", "v".repeat(bytes - bytes / 2 - 1))
    };
    let most = options(limit as usize);
    objects.put_with(&key, "x", most.clone()).await?;
    ensure_eq!(objects.head(&key).await?.metadata, most.metadata, "the metadata at the limit");
    is_limited(objects.put_with(&key, "y", options(limit as usize + 1)).await, "max-metadata-bytes")?;
    ensure_eq!(objects.read(&key).await?, "x", "the content after a refused put");
    Ok(())
}

pub(super) async fn the_largest_object_works_and_a_larger_one_is_refused(
    subject: &Subject<Objects>,
) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let Some(limit) = objects.features().max_object_bytes.filter(|limit| *limit <= LARGEST_CONTENT) else {
        return Ok(());
    };
    let content = |bytes: u64| vec![7; bytes as usize];
    objects.put(&key, content(limit)).await?;
    ensure_eq!(objects.head(&key).await?.size, limit, "the size of the largest object");
    is_limited(objects.put(&key, content(limit + 1)).await, "max-object-bytes")?;
    let mut writer = objects.writer(&key, PutOptions::new()).await?;
    writer.write(content(limit)).await?;
    is_limited(writer.write("x").await, "max-object-bytes")
}
