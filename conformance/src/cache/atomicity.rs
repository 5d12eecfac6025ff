//! Many at once: conditions and counters hold among all of them, and whoever leaves in the middle disturbs nobody.

use std::time::Duration;

use bedplate_core::cache::{Cache, Condition, SetOptions};
use futures_util::future::try_join_all;

use super::own::{A_WHILE, own, text};
use crate::case::{Failure, Subject, Verdict};
use crate::{ensure, ensure_eq};

/// Runs a step on as many tasks as there are, each with a number.
async fn at_once<F, T>(count: usize, step: impl Fn(usize) -> F) -> Result<Vec<T>, Failure>
where
    F: Future<Output = Result<T, Failure>> + Send + 'static,
    T: Send + 'static,
{
    let tasks = (0..count).map(|at| tokio::spawn(step(at))).collect::<Vec<_>>();
    let results = try_join_all(tasks).await.map_err(|panic| Failure(format!("a task ended: {panic}")))?;
    results.into_iter().collect()
}

pub(super) async fn of_many_that_set_if_absent_one_wins(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    for round in 0..10 {
        let key = format!("lock-{round}");
        let won = at_once(16, |at| {
            let (cache, key) = (cache.clone(), key.clone());
            async move {
                let options = SetOptions::new().ttl(Duration::from_secs(300)).condition(Condition::IfAbsent);
                Ok(cache.set_with(&key, at.to_string(), options).await?.then_some(at))
            }
        });
        let won: Vec<_> = won.await?.into_iter().flatten().collect();
        ensure_eq!(won.len(), 1, "how many of 16 have set `{key}`");
        ensure_eq!(text(&cache, &key).await?, Some(won[0].to_string()), "the value is the winner's");
    }
    Ok(())
}

pub(super) async fn many_that_count_at_once_lose_nothing(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let sums = at_once(16, |_| {
        let cache = cache.clone();
        async move {
            let mut sums = Vec::new();
            for _ in 0..25 {
                sums.push(cache.add("count", 1, A_WHILE).await?);
            }
            Ok(sums)
        }
    });
    let mut sums = sums.await?.concat();
    sums.sort_unstable();
    ensure!(sums.iter().copied().eq(1..=400), "400 counts give 400 different sums: {sums:?}");
    ensure_eq!(text(&cache, "count").await?.as_deref(), Some("400"), "the counter");
    Ok(())
}

pub(super) async fn many_that_swap_at_once_lose_nothing(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("sum", "0", A_WHILE).await?;
    let added = at_once(8, |_| {
        let cache = cache.clone();
        async move {
            let mut added = 0;
            while added < 10 {
                let before = cache.get("sum").await?.ok_or_else(|| Failure("the sum is gone".into()))?;
                let sum = std::str::from_utf8(&before).ok().and_then(|text| text.parse::<u64>().ok());
                let sum = sum.ok_or_else(|| Failure(format!("the sum reads {before:?}")))?;
                let options =
                    SetOptions::new().ttl(Duration::from_secs(300)).condition(Condition::IfEquals(before));
                added += u32::from(cache.set_with("sum", (sum + 1).to_string(), options).await?);
            }
            Ok(())
        }
    });
    added.await?;
    ensure_eq!(text(&cache, "sum").await?.as_deref(), Some("80"), "the sum of 8 times 10");
    Ok(())
}

pub(super) async fn a_call_that_is_dropped_leaves_everything_working(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    for round in 0..50 {
        let key = format!("key-{}", round % 5);
        // Polled for a different while each time, then dropped wherever it is.
        let brief = Duration::from_micros(round * 20);
        let _ = tokio::time::timeout(brief, cache.set(&key, vec![b'x'; 10_000], A_WHILE)).await;
        let _ = tokio::time::timeout(brief, cache.get(&key)).await;
        let _ = tokio::time::timeout(brief, cache.add("count", 1, A_WHILE)).await;
        let found = cache.get(&key).await?;
        ensure!(found.is_none_or(|value| value.len() == 10_000), "a value is whole or absent");
    }
    for at in 0..5 {
        let (key, value) = (format!("key-{at}"), format!("value-{at}"));
        cache.set(&key, value.clone(), A_WHILE).await?;
        ensure_eq!(text(&cache, &key).await?, Some(value), "the answer belongs to the question");
    }
    Ok(())
}
