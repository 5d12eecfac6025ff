//! Finds the objects of backups in a store, also around those that it can't read.
//!
//! A store may refuse a whole listing because of one damaged object. Then the listing is taken in smaller parts, by the next character
//! that a key of ours can have, until what is damaged stands alone.

use bedplate_core::objects::{ListOptions, Meta, Objects};
use bedplate_core::{ErrorKind, Result};

use crate::record::{ENDINGS, ID_SHAPE, is_id};

/// What a platform, an environment and a service can consist of.
const NAME: &str = "abcdefghijklmnopqrstuvwxyz0123456789-_.@ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// The slashes before a backup's name.
const DEPTH: usize = 3;
/// No key of ours is longer.
const MAX_KEY: usize = 300;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What can be read.
    pub(crate) objects: Vec<Meta>,
    /// The keys of what can't be, each with why.
    pub(crate) damaged: Vec<(String, String)>,
}

/// Everything under a prefix.
pub(crate) async fn walk(objects: &Objects, prefix: &str) -> Result<Found> {
    let (mut found, mut open) = (Found::default(), vec![prefix.to_string()]);
    while let Some(prefix) = open.pop() {
        match list(objects, &prefix).await {
            Ok(listed) => found.objects.extend(listed),
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                let longer = longer(&prefix);
                if longer.is_empty() {
                    found.damaged.push((prefix, error.message().to_string()));
                }
                open.extend(longer);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

async fn list(objects: &Objects, prefix: &str) -> Result<Vec<Meta>> {
    let (mut found, mut options) = (Vec::new(), ListOptions::prefix(prefix));
    loop {
        let page = objects.list(options.clone()).await?;
        found.extend(page.objects);
        let Some(next) = page.next else { return Ok(found) };
        options = options.after(next);
    }
}

/// What a key of ours that begins so can begin with further; nothing for a whole key.
fn longer(prefix: &str) -> Vec<String> {
    let parts: Vec<&str> = prefix.split('/').collect();
    let last = parts.last().copied().unwrap_or_default();
    let mut next: Vec<String> = Vec::new();
    if parts.len() <= DEPTH {
        next.extend(NAME.chars().map(String::from));
        next.extend((!last.is_empty()).then(|| "/".into()));
    } else if is_id(last) {
        next.extend(ENDINGS.map(String::from));
    } else {
        match ID_SHAPE.chars().nth(last.len()) {
            Some('0') => next.extend(('0'..='9').map(String::from)),
            Some(other) => next.push(other.into()),
            None => {}
        }
    }
    next.retain(|more| prefix.len() + more.len() <= MAX_KEY);
    next.into_iter().map(|more| format!("{prefix}{more}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_ours_is_reached_and_nothing_beyond_it() {
        for key in [
            "shop/dev/orders/20260722-101530.123.json",
            "@url/postgres-DB.local-5432/Med_2-0a1b2c3d/20260722-101530.123.backup.zst",
        ] {
            let mut prefix = String::new();
            while prefix != key {
                let next = longer(&prefix).into_iter().find(|next| key.starts_with(next.as_str()));
                prefix = next.unwrap_or_else(|| panic!("nothing leads from `{prefix}` to `{key}`"));
            }
            assert!(longer(key).is_empty());
        }
        assert!(longer(&"a".repeat(MAX_KEY)).is_empty());
    }
}
