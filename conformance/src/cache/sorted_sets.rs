//! The promise `sorted-sets`.

use bedplate_core::ErrorKind;
use bedplate_core::cache::Cache;
use futures_util::future::try_join_all;

use super::own::{A_WHILE, own, text};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

fn members(pairs: &[(&str, f64)]) -> Vec<(String, f64)> {
    pairs.iter().map(|(member, score)| (member.to_string(), *score)).collect()
}

pub(super) async fn members_are_ordered_by_score_then_by_bytes(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let set = [
        ("b", 1.0),
        ("é", 1.0),
        ("a", 1.0),
        ("low", -3.5),
        ("", 1.0),
        ("top", f64::INFINITY),
        ("B", 1.0),
        ("zero", -0.0),
    ];
    ensure_eq!(cache.sorted_set("set", members(&set)).await?, 8, "new members");
    let expected = [
        ("low", -3.5),
        ("zero", 0.0),
        ("", 1.0),
        ("B", 1.0),
        ("a", 1.0),
        ("b", 1.0),
        ("é", 1.0),
        ("top", f64::INFINITY),
    ];
    ensure_eq!(cache.sorted_by_rank("set", 0, -1).await?, members(&expected), "all members");
    ensure_eq!(cache.sorted_by_rank("set", -2, -1).await?, members(&expected[6..]), "the two highest");
    ensure_eq!(cache.sorted_by_rank("set", 1, 1).await?, members(&expected[1..2]), "the second lowest");
    ensure_eq!(cache.sorted_by_rank("set", 5, 4).await?, [], "an empty span");
    ensure_eq!(
        cache.sorted_set("set", members(&[("low", 7.0), ("new", 0.5)])).await?,
        1,
        "new members the second time"
    );
    ensure_eq!(
        cache.sorted_by_rank("set", -2, -2).await?,
        members(&[("low", 7.0)]),
        "a member that has moved"
    );
    Ok(())
}

pub(super) async fn scores_are_added_to(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure_eq!(cache.sorted_add("set", "a", 2.5).await?, 2.5, "the first sum");
    ensure_eq!(cache.sorted_add("set", "a", -4.0).await?, -1.5, "the second sum");
    try_join_all((0..100).map(|_| cache.sorted_add("set", "many", 0.25))).await?;
    let expected = members(&[("a", -1.5), ("many", 25.0)]);
    ensure_eq!(cache.sorted_by_rank("set", 0, -1).await?, expected, "all members");
    Ok(())
}

pub(super) async fn a_span_of_scores_includes_both_ends(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let all = [("a", 1.0), ("b", 2.0), ("c", 2.0), ("d", 3.0), ("e", 4.0)];
    cache.sorted_set("set", members(&all)).await?;
    for (low, high, limit, expected) in [
        (2.0, 3.0, 10, &all[1..4]),
        (2.0, 2.0, 10, &all[1..3]),
        (f64::NEG_INFINITY, f64::INFINITY, 10, &all[..]),
        (f64::NEG_INFINITY, f64::INFINITY, 2, &all[..2]),
        (2.5, 2.9, 10, &[]),
        (3.0, 2.0, 10, &[]),
        (1.0, 4.0, 0, &[]),
    ] {
        let found = cache.sorted_by_score("set", low, high, limit).await?;
        ensure_eq!(found, members(expected), "at most {limit} members from {low} to {high}");
    }
    Ok(())
}

pub(super) async fn a_sorted_set_without_members_does_not_exist(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure_eq!(cache.sorted_set("set", Vec::new()).await?, 0, "new members of none");
    ensure!(!cache.exists("set").await?, "setting nothing makes nothing");
    ensure_eq!(cache.sorted_by_rank("set", 0, -1).await?, [], "the members of nothing");
    cache.sorted_set("set", members(&[("a", 1.0), ("b", 1.0)])).await?;
    ensure_eq!(cache.sorted_remove("set", &["a".into(), "none".into()]).await?, 1, "removed members");
    ensure_eq!(cache.sorted_by_rank("set", 0, -1).await?, members(&[("b", 1.0)]), "the member that is left");
    ensure_eq!(cache.sorted_remove("set", &["b".into()]).await?, 1, "the last removed member");
    ensure!(!cache.exists("set").await?, "it is gone with its last member");
    Ok(())
}

pub(super) async fn a_score_that_is_no_number_is_refused(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let nan = members(&[("a", 1.0), ("b", f64::NAN)]);
    refused(cache.sorted_set("set", nan).await, ErrorKind::InvalidInput, "a score that is NaN")?;
    refused(cache.sorted_add("set", "a", f64::NAN).await, ErrorKind::InvalidInput, "adding NaN")?;
    ensure!(!cache.exists("set").await?, "nothing was set");
    cache.sorted_set("set", members(&[("a", f64::INFINITY)])).await?;
    refused(
        cache.sorted_add("set", "a", f64::NEG_INFINITY).await,
        ErrorKind::Conflict,
        "a sum that is no number",
    )?;
    ensure_eq!(
        cache.sorted_by_rank("set", 0, -1).await?,
        members(&[("a", f64::INFINITY)]),
        "the set afterwards"
    );
    Ok(())
}

pub(super) async fn a_sorted_set_is_not_a_value(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("text", "value", A_WHILE).await?;
    cache.sorted_set("set", members(&[("a", 1.0)])).await?;
    refused(cache.get("set").await, ErrorKind::Conflict, "reading a sorted set as a value")?;
    refused(cache.add("set", 1, None).await, ErrorKind::Conflict, "counting on a sorted set")?;
    refused(cache.sorted_add("text", "a", 1.0).await, ErrorKind::Conflict, "adding to a value's member")?;
    refused(
        cache.sorted_by_rank("text", 0, -1).await,
        ErrorKind::Conflict,
        "reading a value as a sorted set",
    )?;
    ensure_eq!(text(&cache, "text").await?.as_deref(), Some("value"), "the value afterwards");
    cache.set("set", "now a value", A_WHILE).await?;
    ensure_eq!(
        text(&cache, "set").await?.as_deref(),
        Some("now a value"),
        "a value that replaces a sorted set"
    );
    Ok(())
}

pub(super) async fn asking_for_a_sorted_set_is_unsupported(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    refused(cache.sorted_set("set", members(&[("a", 1.0)])).await, ErrorKind::Unsupported, "setting")?;
    refused(cache.sorted_add("set", "a", 1.0).await, ErrorKind::Unsupported, "adding")?;
    refused(cache.sorted_by_rank("set", 0, -1).await, ErrorKind::Unsupported, "reading by rank")?;
    refused(cache.sorted_by_score("set", 0.0, 1.0, 1).await, ErrorKind::Unsupported, "reading by score")?;
    refused(cache.sorted_remove("set", &["a".into()]).await, ErrorKind::Unsupported, "removing")?;
    ensure!(!cache.exists("set").await?, "nothing was set");
    Ok(())
}
