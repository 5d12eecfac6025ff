//! Presigned requests: one object, one method, until a time.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::objects::Method;

use super::Objects;
use super::http::{Answer, send};
use crate::case::{Subject, Verdict, eventually, refused};
use crate::{ensure, ensure_eq};

const LONG: Duration = Duration::from_secs(60);

pub(super) async fn a_presigned_read_needs_nothing_else(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("a b/ü+%20&~.txt"));
    objects.put(&key, "content").await?;
    let request = objects.presign(Method::Get, &key, LONG).await?;
    let Answer { status, body } = send("GET", &request, b"").await?;
    ensure_eq!((status, body.as_slice()), (200, b"content".as_slice()), "the answer to a presigned read");
    let again = send("GET", &request, b"").await?;
    ensure_eq!(again.status, 200, "the answer to the same presigned read once more");
    objects.delete(&key).await?;
    ensure_eq!(
        send("GET", &request, b"").await?.status,
        404,
        "the answer to a presigned read of what is gone"
    );
    Ok(())
}

pub(super) async fn a_presigned_write_puts_the_object(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let request = objects.presign(Method::Put, &key, LONG).await?;
    ensure!(!objects.exists(&key).await?, "making up a request wrote an object");
    let answer = send("PUT", &request, b"from outside").await?;
    ensure!(answer.status / 100 == 2, "a presigned write was answered with {}", answer.status);
    ensure_eq!(objects.read(&key).await?, "from outside", "the content of a presigned write");
    Ok(())
}

pub(super) async fn a_presigned_request_allows_one_thing_only(subject: &Subject<Objects>) -> Verdict {
    let (objects, key, other) = (&subject.handle, subject.name("object-one"), subject.name("object-two"));
    objects.put(&key, "one").await?;
    objects.put(&other, "two").await?;
    let read = objects.presign(Method::Get, &key, LONG).await?;
    let written = send("PUT", &read, b"changed").await?;
    ensure!(written.status / 100 == 4, "a write by a presigned read was answered with {}", written.status);
    ensure_eq!(objects.read(&key).await?, "one", "the content after a write by a presigned read");
    let mut moved = read.clone();
    moved.url = moved.url.replace("object-one", "object-two");
    ensure!(moved.url != read.url, "the URL {} doesn't contain its key", read.url);
    let answer = send("GET", &moved, b"").await?;
    ensure!(answer.status / 100 == 4, "a request for another object was answered with {}", answer.status);
    Ok(())
}

pub(super) async fn a_presigned_request_ends_in_time(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    objects.put(&key, "content").await?;
    let request = objects.presign(Method::Get, &key, Duration::from_secs(1)).await?;
    // waits: until the time of the request has passed.
    eventually("a presigned request ends", || async {
        let answer = send("GET", &request, b"").await;
        Ok(answer.is_ok_and(|answer| answer.status / 100 == 4))
    })
    .await
}

pub(super) async fn a_presigned_request_has_a_longest_time(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    objects.put(&key, "content").await?;
    let Some(limit) = objects.features().max_presigned_seconds else { return Ok(()) };
    let longest = objects.presign(Method::Get, &key, Duration::from_secs(limit)).await?;
    ensure_eq!(send("GET", &longest, b"").await?.status, 200, "a request of the longest time");
    let longer = objects.presign(Method::Get, &key, Duration::from_secs(limit + 1)).await;
    let error = refused(longer, ErrorKind::Limited, "a request of a longer time")?;
    ensure!(error.message().contains("max-presigned-seconds"), "the limit is named in `{error}`");
    Ok(())
}

pub(super) async fn presigned_requests_are_refused(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    objects.put(&key, "content").await?;
    for method in [Method::Get, Method::Put] {
        refused(objects.presign(method, &key, LONG).await, ErrorKind::Unsupported, "a presigned request")?;
    }
    Ok(())
}
