//! Values: what was set is read back, under every key that can be.

use bedplate_core::ErrorKind;
use bedplate_core::cache::Cache;

use super::own::{A_WHILE, own, text};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn a_value_that_was_set_is_read_back(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("greeting", "hello", A_WHILE).await?;
    ensure_eq!(text(&cache, "greeting").await?.as_deref(), Some("hello"), "the value");
    ensure!(cache.exists("greeting").await?, "the key is there");
    Ok(())
}

pub(super) async fn a_key_that_was_never_set_has_no_value(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    ensure_eq!(cache.get("nothing").await?, None, "the value");
    ensure!(!cache.exists("nothing").await?, "the key is not there");
    Ok(())
}

pub(super) async fn setting_again_replaces_the_value(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    for value in ["a long first value", "b", "", "c"] {
        cache.set("key", value, A_WHILE).await?;
        ensure_eq!(text(&cache, "key").await?.as_deref(), Some(value), "the value");
    }
    Ok(())
}

pub(super) async fn many_keys_are_read_in_their_order(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    for key in ["a", "b", "c"] {
        cache.set(key, key, A_WHILE).await?;
    }
    let found = cache.get_many(&["c", "missing", "a", "c", "b"]).await?;
    let found: Vec<_> = found.iter().map(|value| value.as_deref()).collect();
    let expected: [Option<&[u8]>; 5] = [Some(b"c"), None, Some(b"a"), Some(b"c"), Some(b"b")];
    ensure_eq!(found, expected, "the values of `c missing a c b`");
    ensure!(cache.get_many(&[]).await?.is_empty(), "no keys have no values");
    Ok(())
}

pub(super) async fn a_deleted_key_is_gone(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("key", "value", A_WHILE).await?;
    ensure!(cache.delete("key").await?, "deleting what is there says so");
    ensure_eq!(cache.get("key").await?, None, "the value after deleting");
    ensure!(!cache.delete("key").await?, "deleting it again says that nothing was there");
    Ok(())
}

pub(super) async fn an_empty_value_is_a_value(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    cache.set("empty", "", A_WHILE).await?;
    ensure_eq!(text(&cache, "empty").await?.as_deref(), Some(""), "the value");
    ensure!(cache.exists("empty").await?, "the key is there");
    ensure!(cache.delete("empty").await?, "deleting it says that it was there");
    Ok(())
}

pub(super) async fn every_byte_survives(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let bytes: Vec<u8> = (0..200_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let every: Vec<u8> = (0..=255).collect();
    for (key, value) in [("many", bytes), ("every", every), ("lines", b"\r\nEND\r\n\0$-1\r\n".to_vec())] {
        cache.set(key, value.clone(), A_WHILE).await?;
        let found = cache.get(key).await?;
        ensure!(found.as_deref() == Some(&value[..]), "the {} bytes of `{key}` are read back", value.len());
    }
    Ok(())
}

pub(super) async fn odd_keys_are_kept_apart(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let keys = [
        "key", "KEY", "Key", "key:", ":key", "k:e:y", "clé", "cle", "ключ", "鍵", "🔑", "*", "k*y", "k?y",
        "[key]", "k%20y", "k\\y", "k'y", "k\"y", "k;y", "k/y", "../key", "{key}", "0", "-1", "null", "%s",
        "$1", "e\u{301}", "é",
    ];
    for (at, key) in keys.iter().enumerate() {
        cache.set(key, at.to_string(), A_WHILE).await?;
    }
    for (at, key) in keys.iter().enumerate() {
        ensure_eq!(text(&cache, key).await?, Some(at.to_string()), "the value of `{key}`");
    }
    Ok(())
}

pub(super) async fn a_key_that_cannot_be_is_refused(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    for key in ["", " ", "a b", "a\nb", "a\r\nb", "tab\t", "nul\0", "\u{7f}", "no\u{a0}break", "\u{2028}"] {
        refused(
            cache.set(key, "value", A_WHILE).await,
            ErrorKind::InvalidInput,
            &format!("setting {key:?}"),
        )?;
        refused(cache.get(key).await, ErrorKind::InvalidInput, &format!("reading {key:?}"))?;
    }
    Ok(())
}

pub(super) async fn a_typed_value_survives(subject: &Subject<Cache>) -> Verdict {
    let cache = own(subject);
    let value = (7u8, "sieben".to_string(), vec![Some(1.5), None]);
    cache.set_json("typed", &value, A_WHILE).await?;
    ensure_eq!(cache.get_json("typed").await?, Some(value), "the value");
    refused(cache.get_json::<bool>("typed").await, ErrorKind::Corrupt, "reading it as another type")?;
    ensure_eq!(cache.get_json::<bool>("nothing").await?, None, "a missing value of any type");
    Ok(())
}
