//! Objects that are written piece by piece.

use bedplate_core::ErrorKind;
use bedplate_core::objects::{Condition, ListOptions, PutOptions};
use bytes::Bytes;

use super::Objects;
use crate::case::{Subject, Verdict, eventually, refused};
use crate::{ensure, ensure_eq};

/// What stands at a place of a large content: two co-prime periods, so that no two places look the same.
fn byte_at(place: usize) -> u8 {
    (place % 251 + place / 251 % 7) as u8
}

pub(super) async fn a_large_object_passes_in_pieces(subject: &Subject<Objects>) -> Verdict {
    const SIZE: usize = 20 * 1024 * 1024 + 1;
    let (objects, key) = (&subject.handle, subject.name("large"));
    let options = PutOptions::new().content_type("video/mp4").metadata("a", "b");
    let mut writer = objects.writer(&key, options).await?;
    let mut written = 0;
    for size in [1, 0, 8 * 1024 * 1024 - 1, 3, 777_777, 9_000_001, SIZE] {
        let end = SIZE.min(written + size);
        writer.write((written..end).map(byte_at).collect::<Vec<u8>>()).await?;
        written = end;
    }
    let put = writer.complete().await?;
    ensure_eq!(put.size, SIZE as u64, "the size of a large object");
    ensure_eq!(put.content_type, "video/mp4", "its media type");
    ensure_eq!(objects.head(&key).await?, put, "what head says of it");

    let mut body = objects.get(&key).await?;
    let (mut read, mut largest) = (0, 0);
    while let Some(chunk) = body.next().await? {
        ensure!(!chunk.is_empty(), "an empty chunk in the middle of a content");
        let right = chunk.iter().enumerate().all(|(at, byte)| *byte == byte_at(read + at));
        ensure!(right, "the bytes from {read} on are others");
        read += chunk.len();
        largest = largest.max(chunk.len());
    }
    ensure_eq!(read, SIZE, "the length of what was read");
    ensure!(largest <= SIZE / 2, "a chunk of {largest} bytes: the content isn't streamed");
    Ok(())
}

pub(super) async fn an_upload_appears_only_when_it_is_complete(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let piece = || Bytes::from(vec![1; 9 * 1024 * 1024]);
    let mut writer = objects.writer(&key, PutOptions::new()).await?;
    writer.write(piece()).await?;
    refused(objects.head(&key).await, ErrorKind::NotFound, "head of an upload that isn't complete")?;
    ensure_eq!(
        objects.list(ListOptions::prefix(&key)).await?.objects,
        [],
        "a listing with an unfinished upload"
    );
    writer.complete().await?;
    ensure_eq!(objects.head(&key).await?.size, 9 * 1024 * 1024, "the size of a completed upload");

    let mut writer = objects.writer(&key, PutOptions::new()).await?;
    writer.write(piece()).await?;
    writer.write("and more").await?;
    ensure_eq!(objects.head(&key).await?.size, 9 * 1024 * 1024, "the size while an upload goes on");
    writer.complete().await?;
    ensure_eq!(objects.head(&key).await?.size, 9 * 1024 * 1024 + 8, "the size when the upload is complete");
    Ok(())
}

pub(super) async fn an_upload_checks_its_condition_at_the_end(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let options = PutOptions::new().condition(Condition::IfAbsent);
    let mut writer = objects.writer(&key, options).await?;
    writer.write("upload").await?;
    let put = objects.put(&key, "put meanwhile").await?;
    refused(writer.complete().await, ErrorKind::Conflict, "a first upload that came second")?;
    ensure_eq!(objects.read(&key).await?, "put meanwhile", "the content after a refused upload");

    let options = PutOptions::new().condition(Condition::IfMatches(put.etag));
    let mut writer = objects.writer(&key, options).await?;
    writer.write("upload").await?;
    writer.complete().await?;
    ensure_eq!(objects.read(&key).await?, "upload", "the content after an upload whose condition held");
    Ok(())
}

pub(super) async fn an_aborted_upload_leaves_nothing(subject: &Subject<Objects>) -> Verdict {
    let (objects, key, kept) = (&subject.handle, subject.name("object"), subject.name("kept"));
    objects.put(&kept, "before").await?;
    for key in [&key, &kept] {
        let mut writer = objects.writer(key, PutOptions::new()).await?;
        writer.write(vec![1; 9 * 1024 * 1024]).await?;
        writer.abort().await?;
    }
    refused(objects.head(&key).await, ErrorKind::NotFound, "head after an abort")?;
    ensure_eq!(objects.read(&kept).await?, "before", "the content under an aborted upload");
    let listed = objects.list(ListOptions::prefix(&subject.namespace)).await?.objects;
    ensure_eq!(listed.len(), 1, "objects after two aborted uploads");
    Ok(())
}

pub(super) async fn a_dropped_upload_leaves_nothing(subject: &Subject<Objects>) -> Verdict {
    let (objects, key, kept) = (&subject.handle, subject.name("object"), subject.name("kept"));
    objects.put(&kept, "before").await?;
    for key in [&key, &kept] {
        let mut writer = objects.writer(key, PutOptions::new()).await?;
        writer.write(vec![1; 9 * 1024 * 1024]).await?;
        drop(writer);
    }
    refused(objects.head(&key).await, ErrorKind::NotFound, "head after a dropped upload")?;
    ensure_eq!(objects.read(&kept).await?, "before", "the content under a dropped upload");
    let options = || PutOptions::new().condition(Condition::IfAbsent);
    objects.put_with(&key, "after", options()).await?;
    eventually("the object put after a dropped upload stays", || async {
        Ok(objects.read(&key).await? == "after")
    })
    .await
}

pub(super) async fn an_upload_of_nothing_is_an_empty_object(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let writer = objects.writer(&key, PutOptions::new()).await?;
    ensure_eq!(writer.complete().await?.size, 0, "the size of an upload of nothing");
    ensure_eq!(objects.read(&key).await?, "", "the content of an upload of nothing");
    Ok(())
}

pub(super) async fn two_uploads_to_one_key_do_not_mix(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let mut first = objects.writer(&key, PutOptions::new()).await?;
    let mut second = objects.writer(&key, PutOptions::new()).await?;
    for _ in 0..3 {
        first.write(vec![1; 3_000_000]).await?;
        second.write(vec![2; 3_000_001]).await?;
    }
    first.complete().await?;
    let content = objects.read(&key).await?;
    ensure!(
        content.len() == 9_000_000 && content.iter().all(|b| *b == 1),
        "the first upload has other bytes"
    );
    second.complete().await?;
    let content = objects.read(&key).await?;
    ensure!(
        content.len() == 9_000_003 && content.iter().all(|b| *b == 2),
        "the second upload has other bytes"
    );
    Ok(())
}
