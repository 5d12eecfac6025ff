//! Which backups there are, which of them are surplus, and what was left half written.

use std::collections::BTreeMap;
use std::time::Duration;

use bedplate_core::objects::{GetOptions, Meta, Objects, Range};
use bedplate_core::{ErrorKind, Result};
use jiff::Timestamp;

use crate::record::{Part, Record, content_key, part_of};
use crate::walk::walk;

/// A record is a few hundred bytes and about a hundred more for each table; a longer one is none of ours.
const MAX_RECORD_BYTES: u64 = 16 * 1024 * 1024;
/// Where one of a backup's two objects has been alone for so long, the other one never comes: it is written right behind it.
const ABANDONED: Duration = Duration::from_secs(3600);

/// The backups of a place.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Those that are complete, the newest first.
    pub backups: Vec<Record>,
    /// Those that don't count, each by its path and with why: half written, damaged, or in a place that isn't theirs.
    pub broken: Vec<(String, String)>,
    /// The paths of those that are half written and will never be whole.
    pub(crate) abandoned: Vec<String>,
}

/// What lies in the place of one backup.
#[derive(Default)]
struct Parts {
    content: Option<Meta>,
    record: Option<Meta>,
    /// Why one of the two can't be read.
    damage: Option<String>,
}

impl Listing {
    /// Reads what lies under a prefix. What is damaged is told and hides nothing else.
    pub(crate) async fn read(objects: &Objects, prefix: &str) -> Result<Self> {
        let (found, mut places) = (walk(objects, prefix).await?, BTreeMap::<String, Parts>::new());
        for meta in found.objects {
            match part_of(&meta.key).map(|(part, path)| (part, path.to_string())) {
                Some((Part::Content, path)) => places.entry(path).or_default().content = Some(meta),
                Some((Part::Record, path)) => places.entry(path).or_default().record = Some(meta),
                None => {}
            }
        }
        for (key, why) in found.damaged {
            if let Some((_, path)) = part_of(&key) {
                places.entry(path.to_string()).or_default().damage = Some(why);
            }
        }
        let mut listing = Self::default();
        for (path, parts) in places {
            if parts.is_abandoned(Timestamp::now()) {
                listing.abandoned.push(path.clone());
            }
            match parts.look(objects, &path).await? {
                Ok(record) => listing.backups.push(record),
                Err(why) => listing.broken.push((path, why)),
            }
        }
        listing.backups.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
        Ok(listing)
    }

    /// The paths of those that don't count and are to be removed with the surplus: they are older than all that are kept, or will never
    /// be whole.
    pub(crate) fn useless(&self, keep: usize) -> Vec<String> {
        let oldest_kept = self.backups.get(keep.max(1) - 1).map(Record::path);
        let is_older = |path: &String| oldest_kept.as_ref().is_some_and(|kept| path < kept);
        let paths = self.broken.iter().map(|(path, _)| path);
        paths.filter(|path| is_older(path) || self.abandoned.contains(path)).cloned().collect()
    }

    /// Those of one service that are more than are to be kept. One is always kept.
    pub(crate) fn surplus(&self, keep: usize) -> &[Record] {
        &self.backups[keep.max(1).min(self.backups.len())..]
    }
}

impl Parts {
    /// The record, if it and the content are there as it says, or why they don't count.
    async fn look(self, objects: &Objects, path: &str) -> Result<std::result::Result<Record, String>> {
        if let Some(why) = self.damage {
            return Ok(Err(why));
        }
        let Some(meta) = self.record else {
            return Ok(Err("it has no record: it is being written, or its writer was stopped".into()));
        };
        if meta.size > MAX_RECORD_BYTES {
            return Ok(Err(format!("its record has more than {MAX_RECORD_BYTES} bytes")));
        }
        let read = match objects.read(&meta.key).await {
            Ok(text) => Record::read(&text),
            Err(error) => Err(error),
        };
        let record = match read {
            Ok(record) => record,
            Err(error) if is_damage(error.kind()) => return Ok(Err(error.message().to_string())),
            Err(error) => return Err(error),
        };
        // What a record says about its place is only believed where it lies in that place.
        if record.path() != path {
            return Ok(Err(format!("its record is one of `{}`", record.path())));
        }
        // One byte is enough: a store that keeps sizes apart from bytes compares them before it hands any out.
        let first = GetOptions::new().range(Range::Span { offset: 0, length: 1 });
        let found = match objects.get_with(&content_key(path), first).await {
            Ok(body) => body.meta().size,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Err("its content is gone".into()));
            }
            Err(error) if is_damage(error.kind()) => return Ok(Err(error.message().to_string())),
            Err(error) => return Err(error),
        };
        if found != record.stored.bytes {
            return Ok(Err(format!("its content has {found} bytes instead of {}", record.stored.bytes)));
        }
        Ok(Ok(record))
    }

    fn is_abandoned(&self, now: Timestamp) -> bool {
        match (&self.content, &self.record, &self.damage) {
            (Some(alone), None, None) | (None, Some(alone), None) => is_abandoned(alone.modified, now),
            _ => false,
        }
    }
}

/// Whether it tells about what is stored, and not about the way to it.
fn is_damage(kind: ErrorKind) -> bool {
    use ErrorKind::{Corrupt, InvalidInput, NotFound, Unsupported};
    matches!(kind, Corrupt | InvalidInput | NotFound | Unsupported)
}

fn is_abandoned(modified: Timestamp, now: Timestamp) -> bool {
    now.duration_since(modified).unsigned_abs() > ABANDONED && modified < now
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Content;
    use bedplate_core::sql::Tally;

    fn listing(count: usize) -> Listing {
        let content = Content { bytes: 1, sha256: String::new() };
        let record = |at: usize| Record {
            format: 1,
            id: format!("{at}"),
            platform: "shop".into(),
            environment: "dev".into(),
            service: "orders".into(),
            engine: "sqlite".into(),
            server: String::new(),
            created: Timestamp::UNIX_EPOCH,
            plain: content.clone(),
            stored: content.clone(),
            tally: Tally::default(),
        };
        Listing { backups: (0..count).map(record).collect(), ..Listing::default() }
    }

    #[test]
    fn the_newest_ones_are_kept_and_never_none() {
        let surplus =
            |count, keep| listing(count).surplus(keep).iter().map(|r| r.id.clone()).collect::<Vec<_>>();
        assert_eq!(surplus(4, 2), ["2", "3"]);
        assert_eq!(surplus(2, 2), [""; 0]);
        assert_eq!(surplus(0, 2), [""; 0]);
        assert_eq!(surplus(2, 0), ["1"]);
        assert_eq!(surplus(1, 0), [""; 0]);
    }

    #[test]
    fn what_was_written_a_moment_ago_is_not_abandoned() {
        let now: Timestamp = "2026-07-22T10:00:00Z".parse().unwrap();
        for (modified, abandoned) in
            [("2026-07-22T09:59:00Z", false), ("2026-07-22T08:59:00Z", true), ("2026-07-22T12:00:00Z", false)]
        {
            assert_eq!(is_abandoned(modified.parse().unwrap(), now), abandoned, "{modified}");
        }
    }
}
