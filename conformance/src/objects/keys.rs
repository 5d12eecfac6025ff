//! Keys: whatever is allowed is a key of its own, and nothing is a path.

use bedplate_core::ErrorKind;
use bedplate_core::objects::{ListOptions, PutOptions};

use super::Objects;
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// Puts an object under each key and checks that each can be read, listed and deleted without touching another.
async fn are_kept_apart(subject: &Subject<Objects>, ends: &[&str]) -> Verdict {
    let objects = &subject.handle;
    let mut keys: Vec<String> = ends.iter().map(|end| format!("{}{end}", subject.namespace)).collect();
    for key in &keys {
        objects.put(key, format!("content of {key}")).await?;
    }
    for key in &keys {
        ensure_eq!(objects.read(key).await?, format!("content of {key}"), "the content of `{key}`");
        ensure_eq!(objects.head(key).await?.key, *key, "the key that head returns");
    }
    keys.sort_unstable();
    let listing = objects.list(ListOptions::prefix(&subject.namespace)).await?;
    let listed: Vec<String> = listing.objects.into_iter().map(|object| object.key).collect();
    ensure_eq!(listed, keys, "the keys in a listing");
    while let Some(key) = keys.pop() {
        objects.delete(&key).await?;
        ensure!(!objects.exists(&key).await?, "`{key}` outlived its delete");
        for other in keys.iter().rev().take(2) {
            ensure!(objects.exists(other).await?, "`{other}` went with `{key}`");
        }
    }
    Ok(())
}

pub(super) async fn an_object_and_a_folder_may_have_one_name(subject: &Subject<Objects>) -> Verdict {
    are_kept_apart(subject, &["/a", "/a/b", "/a/b/c", "/a/", "/a//", "//a"]).await?;
    let (objects, key) = (&subject.handle, subject.name("a"));
    let below = format!("{key}/b");
    objects.put(&below, "below").await?;
    objects.put(&key, "above").await?;
    objects.delete(&below).await?;
    ensure_eq!(objects.read(&key).await?, "above", "the object whose folder is gone");
    objects.put(&below, "below again").await?;
    objects.delete(&key).await?;
    ensure_eq!(objects.read(&below).await?, "below again", "the object in the folder");
    Ok(())
}

pub(super) async fn odd_keys_are_kept_apart(subject: &Subject<Objects>) -> Verdict {
    are_kept_apart(
        subject,
        &[
            " ",
            "  ",
            " /x",
            "x / y",
            "%",
            "%20",
            "%2F",
            "%2f",
            "+",
            "&",
            "=",
            "?a=b",
            "#",
            "~",
            "~~",
            "a~b",
            "a~/b",
            "'",
            "\"",
            "`",
            "\\",
            "\\n",
            "*",
            "[a]",
            "{a}",
            "<a>",
            "|",
            ";",
            ":",
            "$HOME",
            "$(x)",
            "!",
            "@",
            "^",
            ",",
            "日本語",
            "Ω",
            "🦀/🦀",
            "\u{200b}",
            "\u{fffd}",
            "-rf",
            "--",
            "a,b",
            "(a)",
        ],
    )
    .await
}

pub(super) async fn keys_that_look_alike_are_different_objects(subject: &Subject<Objects>) -> Verdict {
    are_kept_apart(
        subject,
        &[
            "/readme",
            "/README",
            "/Readme",
            "/stra\u{df}e",
            "/strasse",
            "/\u{e9}",
            "/e\u{301}",
            "/\u{212b}",
            "/\u{c5}",
            "/A\u{30a}",
            "/\u{fb01}",
            "/fi",
            "/\u{3b1}",
            "/a",
            "/\u{430}",
            "/i",
            "/\u{131}",
            "/I",
            "/\u{130}",
        ],
    )
    .await
}

pub(super) async fn keys_that_look_like_paths_lead_nowhere(subject: &Subject<Objects>) -> Verdict {
    are_kept_apart(
        subject,
        &[
            "/",
            "//",
            "///",
            "//etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/%2e",
            "/...",
            "/..a",
            "/a..",
            "/.a",
            "/a.",
            "/a ",
            "/ a",
            "/~",
            "/~root",
            "/.bedplate/format",
            "/..%2f..",
            "/..\\..",
            "/C:\\a",
            "/con",
            "/NUL",
            "/aux.txt",
            "/.git/config",
            "/a.tmp",
            "/a~",
            "/index.html/",
            "/a/%00",
        ],
    )
    .await
}

pub(super) async fn very_deep_keys_work_like_others(subject: &Subject<Objects>) -> Verdict {
    let objects = &subject.handle;
    let room =
        objects.features().max_key_bytes.unwrap_or(1_024).min(1_024) as usize - subject.namespace.len();
    let deep = format!("{}{}", subject.namespace, "/d".repeat(room / 2));
    let slashes = format!("{}{}", subject.namespace, "/".repeat(room));
    for key in [&deep, &slashes] {
        objects.put(key, "deep").await?;
        ensure_eq!(
            objects.read(key).await?,
            "deep",
            "the content of a key of {} parts",
            key.split('/').count()
        );
        let listing = objects.list(ListOptions::prefix(&subject.namespace)).await?;
        ensure_eq!(listing.objects.len(), 1, "deep objects in a listing");
        ensure_eq!(listing.objects[0].key, *key, "the key of a deep object in a listing");
        let listing =
            objects.list(ListOptions::prefix(format!("{}/", subject.namespace)).by_folder()).await?;
        ensure_eq!(listing.prefixes.len(), 1, "folders above a deep object");
        objects.delete(key).await?;
        ensure!(!objects.exists(key).await?, "a deep object outlived its delete");
    }
    Ok(())
}

pub(super) async fn keys_that_no_engine_can_keep_are_refused(subject: &Subject<Objects>) -> Verdict {
    let objects = &subject.handle;
    let within = |end: &str| subject.name(end);
    for key in [
        String::new(),
        "..".into(),
        ".".into(),
        within("a/../b"),
        within("a/.."),
        within("./a/."),
        "../../etc/passwd".into(),
        within("a\0b"),
        within("a\nb"),
        within("a\u{7f}"),
        within("a\u{85}b"),
    ] {
        let what = format!("the key {key:?}");
        refused(objects.put(&key, "x").await, ErrorKind::InvalidInput, &format!("put to {what}"))?;
        refused(objects.get(&key).await, ErrorKind::InvalidInput, &format!("get of {what}"))?;
        refused(objects.head(&key).await, ErrorKind::InvalidInput, &format!("head of {what}"))?;
        refused(objects.delete(&key).await, ErrorKind::InvalidInput, &format!("delete of {what}"))?;
        let writer = objects.writer(&key, PutOptions::new()).await.map(|_| ());
        refused(writer, ErrorKind::InvalidInput, &format!("an upload to {what}"))?;
    }
    let listing = objects.list(ListOptions::prefix(&subject.namespace)).await?;
    ensure_eq!(listing.objects, [], "objects after refused keys only");
    Ok(())
}
