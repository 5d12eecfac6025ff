//! The cache: bounded, exact in its times, and gone with its handle.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::cache::{Cache, End};
use bedplate_engine_memory::cache::MemoryCache;
use bytes::Bytes;

use crate::open_cache;

fn size(cache: &Cache) -> (usize, usize) {
    let memory = cache.native::<MemoryCache>().unwrap();
    (memory.entries(), memory.bytes())
}

#[tokio::test]
async fn a_small_cache_forgets_exactly_what_was_used_longest_ago() {
    let cache = open_cache("memory:?max_entries=3").await;
    for key in ["a", "b", "c"] {
        cache.set(key, key, None).await.unwrap();
    }
    cache.get("a").await.unwrap();
    cache.set("d", "d", None).await.unwrap();
    let found = cache.get_many(&["a", "b", "c", "d"]).await.unwrap();
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true, true]);
}

#[tokio::test]
async fn handles_of_one_namespace_load_a_value_once() {
    let cache = open_cache("memory:").await;
    let (first, second) = (cache.namespaced("orders"), cache.namespaced("orders"));
    let (begun, is_begun) = tokio::sync::oneshot::channel();
    let (finish, finished) = tokio::sync::oneshot::channel::<()>();
    let minute = Duration::from_secs(60);
    let load = first.get_or_load("a", minute, || async {
        begun.send(()).unwrap();
        finished.await.unwrap();
        Ok(Bytes::from("first"))
    });
    let wait = async {
        is_begun.await.unwrap();
        let mut other =
            std::pin::pin!(second.get_or_load("a", minute, || async { Ok(Bytes::from("second")) }));
        assert!(futures_util::poll!(&mut other).is_pending());
        finish.send(()).unwrap();
        other.await
    };
    let (one, other) = tokio::join!(load, wait);
    assert_eq!((one.unwrap(), other.unwrap()), (Bytes::from("first"), Bytes::from("first")));
}

#[tokio::test]
async fn a_large_cache_keeps_what_is_used() {
    let cache = open_cache("memory:?max_entries=1000").await;
    let hot: Vec<String> = (0..100).map(|at| format!("hot-{at}")).collect();
    for key in &hot {
        cache.set(key, "hot", None).await.unwrap();
    }
    for at in 0..10_000 {
        cache.set(&format!("cold-{at}"), "cold", None).await.unwrap();
        cache.get(&hot[at % hot.len()]).await.unwrap();
    }
    let found = cache.get_many(&hot.iter().map(String::as_str).collect::<Vec<_>>()).await.unwrap();
    let kept = found.iter().flatten().count();
    assert_eq!(size(&cache).0, 1_000);
    assert!(kept >= 98, "{kept} of 100 keys that are always used are left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_never_leave_more_than_the_limits() {
    let cache = open_cache("memory:?max_entries=100&max_bytes=50000").await;
    let writers = (0..4).map(|writer| {
        let cache = cache.clone();
        tokio::spawn(async move {
            for at in 0..2_000 {
                let key = format!("{writer}-{}", at % 300);
                match at % 4 {
                    0 => drop(
                        cache.list_push(&format!("l{key}"), End::Back, vec![Bytes::from(vec![0; 50])]).await,
                    ),
                    1 => drop(cache.delete(&key).await.unwrap()),
                    _ => cache
                        .set(&key, vec![0; at % 2_000], Some(Duration::from_millis(1 + at as u64 % 50)))
                        .await
                        .unwrap(),
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let (entries, bytes) = size(&cache);
    assert!((1..=100).contains(&entries) && bytes <= 50_000, "{entries} entries, {bytes} bytes");
    // The counts are right: without an entry there is no byte.
    for key in cache.scan("", None, 10_000).await.unwrap().keys {
        cache.delete(&key).await.unwrap();
    }
    for _ in 0..1_000 {
        if size(&cache).0 == 0 {
            break;
        }
        // waits: what has expired is freed a little later.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(size(&cache), (0, 0));
}

#[tokio::test]
async fn what_can_never_fit_is_limited_and_names_the_setting() {
    let cache = open_cache("memory:?max_bytes=1000").await;
    cache.set("key", vec![0; 900], None).await.unwrap();
    let error = cache.set("key", vec![0; 1_000], None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limited);
    assert!(
        error.message().contains("max_bytes") && error.help().unwrap().contains("max_bytes"),
        "{error:?}"
    );
    assert_eq!(cache.get("key").await.unwrap().unwrap().len(), 900);
    // Empty elements aren't free.
    let mut pushed = 0;
    let error = loop {
        match cache.list_push("list", End::Back, vec![Bytes::new()]).await {
            Ok(length) => pushed = length,
            Err(error) => break error,
        }
        assert!(pushed < 1_000, "a list grows without end");
    };
    assert_eq!(error.kind(), ErrorKind::Limited);
    assert_eq!(cache.list_length("list").await.unwrap(), pushed);
    assert!(size(&cache).1 <= 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_time_to_live_is_exact() {
    let cache = open_cache("memory:").await;
    cache.set("key", "value", Some(Duration::from_secs(60))).await.unwrap();
    tokio::time::advance(Duration::from_millis(59_999)).await;
    assert!(cache.exists("key").await.unwrap());
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(!cache.exists("key").await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn what_has_expired_is_freed_though_nobody_asks_for_it() {
    let cache = open_cache("memory:").await;
    for at in 0..5_000u64 {
        cache.set(&format!("key-{at}"), "value", Some(Duration::from_secs(1 + at % 60))).await.unwrap();
    }
    cache.set("sooner", "value", Some(Duration::from_millis(500))).await.unwrap();
    cache.set("stays", "value", None).await.unwrap();
    // waits: on a paused clock, until the sooner one and then all but one have expired.
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(size(&cache).0, 5_001);
    // waits: on the same clock.
    tokio::time::sleep(Duration::from_secs(62)).await;
    assert_eq!(size(&cache).0, 1);
}

#[tokio::test]
async fn no_task_outlives_a_closed_or_dropped_cache() {
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = alive();
    for close in [true, false] {
        let cache = open_cache("memory:").await;
        cache.set("key", "value", Some(Duration::from_secs(60))).await.unwrap();
        assert_eq!(alive(), before + 1);
        if close {
            cache.close().await;
            assert_eq!(size(&cache), (0, 0));
        } else {
            drop(cache);
        }
        while alive() > before {
            tokio::task::yield_now().await;
        }
    }
}
