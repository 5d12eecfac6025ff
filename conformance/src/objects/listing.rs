//! Listings: order, prefixes, folders and pages.

use std::collections::BTreeMap;

use bedplate_core::objects::{ListOptions, Listing};
use futures_util::future::try_join_all;

use super::Objects;
use crate::case::{Failure, Subject, Verdict};
use crate::{ensure, ensure_eq};

fn keys(listing: &Listing) -> Vec<&str> {
    listing.objects.iter().map(|object| object.key.as_str()).collect()
}

async fn put_all(subject: &Subject<Objects>, keys: &[String]) -> Verdict {
    for chunk in keys.chunks(16) {
        try_join_all(chunk.iter().map(|key| subject.handle.put(key, key.clone()))).await?;
    }
    Ok(())
}

/// Every page of a listing, as one; a page is never larger than its limit.
async fn all_pages(objects: &Objects, options: ListOptions) -> Result<Listing, Failure> {
    let mut all = Listing::default();
    let mut options = options;
    for _ in 0..1_000 {
        let page = objects.list(options.clone()).await?;
        let found = page.objects.len() + page.prefixes.len();
        ensure!(found <= options.limit, "a page of {found} where {} were asked for", options.limit);
        ensure!(page.next.is_none() || found > 0, "an empty page that isn't the last one");
        all.objects.extend(page.objects);
        all.prefixes.extend(page.prefixes);
        match page.next {
            Some(next) => options = options.after(next),
            None => return Ok(all),
        }
    }
    Err(Failure("a thousand pages, and no last one".into()))
}

pub(super) async fn a_listing_is_ordered_by_bytes(subject: &Subject<Objects>) -> Verdict {
    let ends = [
        "", "-", ".", ".b", "/", "//", "/a", "/a/b", "/a.b", "/b", "0", "A", "Z", "_", "a", "b", "~", "é",
        "日", "🦀",
    ];
    let mut put: Vec<String> = ends.iter().map(|end| subject.name(&format!("a{end}"))).collect();
    put_all(subject, &put).await?;
    put.sort_unstable();
    let listing = subject.handle.list(ListOptions::prefix(subject.name("a"))).await?;
    ensure_eq!(keys(&listing), put, "the keys in their order");
    ensure_eq!(listing.prefixes, [""; 0], "common prefixes that nobody asked for");
    ensure_eq!(listing.next, None, "where to go on after everything");
    Ok(())
}

pub(super) async fn a_prefix_may_end_anywhere(subject: &Subject<Objects>) -> Verdict {
    let all: Vec<String> = ["log", "log/1", "log/10", "log/2/a", "log/2/b", "logs/1", "lo"]
        .iter()
        .map(|k| subject.name(k))
        .collect();
    put_all(subject, &all).await?;
    for prefix in
        ["l", "lo", "log", "log/", "log/1", "log/10", "log/2", "log/2/", "log/2/a", "logs/", "log/3"]
    {
        let prefix = subject.name(prefix);
        let listing = subject.handle.list(ListOptions::prefix(&prefix)).await?;
        let mut expected: Vec<&String> = all.iter().filter(|key| key.starts_with(&prefix)).collect();
        expected.sort_unstable();
        ensure_eq!(keys(&listing), expected, "the keys that begin with `{prefix}`");
    }
    Ok(())
}

pub(super) async fn folders_are_shown_once_and_objects_beside_them(subject: &Subject<Objects>) -> Verdict {
    let put: Vec<String> =
        ["top", "top/a", "top/a/1", "top/a/2", "top/a/b/3", "top/b/", "top/b.txt", "top/c//4"]
            .iter()
            .map(|key| subject.name(key))
            .collect();
    put_all(subject, &put).await?;
    for (prefix, objects, prefixes) in [
        ("top/", vec!["top/a", "top/b.txt"], vec!["top/a/", "top/b/", "top/c/"]),
        ("top", vec!["top"], vec!["top/"]),
        ("top/a", vec!["top/a"], vec!["top/a/"]),
        ("top/a/", vec!["top/a/1", "top/a/2"], vec!["top/a/b/"]),
        ("top/b/", vec!["top/b/"], vec![]),
        ("top/c/", vec![], vec!["top/c//"]),
        ("top/c//", vec!["top/c//4"], vec![]),
    ] {
        let names = |ends: Vec<&str>| ends.iter().map(|end| subject.name(end)).collect::<Vec<_>>();
        let listing = subject.handle.list(ListOptions::prefix(subject.name(prefix)).by_folder()).await?;
        ensure_eq!(keys(&listing), names(objects), "the objects directly under `{prefix}`");
        ensure_eq!(listing.prefixes, names(prefixes), "the folders under `{prefix}`");
    }
    Ok(())
}

pub(super) async fn pages_show_each_object_exactly_once(subject: &Subject<Objects>) -> Verdict {
    let mut put: Vec<String> = (0..24)
        .map(|n| match n % 4 {
            0 => subject.name(&format!("{n:02}")),
            1 => subject.name(&format!("{:02}/{n}", n / 8)),
            2 => subject.name(&format!("{:02}/x/{n}", n / 8)),
            _ => subject.name(&format!("{:02}.{n}", n / 8)),
        })
        .collect();
    put_all(subject, &put).await?;
    put.sort_unstable();
    for limit in [1, 2, 5, 23, 24, 25, 1_000] {
        let options = ListOptions::prefix(&subject.namespace).limit(limit);
        let all = all_pages(&subject.handle, options).await?;
        ensure_eq!(keys(&all), put, "the keys of all pages of {limit}");
    }
    Ok(())
}

pub(super) async fn pages_show_each_folder_exactly_once(subject: &Subject<Objects>) -> Verdict {
    let mut put = Vec::new();
    for folder in ["a", "b", "c", "d"] {
        put.extend((0..3).map(|n| subject.name(&format!("in/{folder}/{n}"))));
        put.push(subject.name(&format!("in/{folder}.txt")));
        put.push(subject.name(&format!("in/{folder}")));
    }
    put_all(subject, &put).await?;
    for limit in [1, 2, 3, 11, 12, 13] {
        let options = ListOptions::prefix(subject.name("in/")).by_folder().limit(limit);
        let all = all_pages(&subject.handle, options).await?;
        let expected = |end: &[&str]| {
            let ends = ["a", "b", "c", "d"]
                .iter()
                .flat_map(|folder| end.iter().map(move |end| format!("in/{folder}{end}")));
            ends.map(|key| subject.name(&key)).collect::<Vec<_>>()
        };
        ensure_eq!(keys(&all), expected(&["", ".txt"]), "the objects of all pages of {limit}");
        ensure_eq!(all.prefixes, expected(&["/"]), "the folders of all pages of {limit}");
    }
    Ok(())
}

pub(super) async fn a_listing_shows_every_put_before_it(subject: &Subject<Objects>) -> Verdict {
    let objects = &subject.handle;
    let mut put = BTreeMap::new();
    for round in 0..4 {
        let metas = try_join_all((0..15).map(|n| {
            let key = subject.name(&format!("{}/{round}-{n}", n % 3));
            let objects = objects.clone();
            async move { objects.put(&key, vec![0; n]).await }
        }))
        .await?;
        put.extend(metas.into_iter().map(|meta| (meta.key, (meta.size, meta.etag))));
        let listing = objects.list(ListOptions::prefix(&subject.namespace)).await?;
        let listed: BTreeMap<_, _> =
            listing.objects.into_iter().map(|meta| (meta.key, (meta.size, meta.etag))).collect();
        ensure_eq!(listed, put, "keys, sizes and etags in a listing right after the puts");
    }
    Ok(())
}

pub(super) async fn a_prefix_without_objects_is_an_empty_listing(subject: &Subject<Objects>) -> Verdict {
    let objects = &subject.handle;
    objects.put(&subject.name("a/b"), "x").await?;
    for prefix in ["b", "a/c", "a/b/", "a//", "a/../a/", "./", "ä%2f"] {
        for options in
            [ListOptions::prefix(subject.name(prefix)), ListOptions::prefix(subject.name(prefix)).by_folder()]
        {
            ensure_eq!(objects.list(options).await?, Listing::default(), "what begins with `{prefix}`");
        }
    }
    let none = ListOptions::prefix(subject.name("a/")).after(subject.name("a/b"));
    ensure_eq!(objects.list(none).await?.objects, [], "what comes after the last one");
    Ok(())
}

pub(super) async fn what_stays_is_shown_once_while_others_come_and_go(subject: &Subject<Objects>) -> Verdict {
    let objects = &subject.handle;
    let stays: Vec<String> = (0..12).map(|n| subject.name(&format!("{n:02}/stays"))).collect();
    put_all(subject, &stays).await?;
    let mut shown = Vec::new();
    let mut options = ListOptions::prefix(&subject.namespace).limit(2);
    for turn in 0..100 {
        let goes = subject.name(&format!("{:02}/goes", turn * 5 % 12));
        objects.put(&goes, "x").await?;
        let page = objects.list(options.clone()).await?;
        shown.extend(page.objects.into_iter().map(|object| object.key).filter(|key| key.ends_with("stays")));
        objects.delete(&goes).await?;
        match page.next {
            Some(next) => options = options.after(next),
            None => {
                ensure_eq!(shown, stays, "what was there all the time");
                return Ok(());
            }
        }
    }
    Err(Failure("a hundred pages of two for a dozen objects".into()))
}
