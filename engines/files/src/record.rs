//! What is known about one object, as its record file says it.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use bedplate_core::objects::{Condition, Meta};
use bedplate_core::{Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{corrupt, files, if_there};
use crate::folder::Folder;
use crate::names::Place;

/// A record is a few kilobytes at most: a key, the metadata and a media type.
const LIMIT: u64 = 64 * 1024;

/// An object's record. Its content lies in the file `<name>~<etag>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) modified: Timestamp,
    pub(crate) content_type: String,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Record {
    /// Reads a key's record; `None` where there is no object.
    pub(crate) fn read(folder: &Folder, key: &str) -> Result<Option<Self>> {
        let Some(file) = if_there(folder.read(&Place::of(key).record())).map_err(files)? else {
            return Ok(None);
        };
        let mut text = Vec::new();
        file.take(LIMIT).read_to_end(&mut text).map_err(files)?;
        let record: Self = serde_json::from_slice(&text)
            .map_err(|error| corrupt("the object's record can't be read").with_source(error))?;
        if record.key != key {
            return Err(corrupt("the object's record is one of another key"));
        }
        if !is_etag(&record.etag) {
            return Err(corrupt("the object's record has an etag that the store never made"));
        }
        Ok(Some(record))
    }

    /// Writes it into a new file.
    pub(crate) fn write(&self, folder: &Folder, name: &str, sync: bool) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(|error| {
            Error::new(ErrorKind::Internal, "a record can't be written").with_source(error)
        })?;
        let mut file = folder.create(name).map_err(files)?;
        file.write_all(&text).map_err(files)?;
        if sync { file.sync_all().map_err(files) } else { Ok(()) }
    }

    /// As the contract says it.
    pub(crate) fn meta(self) -> Meta {
        Meta {
            key: self.key,
            size: self.size,
            etag: self.etag,
            modified: self.modified,
            content_type: self.content_type,
            metadata: self.metadata,
            retain_until: None,
        }
    }
}

/// Whether a text is an etag of this store: 32 hexadecimal digits. It becomes part of a file's name.
pub(crate) fn is_etag(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// An etag that no object had before.
pub(crate) fn new_etag() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// Checks a condition against the etag of what is there.
pub(crate) fn check(condition: &Condition, etag: Option<&str>) -> Result<()> {
    let conflict = |message: String| Err(Error::new(ErrorKind::Conflict, message));
    match (condition, etag) {
        (Condition::Always, _) | (Condition::IfAbsent, None) => Ok(()),
        (Condition::IfAbsent, Some(_)) => conflict("there is an object under this key".into()),
        (Condition::IfMatches(expected), Some(found)) if expected == found => Ok(()),
        (Condition::IfMatches(expected), Some(found)) => {
            conflict(format!("the object has the etag {found}, not {expected}"))
        }
        (Condition::IfMatches(expected), None) => {
            conflict(format!("there is no object, and one with the etag {expected} was expected"))
        }
        _ => Err(Error::unsupported("this condition")),
    }
}
