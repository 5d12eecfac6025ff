//! Counters.

use std::time::Instant;

use bedplate_core::ErrorKind;
use bedplate_core::cache::{Cache, Lifetime};

use super::own::{A_WHILE, SOON, lives_until_soon, own, text};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn a_counter_begins_at_nothing_and_counts_both_ways(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    for (delta, expected) in [(1, 1), (41, 42), (-50, -8), (0, -8), (8, 0), (i64::MAX, i64::MAX)] {
        ensure_eq!(cache.add("count", delta, A_WHILE).await?, expected, "the sum after adding {delta}");
    }
    Ok(())
}

pub(super) async fn a_counter_reads_as_decimal_text(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.add("count", -120, A_WHILE).await?;
    ensure_eq!(text(&cache, "count").await?.as_deref(), Some("-120"), "the counter as a value");
    cache.set("text", "99", A_WHILE).await?;
    ensure_eq!(cache.add("text", 1, A_WHILE).await?, 100, "the sum on a value that was set");
    ensure_eq!(text(&cache, "text").await?.as_deref(), Some("100"), "the value after counting");
    ensure_eq!(cache.add("text", -91, A_WHILE).await?, 9, "the sum with fewer digits");
    ensure_eq!(text(&cache, "text").await?.as_deref(), Some("9"), "the value with fewer digits");
    Ok(())
}

pub(super) async fn what_is_no_whole_number_is_a_conflict(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    for value in ["", "twelve", "1.5", "12 apples", "0x10", "99999999999999999999"] {
        cache.set("key", value, A_WHILE).await?;
        refused(cache.add("key", 1, A_WHILE).await, ErrorKind::Conflict, &format!("counting on `{value}`"))?;
        ensure_eq!(text(&cache, "key").await?.as_deref(), Some(value), "the value afterwards");
    }
    Ok(())
}

pub(super) async fn a_sum_beyond_64_bits_is_a_conflict(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    for (start, delta) in [(i64::MAX, 1), (i64::MIN, -1), (i64::MIN, i64::MIN), (-2, i64::MIN)] {
        cache.set("key", start.to_string(), A_WHILE).await?;
        refused(
            cache.add("key", delta, A_WHILE).await,
            ErrorKind::Conflict,
            &format!("adding {delta} to {start}"),
        )?;
        ensure_eq!(text(&cache, "key").await?, Some(start.to_string()), "the counter afterwards");
    }
    Ok(())
}

pub(super) async fn a_counter_keeps_the_time_to_live_of_its_first_count(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let given = Instant::now();
    cache.add("window", 1, Some(SOON)).await?;
    cache.add("window", 1, A_WHILE).await?;
    lives_until_soon(&cache, "window", given).await?;
    ensure_eq!(cache.add("window", 1, A_WHILE).await?, 1, "the first count of the next window");
    cache.set("ever", "1", None).await?;
    cache.add("ever", 1, Some(SOON)).await?;
    let lifetime = cache.lifetime("ever").await?;
    cache.delete("ever").await?;
    ensure!(lifetime == Lifetime::Forever, "what was there keeps its own time to live: {lifetime:?}");
    Ok(())
}
