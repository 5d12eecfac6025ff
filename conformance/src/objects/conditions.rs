//! Conditional puts, reads and deletes, alone and in races.

use bedplate_core::objects::{Condition, GetOptions, PutOptions};
use bedplate_core::{ErrorKind, Result};
use futures_util::future::{join, join_all};

use super::Objects;
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

fn if_absent() -> PutOptions {
    PutOptions::new().condition(Condition::IfAbsent)
}

fn if_matches(etag: &str) -> PutOptions {
    PutOptions::new().condition(Condition::IfMatches(etag.to_string()))
}

pub(super) async fn a_first_put_needs_an_empty_place(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    objects.put_with(&key, "first", if_absent()).await?;
    refused(objects.put_with(&key, "second", if_absent()).await, ErrorKind::Conflict, "a second first put")?;
    ensure_eq!(objects.read(&key).await?, "first", "the content after a refused put");
    objects.delete(&key).await?;
    objects.put_with(&key, "third", if_absent()).await?;
    ensure_eq!(objects.read(&key).await?, "third", "the content put where one was deleted");
    Ok(())
}

pub(super) async fn a_change_needs_the_version_that_was_read(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let put = objects.put_with(&key, "x", if_matches("0123")).await;
    refused(put, ErrorKind::Conflict, "a change of what isn't there")?;
    let first = objects.put(&key, "first").await?;
    let second = objects.put_with(&key, "second", if_matches(&first.etag)).await?;
    let late = objects.put_with(&key, "late", if_matches(&first.etag)).await;
    refused(late, ErrorKind::Conflict, "a change of a version that is gone")?;
    ensure_eq!(objects.read(&key).await?, "second", "the content after a refused change");
    ensure_eq!(objects.head(&key).await?.etag, second.etag, "the etag after a refused change");
    Ok(())
}

pub(super) async fn a_delete_takes_only_the_version_that_was_read(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let first = objects.put(&key, "first").await?;
    let second = objects.put(&key, "second").await?;
    let delete = |etag: &str| objects.delete_with(&key, Condition::IfMatches(etag.to_string()));
    refused(delete(&first.etag).await, ErrorKind::Conflict, "a delete of a version that is gone")?;
    ensure_eq!(objects.read(&key).await?, "second", "the content after a refused delete");
    delete(&second.etag).await?;
    ensure!(!objects.exists(&key).await?, "an object outlived its conditional delete");
    refused(delete(&second.etag).await, ErrorKind::Conflict, "a conditional delete of what isn't there")?;
    let odd = objects.delete_with(&key, Condition::IfAbsent).await;
    refused(odd, ErrorKind::InvalidInput, "a delete of what must be absent")?;
    Ok(())
}

pub(super) async fn a_read_can_ask_for_one_version(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("object"));
    let first = objects.put(&key, "first").await?;
    let same = GetOptions::new().if_matches(&first.etag);
    ensure_eq!(objects.get_with(&key, same.clone()).await?.read().await?, "first", "the version asked for");
    objects.put(&key, "second").await?;
    refused(
        objects.get_with(&key, same.clone()).await,
        ErrorKind::Conflict,
        "a read of a version that is gone",
    )?;
    objects.delete(&key).await?;
    refused(
        objects.get_with(&key, same).await,
        ErrorKind::NotFound,
        "a read of a version of what isn't there",
    )?;
    Ok(())
}

/// Counts who won; everyone else must have met a conflict.
fn winners<T>(results: Vec<Result<T>>) -> std::result::Result<Vec<usize>, crate::Failure> {
    let mut winners = Vec::new();
    for (at, result) in results.into_iter().enumerate() {
        match result {
            Ok(_) => winners.push(at),
            lost => {
                refused(lost, ErrorKind::Conflict, "whoever lost a race")?;
            }
        }
    }
    Ok(winners)
}

pub(super) async fn of_sixteen_first_puts_one_wins(subject: &Subject<Objects>) -> Verdict {
    let objects = &subject.handle;
    for round in 0..3 {
        let key = subject.name(&format!("race{round}"));
        let puts = (0..16).map(|n| objects.put_with(&key, format!("writer {n}"), if_absent()));
        let winners = winners(join_all(puts).await)?;
        ensure_eq!(winners.len(), 1, "winners among sixteen first puts");
        let expected = format!("writer {}", winners[0]);
        ensure_eq!(objects.read(&key).await?, expected, "the content is the winner's");
    }
    Ok(())
}

pub(super) async fn of_sixteen_changes_to_one_version_one_wins(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("race"));
    let mut version = objects.put(&key, "start").await?;
    for round in 0..3 {
        let puts = (0..16)
            .map(|n| objects.put_with(&key, format!("{round}: writer {n}"), if_matches(&version.etag)));
        let winners = winners(join_all(puts).await)?;
        ensure_eq!(winners.len(), 1, "winners among sixteen changes of one version");
        ensure_eq!(
            objects.read(&key).await?,
            format!("{round}: writer {}", winners[0]),
            "the winner's content"
        );
        version = objects.head(&key).await?;
    }
    Ok(())
}

pub(super) async fn of_changes_and_deletes_of_one_version_one_wins(subject: &Subject<Objects>) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("race"));
    for round in 0..4 {
        let version = objects.put(&key, format!("start {round}")).await?;
        let contend = (0..8).map(|n| {
            let (etag, key) = (version.etag.clone(), key.clone());
            async move {
                if n % 2 == 0 {
                    return objects.delete_with(&key, Condition::IfMatches(etag)).await;
                }
                objects.put_with(&key, format!("{round}: writer {n}"), if_matches(&etag)).await.map(|_| ())
            }
        });
        let winners = winners(join_all(contend).await)?;
        ensure_eq!(winners.len(), 1, "winners among changes and deletes of one version");
        let deleted = winners[0] % 2 == 0;
        ensure_eq!(objects.exists(&key).await?, !deleted, "whether there is an object after the race");
    }
    Ok(())
}

pub(super) async fn no_change_is_lost_when_everyone_compares(subject: &Subject<Objects>) -> Verdict {
    const WRITERS: u32 = 4;
    const CHANGES: u32 = 5;
    let (objects, key) = (&subject.handle, subject.name("counter"));
    objects.put(&key, "0").await?;
    let add = async || -> std::result::Result<(), crate::Failure> {
        for _ in 0..CHANGES {
            loop {
                let body = objects.get(&key).await?;
                let etag = body.meta().etag.clone();
                let text = body.read().await?;
                let count: u32 = std::str::from_utf8(&text)
                    .ok()
                    .and_then(|text| text.parse().ok())
                    .ok_or("no number".to_string())?;
                match objects.put_with(&key, (count + 1).to_string(), if_matches(&etag)).await {
                    Ok(_) => break,
                    lost => refused(lost, ErrorKind::Conflict, "a change that lost a race")?,
                };
            }
        }
        Ok(())
    };
    for result in join_all((0..WRITERS).map(|_| add())).await {
        result?;
    }
    ensure_eq!(objects.read(&key).await?, (WRITERS * CHANGES).to_string(), "the sum of all changes");
    Ok(())
}

pub(super) async fn an_unconditional_put_never_slips_under_a_comparison(
    subject: &Subject<Objects>,
) -> Verdict {
    let (objects, key) = (&subject.handle, subject.name("race"));
    for round in 0..10 {
        let version = objects.put(&key, format!("start {round}")).await?;
        let (plain, compared) = join(
            objects.put(&key, format!("plain {round}")),
            objects.put_with(&key, format!("compared {round}"), if_matches(&version.etag)),
        )
        .await;
        let plain = plain?;
        // Whether the comparison came first or too late, the plain put is the last word.
        if let lost @ Err(_) = compared {
            refused(lost, ErrorKind::Conflict, "a comparison that came too late")?;
        }
        ensure_eq!(objects.head(&key).await?.etag, plain.etag, "the etag after a plain put and a comparison");
    }
    Ok(())
}
