//! Which backups there are, which of them are surplus, and what was left half written.

use std::collections::BTreeMap;
use std::time::Duration;

use bedplate_core::Result;
use bedplate_core::objects::{ListOptions, Meta, Objects};
use jiff::Timestamp;

use crate::record::{Part, Record, part_of};

/// A record is a few hundred bytes and about a hundred more for each table; a longer one is none of ours.
const MAX_RECORD_BYTES: u64 = 16 * 1024 * 1024;
/// A content that has had no record for so long gets none any more: the record is written right behind it.
const ABANDONED: Duration = Duration::from_secs(3600);

/// The backups of a place.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Those that are complete, the newest first.
    pub backups: Vec<Record>,
    /// Those that are not, each with why in a sentence.
    pub broken: Vec<(String, String)>,
    /// The keys of contents that never got a record, and will get none.
    pub(crate) abandoned: Vec<String>,
}

impl Listing {
    /// Reads what lies under a prefix.
    pub(crate) async fn read(objects: &Objects, prefix: &str) -> Result<Self> {
        let mut found: BTreeMap<String, (Option<Meta>, Option<Meta>)> = BTreeMap::new();
        let mut options = ListOptions::prefix(prefix);
        loop {
            let page = objects.list(options.clone()).await?;
            for meta in page.objects {
                match part_of(&meta.key).map(|(part, stem)| (part, stem.to_string())) {
                    Some((Part::Content, stem)) => found.entry(stem).or_default().0 = Some(meta),
                    Some((Part::Record, stem)) => found.entry(stem).or_default().1 = Some(meta),
                    None => {}
                }
            }
            let Some(next) = page.next else { break };
            options = options.after(next);
        }
        let mut listing = Self::default();
        for (stem, (content, record)) in found {
            listing.add(objects, stem, content, record).await?;
        }
        listing.backups.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
        Ok(listing)
    }

    async fn add(
        &mut self,
        objects: &Objects,
        stem: String,
        content: Option<Meta>,
        record: Option<Meta>,
    ) -> Result<()> {
        let Some(meta) = record else {
            if let Some(content) = content.filter(|content| is_abandoned(content.modified, Timestamp::now()))
            {
                self.abandoned.push(content.key);
            }
            self.broken
                .push((stem, "it has no record: it is being written, or its writer was stopped".into()));
            return Ok(());
        };
        if meta.size > MAX_RECORD_BYTES {
            self.broken.push((stem, format!("its record has more than {MAX_RECORD_BYTES} bytes")));
            return Ok(());
        }
        let record = match Record::read(&objects.read(&meta.key).await?) {
            Ok(record) => record,
            Err(error) => {
                self.broken.push((stem, error.message().to_string()));
                return Ok(());
            }
        };
        // What a record says about its place is only believed where it lies in that place.
        if record.record_key() != meta.key {
            self.broken.push((stem, format!("its record is one of `{}`", record.record_key())));
            return Ok(());
        }
        match content {
            None => self.broken.push((stem, "its content is gone".into())),
            Some(content) if content.size != record.stored.bytes => {
                let message =
                    format!("its content has {} bytes instead of {}", content.size, record.stored.bytes);
                self.broken.push((stem, message));
            }
            Some(_) => self.backups.push(record),
        }
        Ok(())
    }

    /// Those of one service that are more than are to be kept. One is always kept.
    pub(crate) fn surplus(&self, keep: usize) -> &[Record] {
        &self.backups[keep.max(1).min(self.backups.len())..]
    }
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
