//! What is known about a backup, as its `.json` says it.

use bedplate_core::sql::Tally;
use bedplate_core::{Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::owner::Owner;

/// The version of the record that this code reads and writes.
const FORMAT: u32 = 1;
/// What the key of a backup's content ends with.
const CONTENT: &str = ".backup.zst";
/// What the key of its record ends with.
const RECORD: &str = ".json";
/// Both.
pub(crate) const ENDINGS: [&str; 2] = [CONTENT, RECORD];
/// What a backup's name looks like; `0` stands for any digit.
pub(crate) const ID_SHAPE: &str = "00000000-000000.000";

/// A backup that is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this record's own form.
    pub format: u32,
    /// Its name among the backups of its service: when it was begun, in UTC.
    pub id: String,
    /// The platform of the database.
    pub platform: String,
    /// The environment of the database.
    pub environment: String,
    /// The service that the database belongs to.
    pub service: String,
    /// The engine that made it, and the only one that can read it.
    pub engine: String,
    /// The engine's version as it told it.
    pub server: String,
    /// When it was begun.
    pub created: Timestamp,
    /// The copy as the engine wrote it.
    pub plain: Content,
    /// The copy as it is stored: compressed with Zstandard.
    pub stored: Content,
    /// What is in the copy.
    pub tally: Tally,
}

/// The size and the checksum of some bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// How many.
    pub bytes: u64,
    /// Their SHA-256 in hexadecimal.
    pub sha256: String,
}

impl Record {
    /// The name of a backup that begins now, and when that is.
    pub(crate) fn begin() -> (String, Timestamp) {
        let now = Timestamp::now();
        (now.strftime("%Y%m%d-%H%M%S%.3f").to_string(), now)
    }

    /// Reads a record.
    pub(crate) fn read(text: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Versioned {
            format: u32,
        }
        let corrupt = |why: serde_json::Error| {
            Error::new(ErrorKind::Corrupt, "the record of a backup can't be read").with_source(why)
        };
        let Versioned { format } = serde_json::from_slice(text).map_err(corrupt)?;
        if format != FORMAT {
            let message =
                format!("the record of a backup has the format {format}, and this version reads {FORMAT}");
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_help("read it with the version of Bedplate that wrote it"));
        }
        serde_json::from_slice(text).map_err(corrupt)
    }

    /// The database that it is of.
    pub fn owner(&self) -> Owner {
        Owner::new(&self.platform, &self.environment, &self.service)
    }

    /// Its name among all backups: `<platform>/<environment>/<service>/<id>`.
    pub fn path(&self) -> String {
        path(&self.owner(), &self.id)
    }

    /// The key of its content.
    pub fn content_key(&self) -> String {
        format!("{}{CONTENT}", self.path())
    }

    /// The key of the record itself.
    pub fn record_key(&self) -> String {
        format!("{}{RECORD}", self.path())
    }

    /// The form that this code writes.
    pub(crate) const fn format() -> u32 {
        FORMAT
    }
}

/// The name of a backup among all.
pub(crate) fn path(of: &Owner, id: &str) -> String {
    format!("{of}/{id}")
}

/// The key of the content of the backup with this path.
pub(crate) fn content_key(path: &str) -> String {
    format!("{path}{CONTENT}")
}

/// The key of the record of the backup with this path.
pub(crate) fn record_key(path: &str) -> String {
    format!("{path}{RECORD}")
}

/// What a key is, and the path of its backup; `None` where it is none of ours.
pub(crate) fn part_of(key: &str) -> Option<(Part, &str)> {
    let content = key.strip_suffix(CONTENT).map(|path| (Part::Content, path));
    let found = content.or_else(|| key.strip_suffix(RECORD).map(|path| (Part::Record, path)));
    found.filter(|(_, path)| Owner::split(path).is_some_and(|(_, id)| is_id(id)))
}

/// Whether a text can be the name of a backup.
pub(crate) fn is_id(text: &str) -> bool {
    let fits = |(c, shape): (char, char)| if shape == '0' { c.is_ascii_digit() } else { c == shape };
    text.len() == ID_SHAPE.len() && text.chars().zip(ID_SHAPE.chars()).all(fits)
}

/// The two objects of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Content,
    Record,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let (id, created) = Record::begin();
        let content = Content { bytes: 1, sha256: "00".into() };
        Record {
            format: FORMAT,
            id,
            platform: "shop".into(),
            environment: "dev".into(),
            service: "orders".into(),
            engine: "sqlite".into(),
            server: "3.50".into(),
            created,
            plain: content.clone(),
            stored: content,
            tally: Tally::default(),
        }
    }

    #[test]
    fn a_record_reads_back_and_its_keys_are_told_apart() {
        let record = record();
        assert_eq!(Record::read(&serde_json::to_vec(&record).unwrap()).unwrap(), record);
        let path = format!("shop/dev/orders/{}", record.id);
        assert_eq!(part_of(&record.content_key()), Some((Part::Content, path.as_str())));
        assert_eq!(part_of(&record.record_key()), Some((Part::Record, path.as_str())));
        for other in ["shop/dev/orders/notes.json", "dev/orders/20260722-101530.123.json", "package.json"] {
            assert_eq!(part_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_record_of_another_version_says_so_and_a_broken_one_too() {
        let newer = Record { format: FORMAT + 1, ..record() };
        let error = Record::read(&serde_json::to_vec(&newer).unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        for text in ["", "{", "{\"format\":1}", "[]", "{\"format\":-1}"] {
            assert_eq!(Record::read(text.as_bytes()).unwrap_err().kind(), ErrorKind::Corrupt, "{text}");
        }
    }
}
