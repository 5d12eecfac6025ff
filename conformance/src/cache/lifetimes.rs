//! Times to live.

use std::time::{Duration, Instant};

use bedplate_core::ErrorKind;
use bedplate_core::cache::{Cache, Lifetime};

use super::own::{A_WHILE, SOON, lives_until_soon, own, text};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn a_value_lives_as_long_as_it_was_told(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let given = Instant::now();
    cache.set("key", "value", Some(SOON)).await?;
    let lifetime = cache.lifetime("key").await?;
    let is_right = match lifetime {
        Lifetime::For(rest) => rest <= SOON,
        Lifetime::Absent => given.elapsed() >= SOON,
        Lifetime::Forever => false,
    };
    ensure!(is_right, "its lifetime is at most {SOON:?}: {lifetime:?}");
    lives_until_soon(&cache, "key", given).await?;
    ensure_eq!(cache.get("key").await?, None, "the value afterwards");
    ensure_eq!(cache.lifetime("key").await?, Lifetime::Absent, "the lifetime afterwards");
    Ok(())
}

pub(super) async fn a_value_without_a_time_to_live_lives_for_ever(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("key", "value", None).await?;
    ensure_eq!(cache.lifetime("key").await?, Lifetime::Forever, "the lifetime");
    cache.delete("key").await?;
    ensure_eq!(cache.lifetime("key").await?, Lifetime::Absent, "the lifetime of what was deleted");
    Ok(())
}

pub(super) async fn setting_again_replaces_the_time_to_live(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("key", "short", Some(SOON)).await?;
    cache.set("key", "long", A_WHILE).await?;
    let lifetime = cache.lifetime("key").await?;
    ensure!(matches!(lifetime, Lifetime::For(rest) if rest > SOON * 2), "the longer one holds: {lifetime:?}");
    cache.set("key", "ever", None).await?;
    ensure_eq!(cache.lifetime("key").await?, Lifetime::Forever, "the lifetime without one");
    let given = Instant::now();
    cache.set("key", "short", Some(SOON)).await?;
    lives_until_soon(&cache, "key", given).await
}

pub(super) async fn expire_gives_a_new_time_to_live(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure!(!cache.expire("key", A_WHILE).await?, "what isn't there can't be given a time");
    cache.set("key", "value", A_WHILE).await?;
    let given = Instant::now();
    ensure!(cache.expire("key", Some(SOON)).await?, "what is there can");
    let found = text(&cache, "key").await?;
    ensure!(found.as_deref() == Some("value") || given.elapsed() >= SOON, "the value stays: {found:?}");
    lives_until_soon(&cache, "key", given).await
}

pub(super) async fn expire_with_none_keeps_a_value_for_ever(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("key", "value", A_WHILE).await?;
    ensure!(cache.expire("key", None).await?, "it is there");
    ensure_eq!(cache.lifetime("key").await?, Lifetime::Forever, "the lifetime");
    ensure_eq!(text(&cache, "key").await?.as_deref(), Some("value"), "the value");
    cache.delete("key").await?;
    Ok(())
}

pub(super) async fn a_time_to_live_that_is_none_is_refused(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let nothing = Some(Duration::ZERO);
    refused(
        cache.set("key", "value", nothing).await,
        ErrorKind::InvalidInput,
        "setting with no time to live",
    )?;
    refused(cache.expire("key", nothing).await, ErrorKind::InvalidInput, "giving no time to live")?;
    refused(cache.add("key", 1, nothing).await, ErrorKind::InvalidInput, "counting with no time to live")?;
    ensure!(!cache.exists("key").await?, "nothing was set");
    Ok(())
}
