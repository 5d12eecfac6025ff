//! Who sees what: namespaces, other handles, closed ones.

use bedplate_core::cache::Cache;
use bedplate_core::{ErrorKind, Reach};

use super::own::{A_WHILE, own, text};
use crate::case::{Subject, Verdict, refused};
use crate::ensure_eq;

pub(super) async fn namespaces_are_kept_apart(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let (orders, users) = (cache.namespaced("orders"), cache.namespaced("users"));
    orders.set("1", "an order", A_WHILE).await?;
    users.set("1", "a user", A_WHILE).await?;
    ensure_eq!(text(&orders, "1").await?.as_deref(), Some("an order"), "the value in `orders`");
    ensure_eq!(text(&users, "1").await?.as_deref(), Some("a user"), "the value in `users`");
    ensure_eq!(cache.get("1").await?, None, "the value outside both");
    ensure_eq!(text(&cache, "users:1").await?.as_deref(), Some("a user"), "the value by its whole key");
    users.delete("1").await?;
    ensure_eq!(
        text(&orders, "1").await?.as_deref(),
        Some("an order"),
        "the value beside the one that was deleted"
    );
    Ok(())
}

pub(super) async fn others_see_it_as_far_as_its_reach_says(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("key", "value", A_WHILE).await?;
    ensure_eq!(
        text(&cache.clone(), "key").await?.as_deref(),
        Some("value"),
        "what a clone of the handle sees"
    );
    let another = subject.open_another().await?.namespaced(&subject.namespace);
    let expected = (cache.features().reach > Reach::Process).then_some("value");
    ensure_eq!(
        text(&another, "key").await?.as_deref(),
        expected,
        "what another handle sees of a {} cache",
        cache.features().reach
    );
    another.set("other", "value", A_WHILE).await?;
    ensure_eq!(text(&cache, "other").await?.as_deref(), expected, "what is seen of another handle's value");
    another.close().await;
    ensure_eq!(
        text(&cache, "key").await?.as_deref(),
        Some("value"),
        "what is seen after another handle was closed"
    );
    Ok(())
}

pub(super) async fn a_closed_cache_is_unavailable(subject: &Subject<Cache>) -> Verdict {
    let another = subject.open_another().await?;
    let cache = another.namespaced(&subject.namespace);
    cache.set("key", "value", A_WHILE).await?;
    another.close().await;
    another.close().await;
    refused(cache.get("key").await, ErrorKind::Unavailable, "reading")?;
    refused(cache.set("key", "value", A_WHILE).await, ErrorKind::Unavailable, "setting")?;
    refused(cache.delete("key").await, ErrorKind::Unavailable, "deleting")?;
    refused(cache.add("count", 1, A_WHILE).await, ErrorKind::Unavailable, "counting")?;
    refused(cache.lifetime("key").await, ErrorKind::Unavailable, "asking for a lifetime")?;
    if cache.features().scan.is_kept() {
        refused(cache.scan("", None, 10).await, ErrorKind::Unavailable, "listing keys")?;
    }
    Ok(())
}
