//! Limits: at the limit it works, one beyond is `Limited` and names the limit.

use bedplate_core::ErrorKind;
use bedplate_core::cache::Cache;

use super::own::{A_WHILE, own};
use crate::case::{Subject, Verdict, refused};
use crate::ensure;

/// The largest value that is really written.
const WRITTEN: u64 = 16 * 1024 * 1024;
/// The largest value that is made to be refused: nothing ever touches its memory.
const REFUSED: u64 = 1024 * 1024 * 1024;

pub(super) async fn a_key_at_the_limit_works_and_one_beyond_is_limited(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    // An engine that knows of no limit still takes this much.
    let limit = cache.features().max_key_bytes.unwrap_or(1_024);
    let longest = "k".repeat(limit as usize - subject.namespace.len() - 1);
    cache.set(&longest, "value", A_WHILE).await?;
    ensure!(cache.get(&longest).await?.is_some(), "a key of {limit} bytes is read back");
    ensure!(cache.delete(&longest).await?, "a key of {limit} bytes is deleted");
    if cache.features().max_key_bytes.is_some() {
        let error = refused(
            cache.set(&format!("{longest}k"), "value", A_WHILE).await,
            ErrorKind::Limited,
            "one more byte",
        )?;
        ensure!(error.message().contains("max-key-bytes"), "the message names max-key-bytes: {error}");
    }
    Ok(())
}

pub(super) async fn a_value_at_the_limit_works_and_one_beyond_is_limited(
    subject: &Subject<Cache>,
) -> Verdict {
    let cache = own(subject);
    let limit = cache.features().max_value_bytes.unwrap_or(1024 * 1024);
    if limit <= WRITTEN {
        cache.set("large", vec![7; limit as usize], A_WHILE).await?;
        let found = cache.get("large").await?.map(|value| value.len() as u64);
        ensure!(found == Some(limit), "a value of {limit} bytes is read back, found {found:?}");
        cache.delete("large").await?;
    }
    if cache.features().max_value_bytes.is_some() && limit < REFUSED {
        let beyond = vec![0; limit as usize + 1];
        let error = refused(cache.set("beyond", beyond, A_WHILE).await, ErrorKind::Limited, "one more byte")?;
        ensure!(error.message().contains("max-value-bytes"), "the message names max-value-bytes: {error}");
        ensure!(!cache.exists("beyond").await?, "nothing was set");
    }
    Ok(())
}
