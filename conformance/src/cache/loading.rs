//! Loading what is missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bedplate_core::cache::{Cache, Lifetime};
use bedplate_core::{Error, ErrorKind};
use bytes::Bytes;
use futures_util::future::try_join_all;

use super::own::own;
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

const KEPT: Duration = Duration::from_secs(300);

pub(super) async fn a_missing_value_is_loaded_once_however_many_ask(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let loads = Arc::new(AtomicU32::new(0));
    let askers = (0..32).map(|_| {
        let (cache, loads) = (cache.clone(), loads.clone());
        async move {
            let load = || async move {
                loads.fetch_add(1, Ordering::SeqCst);
                // Long enough for the others to come while it loads, however they are scheduled.
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                Ok(Bytes::from("loaded"))
            };
            cache.get_or_load("key", KEPT, load).await
        }
    });
    let found = try_join_all(askers).await?;
    ensure!(found.iter().all(|value| value == "loaded"), "everyone gets the value");
    ensure_eq!(loads.load(Ordering::SeqCst), 1, "how often it was loaded");
    Ok(())
}

pub(super) async fn a_loaded_value_is_kept_for_its_time(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.get_or_load("key", KEPT, || async { Ok(Bytes::from("first")) }).await?;
    let found = cache.get_or_load("key", KEPT, || async { Ok(Bytes::from("second")) }).await?;
    ensure_eq!(found, "first", "the value when it is asked for again");
    let lifetime = cache.lifetime("key").await?;
    ensure!(matches!(lifetime, Lifetime::For(rest) if rest <= KEPT), "it has its time to live: {lifetime:?}");
    Ok(())
}

pub(super) async fn a_load_that_fails_is_the_callers_and_the_next_one_loads_again(
    subject: &Subject<Cache>,
) -> Verdict {
    let cache = own(subject);
    let failed = cache.get_or_load("key", KEPT, || async { Err(Error::new(ErrorKind::Denied, "no")) });
    refused(failed.await, ErrorKind::Denied, "a load that fails")?;
    ensure!(!cache.exists("key").await?, "nothing was set");
    let found = cache.get_or_load("key", KEPT, || async { Ok(Bytes::from("loaded")) }).await?;
    ensure_eq!(found, "loaded", "the value of the next load");
    Ok(())
}
