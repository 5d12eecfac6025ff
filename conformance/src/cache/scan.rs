//! The promise `scan`.

use std::collections::BTreeSet;

use bedplate_core::ErrorKind;
use bedplate_core::cache::Cache;

use super::own::{A_WHILE, SOON, gone, own};
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// Every key with a prefix, in pages of a size.
async fn all(cache: &Cache, prefix: &str, page_size: usize) -> Result<BTreeSet<String>, Failure> {
    let (mut keys, mut after) = (BTreeSet::new(), None);
    for _ in 0..10_000 {
        let page = cache.scan(prefix, after.as_deref(), page_size).await?;
        keys.extend(page.keys);
        match page.next {
            None => return Ok(keys),
            next => after = next,
        }
    }
    Err(Failure("10,000 pages have no end".into()))
}

fn set(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| key.to_string()).collect()
}

pub(super) async fn every_key_with_the_prefix_is_listed_and_no_other(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    for key in ["user:1", "user:2", "user:10", "users", "use", "User:1", "order:1", "clé:1"] {
        cache.set(key, "value", A_WHILE).await?;
    }
    ensure_eq!(
        all(&cache, "user:", 100).await?,
        set(&["user:1", "user:10", "user:2"]),
        "the keys with `user:`"
    );
    ensure_eq!(all(&cache, "clé", 100).await?, set(&["clé:1"]), "the keys with `clé`");
    ensure_eq!(all(&cache, "nothing", 100).await?, set(&[]), "the keys with `nothing`");
    ensure_eq!(all(&cache, "", 100).await?.len(), 8, "all keys of the namespace");
    Ok(())
}

pub(super) async fn pages_lead_to_every_key_while_others_come_and_go(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let stay: BTreeSet<String> = (0..120).map(|at| format!("key:{at:03}")).collect();
    for key in &stay {
        cache.set(key, "value", A_WHILE).await?;
    }
    let (mut found, mut after, mut round) = (BTreeSet::new(), None, 0);
    loop {
        let page = cache.scan("key:", after.as_deref(), 7).await?;
        found.extend(page.keys);
        cache.set(&format!("key:{:03}-comes", (round * 37) % 120), "value", A_WHILE).await?;
        cache.delete(&format!("key:{:03}-comes", (round * 37 + 83) % 120)).await?;
        round += 1;
        ensure!(round < 10_000, "10,000 pages have no end");
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let missed: Vec<_> = stay.difference(&found).collect();
    ensure!(missed.is_empty(), "keys that stayed all the while were missed: {missed:?}");
    Ok(())
}

pub(super) async fn a_prefix_is_no_pattern(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let odd = ["a*b", "a?b", "a[b]", "a%b", "a_b", "a\\b", "a\\*b", "axb"];
    for key in odd {
        cache.set(key, "value", A_WHILE).await?;
    }
    for key in odd {
        ensure_eq!(all(&cache, key, 100).await?, set(&[key]), "the keys with the prefix `{key}`");
    }
    ensure_eq!(all(&cache, "a\\", 1).await?, set(&["a\\b", "a\\*b"]), "the keys with the prefix `a\\`");
    Ok(())
}

pub(super) async fn what_is_gone_is_not_listed(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("stays", "value", A_WHILE).await?;
    cache.set("deleted", "value", A_WHILE).await?;
    cache.set("expired", "value", Some(SOON)).await?;
    cache.delete("deleted").await?;
    gone(&cache, "expired").await?;
    ensure_eq!(all(&cache, "", 100).await?, set(&["stays"]), "the keys that are listed");
    Ok(())
}

pub(super) async fn asking_for_keys_is_unsupported(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("key", "value", A_WHILE).await?;
    refused(cache.scan("", None, 10).await, ErrorKind::Unsupported, "listing keys")?;
    refused(cache.scan("key", None, 1).await, ErrorKind::Unsupported, "listing keys with a prefix")?;
    Ok(())
}
