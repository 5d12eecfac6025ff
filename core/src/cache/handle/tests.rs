//! What a handle does with a cache that never answers.

use std::any::Any;
use std::future::pending;

use async_trait::async_trait;
use tokio::time::Instant;

use super::*;

/// A cache behind a connection that was cut without a word.
struct Silent;

#[async_trait]
impl CacheEngine for Silent {
    fn features(&self) -> Features {
        Features::NONE
    }

    async fn get(&self, _: &[String]) -> Result<Vec<Option<Bytes>>> {
        pending().await
    }

    async fn set(&self, _: &str, _: Bytes, _: SetOptions) -> Result<bool> {
        pending().await
    }

    async fn delete(&self, _: &str, _: Condition) -> Result<bool> {
        pending().await
    }

    async fn expire(&self, _: &str, _: Option<Duration>) -> Result<bool> {
        pending().await
    }

    async fn lifetime(&self, _: &str) -> Result<Lifetime> {
        pending().await
    }

    async fn add(&self, _: &str, _: i64, _: Option<Duration>) -> Result<i64> {
        pending().await
    }

    async fn close(&self) {}

    fn native(&self) -> &dyn Any {
        self
    }
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_never_answers_is_waited_for_once_whoever_else_waits() {
    let timeout = Duration::from_secs(30);
    let cache = Cache::new("silent", Arc::new(Silent), GuardOptions::default().timeout(timeout));
    let began = Instant::now();
    let load = || async { Ok(Bytes::from("value")) };
    let asked = (0..5).map(|_| cache.get_or_load("key", timeout, load));
    for value in futures_util::future::join_all(asked).await {
        assert_eq!(value.unwrap(), "value");
    }
    assert!(began.elapsed() < timeout + Duration::from_secs(1), "it took {:?}", began.elapsed());
}
