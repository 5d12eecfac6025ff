//! The promise `lists`.

use bedplate_core::ErrorKind;
use bedplate_core::cache::{Cache, End};
use bytes::Bytes;
use futures_util::future::try_join_all;

use super::own::{A_WHILE, own, text};
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

fn values(values: &[&'static str]) -> Vec<Bytes> {
    values.iter().map(|value| Bytes::from(*value)).collect()
}

async fn range(cache: &Cache, first: i64, last: i64) -> Result<String, Failure> {
    let found = cache.list_range("list", first, last).await?;
    Ok(found.iter().map(|value| String::from_utf8_lossy(value)).collect::<Vec<_>>().join(" "))
}

pub(super) async fn both_ends_are_pushed_and_popped(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure_eq!(cache.list_push("list", End::Back, values(&["c", "d"])).await?, 2, "the length");
    ensure_eq!(
        cache.list_push("list", End::Front, values(&["b", "a"])).await?,
        4,
        "the length after a push at the front"
    );
    ensure_eq!(range(&cache, 0, -1).await?, "a b c d", "the list");
    ensure_eq!(cache.list_pop("list", End::Back, 1).await?, values(&["d"]), "what is popped at the back");
    ensure_eq!(
        cache.list_pop("list", End::Front, 2).await?,
        values(&["a", "b"]),
        "what is popped at the front"
    );
    ensure_eq!(cache.list_length("list").await?, 1, "the length after the pops");
    ensure_eq!(cache.list_pop("list", End::Back, 9).await?, values(&["c"]), "what is left");
    Ok(())
}

pub(super) async fn positions_count_from_either_end(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.list_push("list", End::Back, values(&["a", "b", "c", "d"])).await?;
    for (first, last, expected) in [
        (0, 0, "a"),
        (1, 2, "b c"),
        (-2, -1, "c d"),
        (0, -2, "a b c"),
        (-100, 100, "a b c d"),
        (3, 1, ""),
        (4, 9, ""),
        (-9, -5, ""),
        (i64::MIN, i64::MAX, "a b c d"),
    ] {
        ensure_eq!(range(&cache, first, last).await?, expected, "the values from {first} to {last}");
    }
    Ok(())
}

pub(super) async fn a_list_without_values_does_not_exist(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure_eq!(cache.list_length("list").await?, 0, "the length of nothing");
    ensure_eq!(cache.list_pop("list", End::Front, 3).await?, values(&[]), "what is popped from nothing");
    ensure_eq!(range(&cache, 0, -1).await?, "", "the values of nothing");
    ensure_eq!(cache.list_push("list", End::Back, Vec::new()).await?, 0, "the length after pushing nothing");
    ensure!(!cache.exists("list").await?, "pushing nothing makes nothing");
    cache.list_push("list", End::Back, values(&[""])).await?;
    ensure_eq!(cache.list_length("list").await?, 1, "an empty value is a value");
    ensure_eq!(cache.list_pop("list", End::Back, 0).await?, values(&[]), "what a pop of none takes");
    ensure_eq!(cache.list_pop("list", End::Back, 1).await?, values(&[""]), "the empty value");
    ensure!(!cache.exists("list").await?, "it is gone with its last value");
    Ok(())
}

pub(super) async fn of_many_that_pop_each_gets_another(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let expected: Vec<Bytes> = (100..300).map(|at| Bytes::from(at.to_string())).collect();
    try_join_all(expected.chunks(20).map(|part| cache.list_push("list", End::Back, part.to_vec()))).await?;
    let popping = (0..8).map(|_| {
        let cache = cache.clone();
        tokio::spawn(async move {
            let mut found = Vec::new();
            loop {
                match cache.list_pop("list", End::Front, 3).await {
                    Ok(values) if values.is_empty() => return Ok(found),
                    Ok(values) => found.extend(values),
                    Err(error) => return Err(Failure::from(error)),
                }
            }
        })
    });
    let found = try_join_all(popping).await.map_err(|panic| Failure(format!("a task ended: {panic}")))?;
    let mut found = found.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    found.sort();
    ensure!(found == expected, "200 values are popped once each, found {}", found.len());
    Ok(())
}

pub(super) async fn a_list_is_not_a_value(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("text", "value", A_WHILE).await?;
    cache.list_push("list", End::Back, values(&["a"])).await?;
    refused(cache.get("list").await, ErrorKind::Conflict, "reading a list as a value")?;
    refused(cache.add("list", 1, None).await, ErrorKind::Conflict, "counting on a list")?;
    refused(
        cache.list_push("text", End::Back, values(&["a"])).await,
        ErrorKind::Conflict,
        "pushing to a value",
    )?;
    refused(cache.list_range("text", 0, -1).await, ErrorKind::Conflict, "reading a value as a list")?;
    ensure_eq!(text(&cache, "text").await?.as_deref(), Some("value"), "the value afterwards");
    cache.set("list", "now a value", A_WHILE).await?;
    ensure_eq!(text(&cache, "list").await?.as_deref(), Some("now a value"), "a value that replaces a list");
    Ok(())
}

pub(super) async fn asking_for_a_list_is_unsupported(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    refused(cache.list_push("list", End::Back, values(&["a"])).await, ErrorKind::Unsupported, "pushing")?;
    refused(cache.list_pop("list", End::Back, 1).await, ErrorKind::Unsupported, "popping")?;
    refused(cache.list_range("list", 0, -1).await, ErrorKind::Unsupported, "reading")?;
    refused(cache.list_length("list").await, ErrorKind::Unsupported, "asking for the length")?;
    ensure!(!cache.exists("list").await?, "nothing was set");
    Ok(())
}
