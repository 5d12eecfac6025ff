//! A case's own part of the cache.

use std::time::{Duration, Instant};

use bedplate_core::cache::Cache;

use crate::case::{Failure, Subject, Verdict, eventually};
use crate::ensure;

/// The time to live of what a case leaves behind: longer than any case, and soon over where keys can't be listed.
pub(super) const A_WHILE: Option<Duration> = Some(Duration::from_secs(300));

/// A time to live that a case can wait for.
pub(super) const SOON: Duration = Duration::from_millis(300);

/// The case's own part of the cache.
pub(super) fn own(subject: &Subject<Cache>) -> Cache {
    subject.handle.namespaced(&subject.namespace)
}

/// Checks that a key that was given `SOON` to live no earlier than `given` lives that long and no longer.
pub(super) async fn lives_until_soon(cache: &Cache, key: &str, given: Instant) -> Verdict {
    while cache.exists(key).await? {
        ensure!(
            given.elapsed() < SOON * 20,
            "`{key}` still lives {:?} after it was given {SOON:?}",
            given.elapsed()
        );
        // waits: for the end of a time to live.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // A server's clock may be coarser than this one, by a millisecond or so.
    let lived = given.elapsed() + Duration::from_millis(5);
    ensure!(lived >= SOON, "`{key}` was given {SOON:?} and lived for {lived:?} only");
    Ok(())
}

/// Waits until a key is gone.
pub(super) async fn gone(cache: &Cache, key: &str) -> Verdict {
    eventually(&format!("`{key}` is gone"), || async { Ok(!cache.exists(key).await?) }).await
}

/// What a key holds, as text.
pub(super) async fn text(cache: &Cache, key: &str) -> Result<Option<String>, Failure> {
    let value = cache.get(key).await?;
    Ok(value.map(|value| String::from_utf8_lossy(&value).into_owned()))
}
