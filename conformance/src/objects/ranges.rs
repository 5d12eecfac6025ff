//! Reading a part of an object.

use bedplate_core::ErrorKind;
use bedplate_core::objects::{GetOptions, Range};
use bytes::{Bytes, BytesMut};

use super::Objects;
use crate::case::{Subject, Verdict, refused};
use crate::ensure_eq;

pub(super) async fn a_range_is_exactly_its_bytes(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let put = objects.put(&key, "0123456789").await?;
    let span = |offset, length| Range::Span { offset, length };
    for (range, expected) in [
        (Range::From(0), "0123456789"),
        (Range::From(9), "9"),
        (span(0, 1), "0"),
        (span(3, 4), "3456"),
        (span(9, 1), "9"),
        (span(8, 100), "89"),
        (span(0, u64::MAX), "0123456789"),
        (span(5, u64::MAX), "56789"),
        (Range::Last(1), "9"),
        (Range::Last(10), "0123456789"),
        (Range::Last(11), "0123456789"),
        (Range::Last(u64::MAX), "0123456789"),
    ] {
        let body = objects.get_with(&key, GetOptions::new().range(range)).await?;
        ensure_eq!(body.meta().size, 10, "the size of the whole object where {range:?} is read");
        ensure_eq!(body.meta().etag, put.etag, "the etag where {range:?} is read");
        ensure_eq!(body.read().await?, expected, "the bytes of {range:?}");
    }
    Ok(())
}

pub(super) async fn a_range_without_a_byte_is_refused(subject: &Subject<Objects>) -> Verdict {
    let (objects, key, empty) = (&subject.handle, subject.name("object"), subject.name("empty"));
    objects.put(&key, "0123456789").await?;
    objects.put(&empty, "").await?;
    let span = |offset, length| Range::Span { offset, length };
    for range in [
        Range::From(10),
        Range::From(u64::MAX),
        span(10, 1),
        span(u64::MAX, u64::MAX),
        span(2, 0),
        Range::Last(0),
    ] {
        let read = objects.read_range(&key, range).await;
        refused(read, ErrorKind::InvalidInput, &format!("{range:?} of ten bytes"))?;
    }
    for range in [Range::From(0), span(0, 1), Range::Last(1)] {
        let read = objects.read_range(&empty, range).await;
        refused(read, ErrorKind::InvalidInput, &format!("{range:?} of nothing"))?;
    }
    let absent = objects.read_range(&subject.name("absent"), Range::From(0)).await;
    refused(absent, ErrorKind::NotFound, "a range of what isn't there")?;
    Ok(())
}

pub(super) async fn ranges_of_a_large_object_fit_together(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    // Two co-prime periods, so that no two places look the same.
    let content: Bytes =
        (0..1_500_000_usize).map(|at| (at % 251 + at / 251 % 7) as u8).collect::<Vec<_>>().into();
    objects.put(&key, content.clone()).await?;
    let mut joined = BytesMut::new();
    for length in [1, 65_535, 2, 262_143, 262_144, 262_145, 500_000, u64::MAX] {
        let offset = joined.len() as u64;
        joined.extend_from_slice(&objects.read_range(&key, Range::Span { offset, length }).await?);
    }
    ensure_eq!(joined.len(), content.len(), "the length of all ranges");
    crate::ensure!(joined == content, "the ranges don't make up the content");
    let last = objects.read_range(&key, Range::Last(300_001)).await?;
    crate::ensure!(last == content[content.len() - 300_001..], "the last 300,001 bytes are others");
    Ok(())
}
