//! Conditions: a value is written only while the state is as it was expected.

use std::time::Instant;

use bedplate_core::cache::{Cache, Condition, Lifetime, SetOptions};
use bytes::Bytes;

use super::own::{A_WHILE, SOON, gone, own, text};
use crate::case::{Subject, Verdict};
use crate::{ensure, ensure_eq};

fn only(condition: Condition) -> SetOptions {
    SetOptions::new().ttl(A_WHILE.unwrap_or_default()).condition(condition)
}

fn equals(value: &'static str) -> Condition {
    Condition::IfEquals(Bytes::from(value))
}

pub(super) async fn if_absent_sets_once(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure!(cache.set_with("key", "first", only(Condition::IfAbsent)).await?, "the first one is set");
    ensure!(!cache.set_with("key", "second", only(Condition::IfAbsent)).await?, "the second one is not");
    ensure_eq!(text(&cache, "key").await?.as_deref(), Some("first"), "the value");
    cache.delete("key").await?;
    ensure!(cache.set_with("key", "third", only(Condition::IfAbsent)).await?, "after a delete it is absent");
    Ok(())
}

pub(super) async fn if_present_sets_only_over_a_value(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure!(
        !cache.set_with("key", "first", only(Condition::IfPresent)).await?,
        "nothing is there to replace"
    );
    ensure!(!cache.exists("key").await?, "nothing was set");
    cache.set("key", "", A_WHILE).await?;
    ensure!(cache.set_with("key", "second", only(Condition::IfPresent)).await?, "an empty value is a value");
    ensure_eq!(text(&cache, "key").await?.as_deref(), Some("second"), "the value");
    Ok(())
}

pub(super) async fn if_equals_sets_only_over_that_value(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure!(
        !cache.set_with("key", "a", only(equals(""))).await?,
        "an absent value equals no value, not even an empty one"
    );
    cache.set("key", "a", A_WHILE).await?;
    ensure!(!cache.set_with("key", "c", only(equals("b"))).await?, "`a` is not `b`");
    ensure!(!cache.set_with("key", "c", only(equals("a "))).await?, "`a` is not `a `");
    ensure!(cache.set_with("key", "b", only(equals("a"))).await?, "`a` is `a`");
    ensure_eq!(text(&cache, "key").await?.as_deref(), Some("b"), "the value");
    Ok(())
}

pub(super) async fn delete_if_equals_deletes_only_that_value(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure!(!cache.delete_with("key", equals("")).await?, "nothing is there to delete");
    cache.set("key", "mine", A_WHILE).await?;
    ensure!(!cache.delete_with("key", equals("yours")).await?, "`mine` is not `yours`");
    ensure_eq!(text(&cache, "key").await?.as_deref(), Some("mine"), "the value");
    ensure!(cache.delete_with("key", equals("mine")).await?, "`mine` is `mine`");
    ensure!(!cache.exists("key").await?, "it is gone");
    Ok(())
}

pub(super) async fn a_condition_that_fails_changes_nothing(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("key", "value", A_WHILE).await?;
    let soon = |condition| SetOptions::new().ttl(SOON).condition(condition);
    ensure!(!cache.set_with("key", "other", soon(Condition::IfAbsent)).await?, "it is not absent");
    ensure!(!cache.set_with("key", "other", soon(equals("x"))).await?, "it is not `x`");
    ensure_eq!(text(&cache, "key").await?.as_deref(), Some("value"), "the value");
    let lifetime = cache.lifetime("key").await?;
    ensure!(
        matches!(lifetime, Lifetime::For(rest) if rest > SOON * 2),
        "it still lives as long as before: {lifetime:?}"
    );
    Ok(())
}

pub(super) async fn a_value_that_has_expired_is_absent_to_a_condition(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let given = Instant::now();
    cache.set("key", "old", Some(SOON)).await?;
    let early = cache.set_with("key", "early", only(Condition::IfAbsent)).await?;
    ensure!(!early || given.elapsed() >= SOON, "while it lives it is not absent");
    cache.set("key", "old", Some(SOON)).await?;
    gone(&cache, "key").await?;
    ensure!(!cache.set_with("key", "new", only(Condition::IfPresent)).await?, "it is not present any more");
    ensure!(!cache.set_with("key", "new", only(equals("old"))).await?, "it equals nothing any more");
    ensure!(!cache.delete("key").await?, "there is nothing to delete");
    ensure!(cache.set_with("key", "new", only(Condition::IfAbsent)).await?, "it is absent");
    ensure_eq!(text(&cache, "key").await?.as_deref(), Some("new"), "the value");
    Ok(())
}
