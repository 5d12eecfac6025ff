//! The promise `hashes`.

use std::time::Instant;

use bedplate_core::ErrorKind;
use bedplate_core::cache::Cache;
use bytes::Bytes;

use super::own::{A_WHILE, SOON, lives_until_soon, own, text};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

fn fields(pairs: &[(&str, &'static str)]) -> Vec<(String, Bytes)> {
    pairs.iter().map(|(field, value)| (field.to_string(), Bytes::from(*value))).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| name.to_string()).collect()
}

pub(super) async fn fields_are_set_and_read_one_by_one(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure_eq!(cache.hash_set("user", fields(&[("name", "Ada"), ("city", "")])).await?, 2, "new fields");
    ensure_eq!(
        cache.hash_set("user", fields(&[("name", "Eve"), ("age", "36")])).await?,
        1,
        "new fields the second time"
    );
    ensure_eq!(cache.hash_get("user", "name").await?.as_deref(), Some(&b"Eve"[..]), "the replaced field");
    ensure_eq!(cache.hash_get("user", "city").await?.as_deref(), Some(&b""[..]), "the empty field");
    ensure_eq!(cache.hash_get("user", "none").await?, None, "a field that isn't there");
    ensure_eq!(cache.hash_get("nobody", "name").await?, None, "a field of nothing");
    Ok(())
}

pub(super) async fn all_fields_are_ordered_by_name(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let mut expected = fields(&[("b", "2"), ("a", "1"), ("é", "5"), ("B", "0"), ("c", "3"), ("ä", "4")]);
    cache.hash_set("map", expected.clone()).await?;
    expected.sort();
    ensure_eq!(cache.hash_all("map").await?, expected, "all fields");
    ensure_eq!(cache.hash_all("nothing").await?, [], "all fields of nothing");
    Ok(())
}

pub(super) async fn a_map_without_fields_does_not_exist(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure_eq!(cache.hash_set("map", Vec::new()).await?, 0, "new fields of none");
    ensure!(!cache.exists("map").await?, "setting nothing makes nothing");
    cache.hash_set("map", fields(&[("a", "1"), ("b", "2")])).await?;
    ensure_eq!(cache.hash_remove("map", &names(&["a", "none"])).await?, 1, "removed fields");
    ensure!(cache.exists("map").await?, "it is there with one field");
    ensure_eq!(cache.hash_remove("map", &names(&["b"])).await?, 1, "the last removed field");
    ensure!(!cache.exists("map").await?, "it is gone with its last field");
    ensure_eq!(cache.hash_remove("map", &names(&["b"])).await?, 0, "removed fields of nothing");
    Ok(())
}

pub(super) async fn a_map_takes_any_field_and_a_time_to_live(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let mut odd = fields(&[
        ("", "empty"),
        (" ", "space"),
        ("a\nb", "line"),
        ("🔑", "key"),
        ("*", "star"),
        ("A", "1"),
        ("a", "2"),
    ]);
    cache.hash_set("odd", odd.clone()).await?;
    odd.sort();
    ensure_eq!(cache.hash_all("odd").await?, odd, "odd fields");
    let given = Instant::now();
    ensure!(cache.expire("odd", Some(SOON)).await?, "it can be given a time to live");
    cache.hash_set("odd", fields(&[("more", "1")])).await?;
    lives_until_soon(&cache, "odd", given).await?;
    ensure_eq!(cache.hash_all("odd").await?, [], "all fields afterwards");
    Ok(())
}

pub(super) async fn a_map_is_not_a_value(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("text", "value", A_WHILE).await?;
    cache.hash_set("map", fields(&[("a", "1")])).await?;
    refused(cache.get("map").await, ErrorKind::Conflict, "reading a map as a value")?;
    refused(
        cache.get_many(&["text", "map"]).await,
        ErrorKind::Conflict,
        "reading a value and a map as values",
    )?;
    refused(cache.add("map", 1, None).await, ErrorKind::Conflict, "counting on a map")?;
    refused(
        cache.hash_set("text", fields(&[("a", "1")])).await,
        ErrorKind::Conflict,
        "setting a field of a value",
    )?;
    refused(cache.hash_all("text").await, ErrorKind::Conflict, "reading a value as a map")?;
    ensure_eq!(text(&cache, "text").await?.as_deref(), Some("value"), "the value afterwards");
    cache.set("map", "now a value", A_WHILE).await?;
    ensure_eq!(text(&cache, "map").await?.as_deref(), Some("now a value"), "a value that replaces a map");
    ensure!(cache.delete("map").await?, "it is deleted");
    Ok(())
}

pub(super) async fn asking_for_a_map_is_unsupported(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    refused(cache.hash_set("map", fields(&[("a", "1")])).await, ErrorKind::Unsupported, "setting a field")?;
    refused(cache.hash_get("map", "a").await, ErrorKind::Unsupported, "reading a field")?;
    refused(cache.hash_all("map").await, ErrorKind::Unsupported, "reading all fields")?;
    refused(cache.hash_remove("map", &names(&["a"])).await, ErrorKind::Unsupported, "removing a field")?;
    ensure!(!cache.exists("map").await?, "nothing was set");
    Ok(())
}
