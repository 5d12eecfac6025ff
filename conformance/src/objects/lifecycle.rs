//! Handles: closed ones, others at the same place, many calls at once, calls that are given up.

use bedplate_core::objects::{Condition, ListOptions, PutOptions};
use bedplate_core::{ErrorKind, Reach};
use futures_util::FutureExt;
use futures_util::future::try_join_all;

use super::Objects;
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn a_closed_handle_answers_unavailable(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (subject.open_another().await?, subject.name("object"));
    objects.put(&key, "x").await?;
    let mut writer = objects.writer(&key, PutOptions::new()).await?;
    writer.write("y").await?;
    let clone = objects.clone();
    clone.close().await;
    clone.close().await;
    let closed = ErrorKind::Unavailable;
    refused(objects.put(&key, "z").await, closed, "put on a closed handle")?;
    refused(objects.get(&key).await, closed, "get on a closed handle")?;
    refused(objects.head(&key).await, closed, "head on a closed handle")?;
    refused(objects.list(ListOptions::prefix(&key)).await, closed, "list on a closed handle")?;
    refused(objects.delete(&key).await, closed, "delete on a closed handle")?;
    refused(objects.copy(&key, &key, Condition::Always).await, closed, "copy on a closed handle")?;
    refused(
        objects.writer(&key, PutOptions::new()).await.map(|_| ()),
        closed,
        "an upload on a closed handle",
    )?;
    refused(writer.complete().await, closed, "the end of an upload on a closed handle")?;
    ensure!(subject.handle.ping().await.is_ok(), "closing one handle closed another");
    Ok(())
}

pub(super) async fn another_handle_sees_the_same_objects(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    if objects.features().reach == Reach::Process {
        return Ok(());
    }
    let other = subject.open_another().await?;
    let put = objects.put(&key, "first").await?;
    ensure_eq!(other.head(&key).await?, put, "what another handle says of an object");
    let condition = Condition::IfMatches(put.etag);
    other.put_with(&key, "second", PutOptions::new().condition(condition.clone())).await?;
    ensure_eq!(objects.read(&key).await?, "second", "what another handle wrote");
    let late = objects.put_with(&key, "third", PutOptions::new().condition(condition)).await;
    refused(late, ErrorKind::Conflict, "a change of a version that another handle replaced")?;
    other.delete(&key).await?;
    ensure!(!objects.exists(&key).await?, "an object that another handle deleted");
    other.close().await;
    Ok(())
}

pub(super) async fn many_at_once_do_not_disturb_each_other(subject: &Subject<Objects>) -> Verdict {
    let objects = &subject.handle;
    try_join_all((0..120).map(|n| async move {
        let key = subject.name(&format!("{}/{n}", n % 5));
        let content = format!("content {n}").repeat(n % 7 + 1);
        objects.put(&key, content.clone()).await?;
        ensure_eq!(objects.read(&key).await?, content, "the content of object {n}");
        if n % 2 == 0 {
            objects.delete(&key).await?;
        }
        Ok::<_, Failure>(())
    }))
    .await?;
    let left = objects.list(ListOptions::prefix(&subject.namespace)).await?.objects.len();
    ensure_eq!(left, 60, "objects after 120 puts and 60 deletes");
    Ok(())
}

pub(super) async fn calls_that_were_given_up_leave_everything_usable(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    objects.put(&key, vec![1; 2_000_000]).await?;
    for turn in 0..40 {
        // Each is polled once, and so has begun, and is dropped then.
        match turn % 5 {
            0 => drop(objects.get(&key).now_or_never()),
            1 => drop(objects.list(ListOptions::prefix(&key)).now_or_never()),
            2 => drop(objects.copy(&key, &subject.name("copy"), Condition::Always).now_or_never()),
            3 => drop(objects.get(&key).await?.next().now_or_never()),
            _ => {
                let mut writer = objects.writer(&subject.name("upload"), PutOptions::new()).await?;
                drop(writer.write(vec![2; 9 * 1024 * 1024]).now_or_never());
            }
        }
    }
    ensure_eq!(objects.read(&key).await?.len(), 2_000_000, "the object after forty calls that were given up");
    objects.put(&key, "after").await?;
    ensure_eq!(objects.read(&key).await?, "after", "the content put after them");
    refused(objects.head(&subject.name("upload")).await, ErrorKind::NotFound, "an upload that was given up")?;
    Ok(())
}
