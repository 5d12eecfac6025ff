//! Copies.

use bedplate_core::ErrorKind;
use bedplate_core::objects::{Condition, ListOptions, PutOptions};

use super::Objects;
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

fn described() -> PutOptions {
    PutOptions::new().content_type("text/plain").metadata("owner", "ann")
}

pub(super) async fn a_copy_is_an_object_of_its_own(subject: &Subject<Objects>) -> Verdict {
    let (objects, from, to) = (&subject.handle, subject.name("from"), subject.name("to/a b+c%20~é"));
    objects.put_with(&from, "content", described()).await?;
    let copied = objects.copy(&from, &to, Condition::Always).await?;
    ensure_eq!((copied.key.as_str(), copied.size), (to.as_str(), 7), "the key and size of a copy");
    let found = objects.head(&to).await?;
    ensure_eq!(found.etag, copied.etag, "the etag of a copy");
    ensure_eq!(found.content_type, "text/plain", "the media type of a copy");
    ensure_eq!(found.metadata, described().metadata, "the metadata of a copy");
    objects.put(&from, "changed").await?;
    ensure_eq!(objects.read(&to).await?, "content", "a copy whose original was changed");
    objects.delete(&from).await?;
    ensure_eq!(objects.read(&to).await?, "content", "a copy whose original was deleted");
    objects.copy(&to, &from, Condition::Always).await?;
    ensure_eq!(objects.read(&from).await?, "content", "a copy back");
    Ok(())
}

pub(super) async fn a_copy_onto_itself_keeps_it(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    objects.put_with(&key, "content", described()).await?;
    let copied = objects.copy(&key, &key, Condition::Always).await?;
    let found = objects.head(&key).await?;
    ensure_eq!(found.etag, copied.etag, "the etag after a copy onto itself");
    ensure_eq!(found.metadata, described().metadata, "the metadata after a copy onto itself");
    ensure_eq!(found.content_type, "text/plain", "the media type after a copy onto itself");
    ensure_eq!(objects.read(&key).await?, "content", "the content after a copy onto itself");
    ensure_eq!(objects.list(ListOptions::prefix(&key)).await?.objects.len(), 1, "objects after it");
    Ok(())
}

pub(super) async fn a_copy_obeys_its_condition(subject: &Subject<Objects>) -> Verdict {
    let (objects, from, to) = (&subject.handle, subject.name("from"), subject.name("to"));
    objects.put(&from, "one").await?;
    let matches = |etag: &str| Condition::IfMatches(etag.to_string());
    refused(
        objects.copy(&from, &to, matches("0123")).await,
        ErrorKind::Conflict,
        "a copy over what isn't there",
    )?;
    ensure!(!objects.exists(&to).await?, "a refused copy made an object");
    let first = objects.copy(&from, &to, Condition::IfAbsent).await?;
    objects.put(&from, "two").await?;
    refused(objects.copy(&from, &to, Condition::IfAbsent).await, ErrorKind::Conflict, "a second first copy")?;
    ensure_eq!(objects.read(&to).await?, "one", "the content after a refused copy");
    objects.copy(&from, &to, matches(&first.etag)).await?;
    ensure_eq!(objects.read(&to).await?, "two", "the content after a copy over the version that was read");
    objects.put(&from, "three").await?;
    let late = objects.copy(&from, &to, matches(&first.etag)).await;
    refused(late, ErrorKind::Conflict, "a copy over a version that is gone")?;
    Ok(())
}

pub(super) async fn copying_what_is_absent_makes_nothing(subject: &Subject<Objects>) -> Verdict {
    let (objects, from, to) = (&subject.handle, subject.name("from"), subject.name("to"));
    refused(
        objects.copy(&from, &to, Condition::Always).await,
        ErrorKind::NotFound,
        "a copy of what isn't there",
    )?;
    ensure!(!objects.exists(&to).await?, "a copy of what isn't there made an object");
    objects.put(&to, "kept").await?;
    refused(
        objects.copy(&from, &to, Condition::Always).await,
        ErrorKind::NotFound,
        "a copy of what isn't there",
    )?;
    ensure_eq!(objects.read(&to).await?, "kept", "the content under a failed copy");
    Ok(())
}
